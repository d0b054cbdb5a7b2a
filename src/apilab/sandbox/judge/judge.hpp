#pragma once

#include <string>
#include <vector>

#include "apilab/base/result.hpp"
#include "apilab/sandbox/judge/check.hpp"
#include "apilab/sandbox/judge/timeline.hpp"
#include "apilab/sandbox/sandbox.hpp"

namespace apilab::sandbox {

struct CheckResult {
    Check::Card card;
    /// Counts for the verdict of the run.
    bool decides = false;
    Finding finding;
};

/// What is to be said about one run. A value; outlives the sandbox.
struct RunReport {
    Run run;
    Verdict verdict = Verdict::unknown;
    /// Why it is what it is, in one sentence.
    std::string sentence;
    std::vector<CheckResult> checks;

    std::uint64_t requests = 0;
    std::uint64_t operations = 0;
    /// Answered otherwise than the provider would have, or late.
    std::uint64_t faulted = 0;
    std::uint64_t unsupported = 0;
    /// Rows that the journal no longer had.
    std::uint64_t rows_dropped = 0;
    Duration elapsed{};
    /// For pictures; empty where the report was read from text.
    Timeline timeline;
};

/// Judges the run of a sandbox from its journal: `should` and `budget` checks are reported and
/// decide only with `strict` or where the scenario says so. The run fails where a deciding check
/// fails; else it is unknown where a `pre` check is not passed; else it passes where a deciding
/// check passed; else it is unknown. Call `stop_run()` first where the client is done: until then
/// what failed just now may yet be tried again, and does not count.
///
/// Error (`invalid_argument`): the scenario or the options ask for a check that there is none of.
[[nodiscard]] Result<RunReport> judge_run(const Sandbox& sandbox, const JudgeOptions& options = {});

}  // namespace apilab::sandbox
