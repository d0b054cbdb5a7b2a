#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "apilab/radar/report.hpp"

// The score, itemised.
namespace apilab::radar::internal {

enum class Trouble : std::uint8_t { none, abandoned, deprecated, exposed, malicious };

struct ScoreInput {
    Trouble trouble = Trouble::none;
    /// For `exposed`: how far the fix is.
    Change change = Change::none;
    /// For `exposed`: the worst advisory.
    OsvScore worst;
    bool direct = true;
    bool dev = false;
};

struct Score {
    int total = 0;
    /// Add up to `total`.
    std::vector<Point> points;
};

[[nodiscard]] Score score(const ScoreInput& input);

}  // namespace apilab::radar::internal
