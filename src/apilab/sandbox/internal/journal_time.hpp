#pragma once

#include <string>

#include "apilab/base/clock.hpp"

/// How what is written of a journal says times.
namespace apilab::sandbox::internal {

/// With microseconds behind the point.
[[nodiscard]] double milliseconds(Duration duration);
/// `2026-01-01T00:00:00.012Z`.
[[nodiscard]] std::string iso_time(SystemTime time);

}  // namespace apilab::sandbox::internal
