#pragma once

#include <string>

#include "apilab/base/clock.hpp"

namespace apilab::provider::internal {

/// `2026-11-27T02:00:00Z`; fractions of a second are cut off.
[[nodiscard]] std::string moment(SystemTime when);
/// `2026-11-27`, the day in UTC.
[[nodiscard]] std::string day(SystemTime when);
/// Seconds since 1970.
[[nodiscard]] std::string epoch_seconds(SystemTime when);

}  // namespace apilab::provider::internal
