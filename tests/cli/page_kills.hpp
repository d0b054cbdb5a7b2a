#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace apilab::cli_test {

/// What became of a walk that was killed again and again.
struct KilledWalk {
    /// Kills that met it under way.
    std::size_t kills = 0;
    /// Lines of the output, and different ones among them.
    std::size_t lines = 0;
    std::size_t different = 0;
    /// In the order of the list.
    bool in_order = false;
    /// Of the last run, which was left to end; and what it said.
    int code = -1;
    std::string err;
};

/// `apilab pages --checkpoint --output` over 300 pages of five items, killed (SIGKILL) at so many
/// random points and started again each time; then left to end.
[[nodiscard]] KilledWalk kill_and_resume(std::size_t kills, std::uint64_t seed);

/// The items that the list has.
constexpr std::size_t killed_walk_items = 1500;

}  // namespace apilab::cli_test
