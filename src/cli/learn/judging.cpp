#include "learn/judging.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstring>
#include <fstream>
#include <iterator>

#include "apilab/base/digest.hpp"
#include "apilab/base/duration.hpp"
#include "apilab/base/file.hpp"
#include "apilab/base/rng.hpp"
#include "apilab/base/try.hpp"
#include "apilab/sandbox/judge/check.hpp"
#include "apilab/sandbox/scenario.hpp"
#include "learn/process.hpp"
#include "learn/run_file.hpp"

namespace apilab::cli {

namespace fs = std::filesystem;

namespace {

// A build of one file and what it needs; the first one of a fresh checkout compiles the library.
constexpr Duration build_time_max = std::chrono::minutes(30);
// Exit codes: ended by a signal, as shells have it; an exception that nobody caught
// (`exercise::run`).
constexpr int killed_by = 128;
constexpr int threw = 70;
// `CannotStart`, and what `or_refuse` was given.
constexpr int could_not_go_on = 2;
constexpr int runs = 2;
constexpr std::size_t run_file_max = std::size_t{1} << 20U;
// Of what a compiler says, templates and all.
constexpr std::size_t said_max = std::size_t{4} << 20U;

std::string text_of(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    std::string text(said_max, '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(in.gcount()));
    return text;
}

std::string first_line(std::string_view text) {
    return std::string(text.substr(0, text.find('\n')));
}

// The build that this program came from: build/<preset>/bin/apilab.
fs::path own_build() {
    return fs::read_symlink("/proc/self/exe").parent_path().parent_path();
}

fs::path built_program(const Lesson& lesson) {
    return own_build() / "bin" / ("my_" + lesson.name);
}

class Judging {
public:
    Judging(const fs::path& checkout, const Lesson& lesson, const JudgeOptions& options)
        : checkout_(checkout), lesson_(lesson), options_(options), source_(text_of(lesson.mine)) {}

    Result<Judged> judge() {
        APILAB_TRY(const auto asked, what_to_ask(lesson_));
        std::error_code failed;
        fs::create_directories(records_folder(checkout_), failed);
        if (failed) {
            return fail(ErrorKind::io, fmt::format("{}: {}", records_folder(checkout_).string(),
                                                   failed.message()));
        }
        APILAB_TRY(const bool built, build());
        if (built) {
            APILAB_CHECK(run(asked));
        }
        judged_.record = read_record(checkout_, lesson_);
        return std::move(judged_);
    }

private:
    [[nodiscard]] fs::path beside(std::string_view extension) const {
        return records_folder(checkout_) / (lesson_.name + std::string(extension));
    }

    // How a program ended; nothing where it did not end by itself.
    Result<std::optional<int>> finish(
        const std::vector<std::string>& words,
        const std::vector<std::pair<std::string, std::string>>& variables, const fs::path& output,
        Duration patience, Duration& took) {
        const RealClock clock;
        const auto begun = clock.now();
        APILAB_TRY(auto group, ProcessGroup::start(words, variables, output));
        const auto ended = group.wait(patience, options_.interrupts);
        const int code = group.end();
        took = clock.now() - begun;
        if (ended == ProcessGroup::Ended::by_itself) {
            return code;
        }
        judged_.end = ended == ProcessGroup::Ended::interrupted ? JudgeEnd::interrupted
                                                                : JudgeEnd::out_of_time;
        return std::nullopt;
    }

    Result<bool> build() {
        const auto said = beside(".build.txt");
        APILAB_TRY(const auto code, finish({"cmake", "--build", own_build().string(), "--target",
                                            "my_" + lesson_.name, "--", "--quiet"},
                                           {}, said, build_time_max, judged_.built_in));
        if (code && *code != 0) {
            judged_.end = JudgeEnd::not_compiled;
            judged_.build_said = without_commands(text_of(said));
            judged_.error = first_error(judged_.build_said);
            if (judged_.error && !judged_.error->file.empty()) {
                // ccache has compilers name files from the build's folder on.
                judged_.error->file =
                    (own_build() / judged_.error->file).lexically_normal().string();
            }
        }
        return code == 0;
    }

    Result<void> run(const RunAsked& asked) {
        const bool is_try = !options_.arguments.empty();
        const auto file = beside(".run");
        std::error_code ignored;  // then it is not vouched for
        fs::remove_all(file, ignored);
        std::vector<std::string> words{built_program(lesson_).string()};
        std::vector<std::pair<std::string, std::string>> variables;
        if (is_try) {
            words.insert(words.end(), options_.arguments.begin(), options_.arguments.end());
        } else {
            words.insert(words.end(), {"--seed", std::to_string(asked.seed), "--runs",
                                       std::to_string(asked.runs)});
            variables = {{"APILAB_RUNS", file.string()},
                         {"APILAB_RUNS_KEY", std::string(asked.key.reveal())}};
        }
        APILAB_TRY(const auto code,
                   finish(words, variables, options_.quiet ? beside(".said.txt") : fs::path(),
                          options_.run_time_max, judged_.ran_for));
        if (!code) {
            return {};
        }
        judged_.code = *code;
        // Whoever reads what it says (`| head`) has read enough.
        const bool read_enough = is_try && *code == killed_by + SIGPIPE;
        if (read_enough) {
            judged_.end = JudgeEnd::tried;
            return {};
        }
        if (*code > killed_by || *code == threw) {
            judged_.end = JudgeEnd::crashed;
            judged_.why = *code == threw
                              ? "threw an exception"
                              : fmt::format("crashed: {}", ::strsignal(*code - killed_by));
            return {};
        }
        if (is_try) {
            judged_.end = JudgeEnd::tried;
            return {};
        }
        const auto handed_over = read_file(file, run_file_max);
        fs::remove_all(file, ignored);
        if (*code == could_not_go_on && (!handed_over || handed_over->empty())) {
            return keep(fail(no_run()));
        }
        return keep(accept_run(handed_over ? *handed_over : "", asked));
    }

    // It ended with an error of its own (`CannotStart`), which stands above where it is shown.
    [[nodiscard]] Error no_run() const {
        const auto said =
            options_.quiet ? first_line(text_of(beside(".said.txt"))) : "it could not go on";
        return Error(ErrorKind::invalid_argument, "it handed over no run: " + said)
            .with_remedy(options_.quiet ? "mend that first" : "its own error stands above");
    }

    // From here on the program's own word, its exit code included, counts for nothing.
    Result<void> keep(const Result<std::string>& run) {
        if (run) {
            return keep_run(checkout_, lesson_, *run, source_);
        }
        judged_.end = JudgeEnd::refused;
        judged_.why = run.error().message();
        judged_.remedy = run.error().remedy();
        return keep_refusal(checkout_, lesson_, judged_.why, source_);
    }

    const fs::path& checkout_;
    const Lesson& lesson_;
    const JudgeOptions& options_;
    /// As it is before it is built.
    std::string source_;
    Judged judged_;
};

}  // namespace

Result<RunAsked> what_to_ask(const Lesson& lesson) {
    if (lesson.scenario.empty()) {  // else the learner would read that there is no scenario ''
        return fail(Error(ErrorKind::invalid_argument,
                          lesson.program.filename().string() +
                              " names no scenario, so there is nothing to judge yours by")
                        .with_remedy("its line has to be: .scenario = \"NAME\","));
    }
    APILAB_TRY(const auto scenario, sandbox::built_in_scenario(lesson.scenario));
    RunAsked asked{
        .exercise = lesson.name, .scenario = lesson.scenario, .seed = fresh_seed(), .runs = runs};
    for (const auto& check : scenario.checks) {
        asked.checks.push_back(check.id);
    }
    if (scenario.checks.empty()) {
        for (const auto& check : sandbox::all_checks()) {
            asked.checks.emplace_back(check->card().id);
        }
    }
    SystemRng chance;
    std::string key;
    for (int i = 0; i < 4; ++i) {
        key += fmt::format("{:016x}", chance.next());
    }
    asked.key = Secret(key);
    return asked;
}

std::string_view to_string(JudgeEnd end) {
    switch (end) {
        case JudgeEnd::judged:
            return "judged";
        case JudgeEnd::tried:
            return "tried";
        case JudgeEnd::not_compiled:
            return "not compiled";
        case JudgeEnd::out_of_time:
            return "out of time";
        case JudgeEnd::crashed:
            return "crashed";
        case JudgeEnd::refused:
            return "refused";
        case JudgeEnd::interrupted:
            return "interrupted";
    }
    return "";
}

bool was_built(const Lesson& lesson) {
    return fs::exists(built_program(lesson));
}

Result<Judged> judge_lesson(const fs::path& checkout, const Lesson& lesson,
                            const JudgeOptions& options) {
    return Judging(checkout, lesson, options).judge();
}

}  // namespace apilab::cli
