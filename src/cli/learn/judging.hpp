#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"
#include "learn/compile_error.hpp"
#include "learn/course.hpp"
#include "learn/record.hpp"
#include "learn/run_file.hpp"

namespace apilab::cli {

/// How a learner's program is to be judged.
struct JudgeOptions {
    /// How long it may run; those of the path take a second or two.
    Duration run_time_max = std::chrono::seconds(20);
    /// For the program: then it is a try, of which nothing is kept.
    std::vector<std::string> arguments;
    /// What the program says goes to a file of the records; else to our own streams.
    bool quiet = false;
    /// Where one of these can be read, it is left at that (`JudgeEnd::interrupted`).
    std::vector<int> interrupts;
};

enum class JudgeEnd : unsigned char {
    /// `record` says how.
    judged,
    /// `code` is the program's own.
    tried,
    not_compiled,
    out_of_time,
    /// It threw, or a signal ended it: `why`.
    crashed,
    /// It ended and left no run that counts: `why`.
    refused,
    interrupted,
};
[[nodiscard]] std::string_view to_string(JudgeEnd end);

struct Judged {
    JudgeEnd end = JudgeEnd::judged;
    LessonRecord record;
    int code = 0;
    std::string why;
    /// Where it was refused: what to do about it.
    std::string remedy;
    /// What compiler and linker said, and the first error of it.
    std::string build_said;
    std::optional<CompileError> error;
    Duration built_in{};
    Duration ran_for{};
};

/// What a run of that program has to be: on seeds that nobody knew before, vouched for by a key of
/// its own, with every check of its scenario. Error: the scenario's.
[[nodiscard]] Result<RunAsked> what_to_ask(const Lesson& lesson);

/// Has that build a program of the learner's by this name already?
[[nodiscard]] bool was_built(const Lesson& lesson);

/// Builds `my/NAME.cpp` in the build that this program came from, runs it on two seeds that nobody
/// knew before, and keeps the verdict of its sandbox (`accept_run`). Errors: what is broken around
/// it (`io`, `invalid_argument`); how the program ended is no error.
[[nodiscard]] Result<Judged> judge_lesson(const std::filesystem::path& checkout,
                                          const Lesson& lesson, const JudgeOptions& options);

}  // namespace apilab::cli
