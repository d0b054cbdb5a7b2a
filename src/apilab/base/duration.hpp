#pragma once

#include <string>
#include <string_view>

#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"

namespace apilab {

/// Reads `50ms`, `2s`, `1.5s`, `3m`, `1h`, `2d`, `250us`, `10ns`, `0`. A bare number other than 0
/// is refused: the unit is part of the value. Range 0 to 100 years. Error: `invalid_argument`.
[[nodiscard]] Result<Duration> parse_duration(std::string_view text);

/// The shortest exact-enough form for people, rounded: `182 ms`, `1.5 s`, `2 m 5 s`, `3 h`,
/// `0 us` for nothing.
[[nodiscard]] std::string format_duration(Duration duration);

}  // namespace apilab
