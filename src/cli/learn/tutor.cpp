#include "learn/tutor.hpp"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/value_from.hpp>
#include <chrono>
#include <fstream>

#include "apilab/base/duration.hpp"
#include "apilab/base/file.hpp"
#include "apilab/base/try.hpp"
#include "explain/topic.hpp"

namespace apilab::cli {

namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

// One section of a page, its lines joined.
std::string section_of(std::string_view text, std::string_view heading) {
    const auto head = fmt::format("## {}\n\n", heading);
    const auto begin = text.find(head);
    if (begin == std::string_view::npos) {
        return {};
    }
    text.remove_prefix(begin + head.size());
    std::string section(text.substr(0, text.find("\n\n")));
    for (char& c : section) {
        c = c == '\n' ? ' ' : c;
    }
    return section;
}

// What `apilab explain` says of a check, in brief.
json::object explained(const std::vector<Topic>& topics, const std::string& check) {
    const Topic* topic = find_topic(topics, check);
    if (topic == nullptr) {
        return {};
    }
    return {{"title", topic->title},
            {"what", section_of(topic->text, "What it is")},
            {"why", section_of(topic->text, "Why it matters")},
            {"wrong", section_of(topic->text, "What the wrong program does")},
            {"do", section_of(topic->text, "What to do here")}};
}

json::array failed_json(const Lesson& lesson, const LessonRecord& record) {
    json::array list;
    if (record.failed.empty()) {
        return list;
    }
    const auto topics = all_topics();
    for (const auto& failed : record.failed) {
        list.push_back({{"check", failed.id},
                        {"sentence", failed.sentence},
                        {"seed", failed.seed},
                        {"rows", json::value_from(failed.rows)},
                        {"hint", meaning_of(lesson, failed.id)},
                        {"explained", topics ? explained(*topics, failed.id) : json::object()},
                        {"command", "apilab explain " + failed.id}});
    }
    return list;
}

json::object hint_json(const Course& course, const Lesson& lesson) {
    const auto seen = hints_seen(course, lesson);
    const bool any = fs::exists(lesson.hints);
    const bool more = any && seen < hint_steps.size();
    return {{"seen", seen},
            {"of", any ? hint_steps.size() : 0},
            {"next_step", more ? json::value(hint_steps.at(seen)) : json::value()},
            {"command", "./lab learn hint " + lesson.name}};
}

}  // namespace

std::string Course::below(const fs::path& path) const {
    return fs::relative(path, checkout).string();
}

Result<Course> open_course() {
    APILAB_TRY(auto checkout, find_checkout(fs::current_path()));
    auto lessons = find_lessons(checkout);
    return Course{std::move(checkout), std::move(lessons)};
}

const Lesson* next_lesson(const Course& course) {
    for (const Lesson& lesson : course.lessons) {
        const auto state = read_record(course.checkout, lesson).state;
        if (state != LessonState::done && state != LessonState::to_read) {
            return &lesson;
        }
    }
    return nullptr;
}

std::string what_to_type(const Lesson& lesson, const LessonRecord& record) {
    switch (record.state) {
        case LessonState::to_read:
            return fmt::format("./lab learn {} --compare", lesson.name);
        case LessonState::not_started:
            return fmt::format("./lab learn start {}", lesson.name);
        case LessonState::done:
            return "./lab learn next";
        case LessonState::failing:
            return fmt::format("./lab learn hint {}", lesson.name);
        case LessonState::started:
        case LessonState::stale:
            break;
    }
    return fmt::format("./lab learn check {}", lesson.name);
}

std::string more_of_the_day(const Course& course, const Lesson& lesson,
                            const LessonRecord& record) {
    std::string text;
    for (const Lesson& other : course.lessons) {
        // What stands before it on the page was read before it.
        const bool extra =
            other.day == lesson.day && !other.has_starter() && other.place >= lesson.place;
        if (extra && record.state == LessonState::done) {
            text += fmt::format("  ./lab learn {} --compare\n", other.name);
        }
    }
    return text.empty() ? text
                        : fmt::format("more of day {}, to read and run:\n{}", lesson.day, text);
}

std::size_t hints_seen(const Course& course, const Lesson& lesson) {
    std::size_t seen = 0;
    std::ifstream(records_folder(course.checkout) / (lesson.name + ".hints")) >> seen;
    return std::min(seen, hint_steps.size());
}

void keep_hints_seen(const Course& course, const Lesson& lesson, std::size_t seen) {
    const auto file = records_folder(course.checkout) / (lesson.name + ".hints");
    std::error_code ignored;  // then the same hint is shown again
    fs::create_directories(file.parent_path(), ignored);
    (void)write_file_atomically(file, std::to_string(seen));
}

std::string meaning_of(const Lesson& lesson, const std::string& check) {
    if (const auto hints = read_hints(lesson)) {
        if (const auto own = hints->checks.find(check); own != hints->checks.end()) {
            return own->second;
        }
    }
    const auto topics = all_topics();
    const Topic* topic = topics ? find_topic(*topics, check) : nullptr;
    return topic == nullptr ? "" : section_of(topic->text, "What the wrong program does");
}

json::object lesson_json(const Course& course, const Lesson& lesson) {
    const auto record = read_record(course.checkout, lesson);
    const auto there = [&](const fs::path& path) {
        return fs::exists(path) ? json::value(course.below(path)) : json::value(nullptr);
    };
    json::object checks;
    for (const auto& [id, status] : record.checks) {
        checks[id] = status;
    }
    return {{"version", 1},
            {"name", lesson.name},
            {"day", lesson.day},
            {"title", lesson.title},
            {"core", lesson.has_starter()},
            {"state", to_string(record.state)},
            {"verdict", record.verdict.empty() ? json::value() : json::value(record.verdict)},
            {"refused", record.refused.empty() ? json::value() : json::value(record.refused)},
            {"seeds", json::value_from(record.seeds)},
            {"failed", failed_json(lesson, record)},
            {"checks", checks},
            {"hint", hint_json(course, lesson)},
            {"scenario", lesson.scenario},
            {"program", there(lesson.program)},
            {"mine", there(lesson.mine)},
            {"page", there(lesson.page)},
            {"next", what_to_type(lesson, record)}};
}

json::object judged_json(const Course& course, const Lesson& lesson, const Judged& judged) {
    auto object = lesson_json(course, lesson);
    object["end"] = to_string(judged.end);
    object["why"] = judged.why.empty() ? json::value() : json::value(judged.why);
    object["error"] = nullptr;
    if (judged.error) {
        const auto& file = judged.error->file;
        object["error"] = {{"file", file.empty() ? "" : course.below(file)},
                           {"line", judged.error->line},
                           {"message", judged.error->message}};
    }
    object["built_ms"] = judged.built_in / std::chrono::milliseconds(1);
    object["ran_ms"] = judged.ran_for / std::chrono::milliseconds(1);
    return object;
}

std::string failed_text(const Lesson& lesson, const FailedCheck& failed) {
    auto text = fmt::format("{}: {}", failed.id, failed.sentence);
    if (failed.seed != 0) {
        text += fmt::format(" (seed {}", failed.seed);
        for (std::size_t i = 0; i < failed.rows.size() && i < 6; ++i) {
            text += fmt::format("{}{}", i == 0 ? ", rows " : ", ", failed.rows[i]);
        }
        text += failed.rows.size() > 6 ? ", ...)" : ")";
    }
    const auto meaning = meaning_of(lesson, failed.id);
    return meaning.empty() ? text : fmt::format("{}\n  {}", text, meaning);
}

std::string unknown_text(const Lesson& lesson, const LessonRecord& record) {
    std::string ids;
    for (const auto& [id, status] : record.checks) {
        if (status == "unknown") {
            ids += (ids.empty() ? "" : ", ") + id;
        }
    }
    return fmt::format(
        "now unknown: what {} would look at never happened\n"
        "  what did: ./lab learn check {} -- --show-attempts\n",
        ids, lesson.name);
}

Error error_of(const Course& course, const Lesson& lesson, const Judged& judged,
               const JudgeOptions& options) {
    switch (judged.end) {
        case JudgeEnd::not_compiled:
            return Error(ErrorKind::invalid_argument,
                         judged.error ? "it does not compile yet: " +
                                            to_string(*judged.error, course.checkout.string())
                                      : std::string("it does not compile yet (above: why)"))
                .with_remedy("the first error is the one to mend");
        case JudgeEnd::out_of_time:
            return Error(ErrorKind::timeout, fmt::format("{} ran for {} and was ended", lesson.name,
                                                         format_duration(options.run_time_max)))
                .with_remedy(
                    "look for a loop that never ends, or that never sleeps; days 13 and 14 run in "
                    "real time and want more on a slow machine: --limit 60s");
        case JudgeEnd::crashed:
            return Error(ErrorKind::invalid_argument, fmt::format("{} {}", lesson.name, judged.why))
                .with_remedy(
                    fmt::format("a debugger shows where: gdb build/*/bin/my_{}", lesson.name));
        case JudgeEnd::refused:
            return Error(ErrorKind::invalid_argument,
                         fmt::format("{} is not judged: {}", lesson.name, judged.why))
                .with_remedy(judged.remedy);
        default:
            return Error(ErrorKind::cancelled, "ended before it was judged");
    }
}

}  // namespace apilab::cli
