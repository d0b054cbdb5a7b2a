#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/result.hpp"
#include "apilab/base/secret.hpp"

namespace apilab::cli {

/// What `learn check` asked a program for.
struct RunAsked {
    std::string exercise;
    std::string scenario;
    /// The first; the others follow it.
    std::uint64_t seed = 1;
    int runs = 2;
    /// The ids of all checks that this scenario is judged by.
    std::vector<std::string> checks;
    /// Made for this one run.
    Secret key;
};

/// What a program of the path handed over (`APILAB_RUNS`), if it is the answer to what was asked:
/// written by the program's own sandbox (the key vouches for it), of that program and scenario, on
/// those seeds, nothing broken or replaced, with requests in the journal and every check's finding.
/// Returns the runs as JSON, one line. Error: `invalid_argument` that says what is wrong.
[[nodiscard]] Result<std::string> accept_run(std::string_view file, const RunAsked& asked);

}  // namespace apilab::cli
