// apilab learn watch: on each save built anew and judged.

#include <fmt/core.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_from.hpp>
#include <chrono>
#include <cstdio>

#include "apilab/base/duration.hpp"
#include "apilab/base/try.hpp"
#include "learn/process.hpp"
#include "learn/tutor.hpp"
#include "learn/watching.hpp"

namespace apilab::cli {
namespace {

namespace json = boost::json;

// What is said of each verdict.
class Told {
public:
    Told(const Course& course, const Lesson& lesson, const JudgeOptions& options,
         const Globals& globals)
        : course_(course),
          lesson_(lesson),
          options_(options),
          globals_(globals),
          terminal_(globals.out()),
          last_(read_record(course.checkout, lesson)) {}

    void begun() const {
        if (!globals_.json && !globals_.quiet) {
            fmt::print("watching {}: save it, and it is judged; Ctrl-C ends this\n",
                       course_.below(lesson_.mine));
        }
        std::fflush(stdout);
    }

    void verdict(const Judged& judged, Duration took) {
        ++verdicts_;
        const auto changes = changes_between(last_, judged.record);
        if (globals_.json) {
            auto object = judged_json(course_, lesson_, judged);
            object["type"] = "verdict";
            object["turned_green"] = json::value_from(changes.turned_green);
            object["turned_red"] = json::value_from(changes.turned_red);
            object["took_ms"] = took / std::chrono::milliseconds(1);
            fmt::print("{}\n", json::serialize(object));
        } else {
            fmt::print("\n{}", text_of(judged, changes, took));
        }
        std::fflush(stdout);
        if (judged.end == JudgeEnd::judged) {
            last_ = judged.record;
        }
    }

    void result() const {
        if (globals_.json) {
            fmt::print("{}\n",
                       json::serialize(json::object{
                           {"type", "result"},
                           {"verdicts", verdicts_},
                           {"state", to_string(read_record(course_.checkout, lesson_).state)}}));
        } else if (!globals_.quiet) {
            fmt::print("\n{} verdict{}; next: {}\n", verdicts_, verdicts_ == 1 ? "" : "s",
                       what_to_type(lesson_, read_record(course_.checkout, lesson_)));
            fmt::print("{}",
                       more_of_the_day(course_, lesson_, read_record(course_.checkout, lesson_)));
        }
    }

private:
    [[nodiscard]] std::string text_of(const Judged& judged, const Changes& changes,
                                      Duration took) const {
        if (judged.end != JudgeEnd::judged) {
            const auto error = error_of(course_, lesson_, judged, options_);
            return fmt::format("{}  {} ({})\n", terminal_.red(to_string(judged.end)),
                               error.message(), format_duration(took));
        }
        const auto state = to_string(judged.record.state);
        const bool done = judged.record.state == LessonState::done;
        std::string text =
            fmt::format("{}  ({})\n", done ? terminal_.green(state) : terminal_.red(state),
                        format_duration(std::chrono::floor<std::chrono::milliseconds>(took)));
        for (const auto& id : changes.turned_green) {
            text += fmt::format("  {}  {}\n", terminal_.green("turned green"), id);
        }
        for (const auto& id : changes.turned_red) {
            text += fmt::format("  {}    {}\n", terminal_.red("turned red"), id);
        }
        if (!judged.record.failed.empty()) {
            text += failed_text(lesson_, judged.record.failed.front()) + "\n";
            if (const auto more = judged.record.failed.size() - 1; more > 0) {
                text += fmt::format("and {} more: ./lab learn show {}\n", more, lesson_.name);
            }
        } else if (judged.record.verdict == "unknown") {
            text += "nothing was put to the test yet\n";
        }
        return text + fmt::format("next: {}\n", what_to_type(lesson_, judged.record));
    }

    const Course& course_;
    const Lesson& lesson_;
    const JudgeOptions& options_;
    const Globals& globals_;
    Terminal terminal_;
    /// The last verdict.
    LessonRecord last_;
    int verdicts_ = 0;
};

}  // namespace

Result<ExitCode> watch_lesson(const Course& course, const Lesson& lesson,
                              const JudgeOptions& options, const Globals& globals) {
    const RealClock clock;
    const Interrupts interrupts;
    APILAB_TRY(auto file, FileWatch::open(lesson.mine));
    auto judging = options;
    judging.quiet = true;
    judging.interrupts = {interrupts.handle(), file.handle()};
    Told told(course, lesson, judging, globals);
    told.begun();
    Debounce saves;
    saves.changed(clock.now());  // as it stands it is judged first
    while (!interrupts.taken()) {
        const auto due = saves.due();
        const auto ready =
            first_readable(judging.interrupts, due ? *due - clock.now() : Duration::max());
        if (ready == file.handle()) {
            APILAB_TRY(const bool changed, file.changed());
            if (changed) {
                saves.changed(clock.now());
            }
        }
        const auto since = saves.take(clock.now());
        if (ready == interrupts.handle() || !since || !std::filesystem::exists(lesson.mine)) {
            continue;
        }
        APILAB_TRY(const auto judged, judge_lesson(course.checkout, lesson, judging));
        if (judged.end == JudgeEnd::interrupted) {
            // By a newer save, or by something else: then that one is still to be judged.
            APILAB_TRY(const bool changed, file.changed());
            saves.changed(changed ? clock.now() : *since);
        } else {
            told.verdict(judged, clock.now() - *since);
        }
    }
    told.result();
    return ExitCode::success;
}

}  // namespace apilab::cli
