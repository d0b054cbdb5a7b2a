#pragma once

#include <cstdint>
#include <optional>

#include "apilab/base/clock.hpp"
#include "apilab/http/headers.hpp"

namespace apilab::http {

/// What a response says about when to come back.
struct RetryAfter {
    enum class Source : std::uint8_t { none, seconds, date, milliseconds, garbage };
    Source source = Source::none;
    /// Never negative; nothing where there is no usable value.
    std::optional<Duration> wait;
};

/// Reads `Retry-After` and the `retry-after-ms` forms of a response.
///
/// Legal (RFC 9110 section 10.2.3): whole seconds, or an HTTP date, which is measured against the
/// response's own `Date` where it has one (the peer's clock wrote both), else against `now`.
/// Accepted beyond that: fractional seconds (`2.0`), and `retry-after-ms` / `x-ms-retry-after-ms`,
/// which win. A past date or a negative number means now (0). Anything else is `garbage`: no wait,
/// to be counted. Values are clamped to ten years, so that arithmetic on them cannot overflow.
[[nodiscard]] RetryAfter parse_retry_after(const Headers& headers, SystemTime now);

}  // namespace apilab::http
