#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/result.hpp"
#include "learn/course.hpp"

namespace apilab::cli {

enum class LessonState : std::uint8_t {
    /// Nothing to write here: run it and read it.
    to_read,
    not_started,
    /// Written in, never judged.
    started,
    failing,
    done,
    /// Judged once; since then the program or what it is judged by has changed.
    stale,
};
[[nodiscard]] std::string_view to_string(LessonState state);

/// What became of a learner's program, derived from the runs kept in `.apilab/learn/` and nothing
/// else: `NAME.ndjson` (one run a line, as the program's `--json` prints it), beside it copies of
/// the source and the scenario that the last run was judged with.
struct LessonRecord {
    LessonState state = LessonState::not_started;
    /// Of the last judged run: `pass`, `fail` or `unknown`; empty where there was none.
    std::string verdict;
    /// The checks that failed in it: `RL-01: came back 0.4 s too early`.
    std::vector<std::string> failed;
};

/// Where runs are kept, below a checkout.
[[nodiscard]] std::filesystem::path records_folder(const std::filesystem::path& checkout);
[[nodiscard]] LessonRecord read_record(const std::filesystem::path& checkout, const Lesson& lesson);

/// Keeps a run: what the program printed with `--json`, and what it was made from. Error: `io`.
[[nodiscard]] Result<void> keep_run(const std::filesystem::path& checkout, const Lesson& lesson,
                                    std::string_view run_json);

}  // namespace apilab::cli
