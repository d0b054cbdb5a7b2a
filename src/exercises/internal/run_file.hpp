#pragma once

#include <string_view>

namespace exercise::internal {

/// Hands the runs of this process to `apilab learn check`, which names a file (`APILAB_RUNS`) and
/// gives a key (`APILAB_RUNS_KEY`): one line with the runs, one with `hmac-sha256` and the HMAC of
/// that line. Does nothing where nobody asked. Both names are taken out of the environment before
/// `main`, so that what a learner's code prints, or writes to that file, is not taken for a run:
/// what is covered, and what is not, says docs/explain/learn.md.
void hand_over_runs(std::string_view runs_json);

}  // namespace exercise::internal
