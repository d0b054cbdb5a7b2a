#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "apilab/base/clock.hpp"

namespace apilab::http {

/// An HTTP date in any of its three forms (IMF-fixdate, RFC 850, asctime; RFC 9110 section 5.6.7).
/// The day of the week is not checked against the date; second 60 is the next minute's first.
/// Years before 1678 and after 2261 (`Expires: ... 9999`) are taken as the first and the last
/// second that a `SystemTime` can say. Nothing for other text.
///
/// The two-digit years of RFC 850 are taken by the rule of RFC 9110: not more than 50 years after
/// `now`.
[[nodiscard]] std::optional<SystemTime> parse_http_date(std::string_view text, SystemTime now);
/// The same where there is no `now`: two-digit years are 1969 to 2068.
[[nodiscard]] std::optional<SystemTime> parse_http_date(std::string_view text);
/// IMF-fixdate: `Sun, 06 Nov 1994 08:49:37 GMT`.
[[nodiscard]] std::string format_http_date(SystemTime time);

/// RFC 3339 with `Z` or an offset, with or without fraction (to the nanosecond):
/// `2026-11-22T10:00:00Z`. A date alone (`2026-11-22`) is its midnight in UTC. Nothing for other
/// text and for years outside 1678 to 2261.
[[nodiscard]] std::optional<SystemTime> parse_iso_time(std::string_view text);
/// `2026-11-22T10:00:00Z` (whole seconds).
[[nodiscard]] std::string format_iso_time(SystemTime time);

}  // namespace apilab::http
