#pragma once

#include <optional>
#include <string>

#include "apilab/base/clock.hpp"
#include "apilab/http/headers.hpp"

namespace apilab::auth::internal {

/// What the header `date` says. Nothing where it is missing or no date.
[[nodiscard]] std::optional<SystemTime> date_of(const http::Headers& headers);

/// How far our clock is ahead of the server's (behind it: below zero), where that is more than
/// `tolerance`. The date has whole seconds and was some time on its way.
[[nodiscard]] std::optional<Duration> clock_ahead(const http::Headers& headers, SystemTime now,
                                                  Duration tolerance);

/// `our clock is 312 s ahead of the server's`.
[[nodiscard]] std::string tell_clock(Duration ahead);

/// Signatures with a date are taken from so far away by every server that is known.
inline constexpr Duration clock_tolerance = std::chrono::seconds(30);

}  // namespace apilab::auth::internal
