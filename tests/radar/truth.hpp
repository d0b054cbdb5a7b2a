#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "apilab/base/clock.hpp"
#include "project.hpp"

namespace apilab::radar_weeks {

/// What is so, as calm sources have it.
struct Truth {
    /// Packages with something to do.
    std::vector<std::string> actionable;
    /// Of these, those that Slack is to hear of: high or worse.
    std::vector<std::string> urgent;
};

/// The same join over a sandbox of its own, where nothing fails: what the decisions are is not what
/// is tested here, but what becomes of them.
[[nodiscard]] Truth truth_of(const Installed& installed, SystemTime now, std::uint64_t seed);

}  // namespace apilab::radar_weeks
