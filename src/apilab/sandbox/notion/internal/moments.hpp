#pragma once

#include <optional>
#include <string_view>

#include "apilab/base/clock.hpp"

namespace apilab::sandbox::notion {

/// Does a date or time (`2026-01-05`, `2026-01-05T10:00:00.000Z`, with an offset) fit a condition
/// on dates: `equals`, `before`, `after`, `on_or_before`, `on_or_after`, `is_empty`,
/// `is_not_empty`, `past_week`, `past_month`, `past_year`, `this_week`, `next_week`, `next_month`,
/// `next_year`? A date alone stands for its whole day, in UTC. Nothing: no such condition, or
/// `wanted` is no date.
[[nodiscard]] std::optional<bool> moment_fits(std::string_view held, std::string_view operation,
                                              std::string_view wanted, SystemTime now);

}  // namespace apilab::sandbox::notion
