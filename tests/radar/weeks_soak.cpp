// The fortnight of many seeds: ./lab soak radar [SEEDS].

#include <fmt/format.h>

#include <cstdlib>

#include "weeks.hpp"

int main(int argc, char** argv) {
    const int seeds = argc > 1 ? std::atoi(argv[1]) : 20;
    int bad = 0;
    for (int seed = 1; seed <= seeds; ++seed) {
        const auto count = apilab::radar_weeks::run_weeks({.seed = static_cast<unsigned>(seed)});
        bad += count.good() ? 0 : 1;
        fmt::print("seed {}: {}\n{}", seed, count.good() ? "good" : "BAD", count.text());
    }
    fmt::print("{} of {} seeds good\n", seeds - bad, seeds);
    return bad == 0 ? 0 : 1;
}
