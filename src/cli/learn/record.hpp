#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
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

/// A check that decides and failed, on the first seed on which it did.
struct FailedCheck {
    std::string id;
    /// `came back 0.4 s too early`.
    std::string sentence;
    std::uint64_t seed = 0;
    /// Of the journal, in the order of --show-attempts.
    std::vector<std::uint64_t> rows;
};

/// What became of a learner's program, derived from the runs kept in `.apilab/learn/` and nothing
/// else: `NAME.ndjson` (one run a line, as the program's `--json` prints it), beside it copies of
/// the source and the scenario that the last run was judged with.
struct LessonRecord {
    LessonState state = LessonState::not_started;
    /// Of the last run: `pass`, `fail` or `unknown`; empty where there was none.
    std::string verdict;
    std::vector<FailedCheck> failed;
    /// Those that decide: `pass`, `fail` or `unknown`, the worst of all seeds.
    std::map<std::string, std::string> checks;
    std::vector<std::uint64_t> seeds;
    /// Why the last run was not judged at all; else empty.
    std::string refused;
};

/// Where runs are kept, below a checkout.
[[nodiscard]] std::filesystem::path records_folder(const std::filesystem::path& checkout);
[[nodiscard]] LessonRecord read_record(const std::filesystem::path& checkout, const Lesson& lesson);

/// Keeps a run and what it was made from: `source` is the program as it stood before it was built.
/// Error: `io`.
[[nodiscard]] Result<void> keep_run(const std::filesystem::path& checkout, const Lesson& lesson,
                                    std::string_view run_json, std::string_view source);
/// Keeps that a run was not judged, so that nothing older counts. Error: `io`.
[[nodiscard]] Result<void> keep_refusal(const std::filesystem::path& checkout, const Lesson& lesson,
                                        std::string_view why, std::string_view source);

/// What differs between two verdicts on one program.
struct Changes {
    std::vector<std::string> turned_green;
    std::vector<std::string> turned_red;
};
[[nodiscard]] Changes changes_between(const LessonRecord& before, const LessonRecord& after);

}  // namespace apilab::cli
