// Fortnights of many seeds: ./lab soak fortnight [SEEDS].

#include <fmt/format.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>

#include "fortnight.hpp"

int main(int argc, char** argv) {
    const std::span arguments(argv, static_cast<std::size_t>(argc));
    const int seeds = arguments.size() > 1 ? std::atoi(arguments[1]) : 10;
    bool good = true;
    for (int seed = 1; seed <= seeds; ++seed) {
        const auto report =
            apilab::fortnight::run_fortnight({.seed = static_cast<std::uint64_t>(seed)});
        fmt::print("seed {}\n{}{}\n", seed, report.text(), report.good() ? "good" : "FAILED");
        std::fflush(stdout);
        good = good && report.good();
    }
    return good ? 0 : 1;
}
