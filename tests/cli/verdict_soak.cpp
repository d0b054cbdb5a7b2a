// ./lab soak verdict [RUNS [SEED]]: the same clients before the judge fifty times, while another
// process keeps a core busy.

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <cstdint>
#include <exception>
#include <string>

#include "same_verdict.hpp"

namespace {

bool judge(const char* name, const std::string& client, std::uint64_t seed, std::size_t runs) {
    const auto verdicts = apilab::cli_test::judge_again_and_again(client, seed, runs);
    fmt::print("{}: {} runs of seed {}, verdicts {}, {} checks, {} differing\n", name,
               verdicts.runs, seed, verdicts.of_run, verdicts.of_checks.size(),
               verdicts.differing().size());
    for (const auto& text : verdicts.differing()) {
        fmt::print("  {}\n", text);
    }
    return verdicts.same();
}

}  // namespace

int main(int argc, char** argv) {
    constexpr std::size_t runs_by_default = 50;
    constexpr std::uint64_t seed_by_default = 7;
    try {
        const std::size_t runs = argc > 1 ? std::stoull(argv[1]) : runs_by_default;
        const std::uint64_t seed = argc > 2 ? std::stoull(argv[2]) : seed_by_default;
        const bool careful = judge("careful", apilab::cli_test::careful_client(), seed, runs);
        const bool hammering = judge("hammering", apilab::cli_test::hammering_client(), seed, runs);
        return careful && hammering ? 0 : 1;
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}\n", error.what());
        return 1;
    }
}
