#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace apilab::cli_test {

/// What the judge said of the same client, again and again.
struct Verdicts {
    std::size_t runs = 0;
    /// Verdicts of the run, and how often each came.
    std::map<std::string, std::size_t> of_run;
    /// By check (`RL-01`): the same.
    std::map<std::string, std::map<std::string, std::size_t>> of_checks;
    /// Checks whose verdict was not always the same, with what came how often.
    [[nodiscard]] std::vector<std::string> differing() const;
    /// One verdict of the run, and one of each check.
    [[nodiscard]] bool same() const { return of_run.size() == 1 && differing().empty(); }
};

/// `apilab sandbox run --scenario flaky --seed SEED --json -- /bin/sh -c CLIENT`, so many times,
/// while another process keeps a core busy.
[[nodiscard]] Verdicts judge_again_and_again(const std::string& client, std::uint64_t seed,
                                             std::size_t runs);

/// Our own client over the example project, and one that hammers.
[[nodiscard]] std::string careful_client();
[[nodiscard]] std::string hammering_client();

}  // namespace apilab::cli_test
