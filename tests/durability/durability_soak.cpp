// Fifty power cuts under 200 events per second: ./lab soak durability [SEEDS [CUTS]].

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>

#include "load.hpp"
#include "machine.hpp"

int main(int argc, char** argv) {
    using apilab::durability::LoadPlan;
    using apilab::durability::run_load;
    using apilab::durability::Synchronous;
    const std::span arguments(argv, static_cast<std::size_t>(argc));
    const int seeds = arguments.size() > 1 ? std::atoi(arguments[1]) : 1;
    const int cuts = arguments.size() > 2 ? std::atoi(arguments[2]) : 50;
    bool good = true;
    for (int seed = 1; seed <= seeds; ++seed) {
        LoadPlan plan{.seed = static_cast<std::uint64_t>(seed), .cuts = cuts};
        fmt::print("seed {}, synchronous=FULL\n", seed);
        const auto full = run_load(plan);
        fmt::print("{}{}\n", full.text(), full.good() ? "nothing lost, nothing doubled" : "FAILED");
        plan.synchronous = Synchronous::off;
        const auto off = run_load(plan);
        fmt::print("the same with synchronous=OFF\n{}{}\n", off.text(),
                   off.good() ? "FAILED: it lost nothing, so this proves nothing"
                              : "red, as it has to be");
        std::fflush(stdout);
        good = good && full.good() && !off.good();
    }
    return good ? 0 : 1;
}
