#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "apilab/base/clock.hpp"

// How headers say a time, for all parsers of waits: what is understood, and that no value is so
// large that arithmetic on it overflows.
namespace apilab::http::internal {

/// Ten years. No announced wait is longer.
inline constexpr Duration wait_max = std::chrono::hours(24 * 3653);

/// Without spaces and tabs at both ends.
[[nodiscard]] std::string_view trim(std::string_view text);

/// A plain decimal number: digits, at most one point, an optional minus. No exponent, no hex, no
/// inf. So many digits that no double holds them are infinitely many.
[[nodiscard]] std::optional<double> decimal(std::string_view text);

/// So many units of that many nanoseconds, from 0 to `wait_max`.
[[nodiscard]] Duration clamped_wait(double amount, double nanoseconds_per_unit);

/// From 0 (where `to` is past) to `wait_max`.
[[nodiscard]] Duration wait_between(SystemTime from, SystemTime to);

}  // namespace apilab::http::internal
