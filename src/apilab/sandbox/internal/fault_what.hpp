#pragma once

#include <string>
#include <utility>

#include "apilab/sandbox/fault.hpp"

namespace apilab::sandbox::internal {

/// Reads `what` of a fault with the rules of which kinds go together; errors as of `parse_fault`.
[[nodiscard]] Result<FaultWhat> parse_what(http::Json json, const std::string& pointer);

/// Two durations, the second not below the first.
[[nodiscard]] Result<std::pair<Duration, Duration>> parse_range(http::Json json,
                                                                const std::string& pointer);

}  // namespace apilab::sandbox::internal
