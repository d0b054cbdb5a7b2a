// ./lab soak pages: one walk of 300 pages, killed at a hundred random points.

#include <fmt/core.h>

#include <cstdint>
#include <exception>
#include <string>

#include "page_kills.hpp"

int main(int argc, char** argv) {
    try {
        const std::uint64_t seed = argc > 1 ? std::stoull(argv[1]) : 1;
        const auto walk = apilab::cli_test::kill_and_resume(100, seed);
        fmt::print("seed {}: {} kills, {} items of {}, {} different, exit {}\n", seed, walk.kills,
                   walk.lines, apilab::cli_test::killed_walk_items, walk.different, walk.code);
        const bool good = walk.lines == apilab::cli_test::killed_walk_items &&
                          walk.different == walk.lines && walk.in_order && walk.code == 0;
        return good ? 0 : 1;
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}\n", error.what());
        return 1;
    }
}
