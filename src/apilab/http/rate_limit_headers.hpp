#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/http/headers.hpp"

namespace apilab::http {

/// Whose way of announcing a quota. docs/explain/rate-limit-headers.md has them as a table.
enum class RateLimitDialect : std::uint8_t {
    /// `RateLimit-Policy` and `RateLimit` as lists of named policies (IETF httpapi draft 09 on).
    ietf,
    /// `RateLimit-Limit`, `-Remaining`, `-Reset`, or one `RateLimit: limit=..., remaining=...,
    /// reset=...` (IETF drafts to 07; GitLab with a `-Reset` of its own).
    ietf_draft,
    /// `X-RateLimit-Limit`, `-Remaining`, `-Used`, `-Reset`, `-Resource` (GitHub and many others).
    x_ratelimit,
    /// The same with `X-RateLimit-Reset-After`, `-Bucket`, `-Scope` (Discord).
    discord,
    /// `x-rate-limit-limit`, `-remaining`, `-reset` (X, formerly Twitter).
    x_rate_limit,
    /// `X-HubSpot-RateLimit-*`.
    hubspot,
    /// `X-Shopify-Shop-Api-Call-Limit: 32/40`, used and size of a leaky bucket.
    shopify,
};
[[nodiscard]] std::string_view to_string(RateLimitDialect dialect);

/// What is counted.
enum class RateLimitUnit : std::uint8_t { requests, content_bytes, concurrent_requests, other };

/// How the end of the window was written. A number is told by its size, since providers use one
/// name for all of them: below 10^7 seconds from now, from 10^9 to below 10^11 seconds since 1970,
/// from 10^12 to below 10^14 milliseconds since 1970; another number is garbage. `date`: RFC 3339
/// or an HTTP date.
enum class ResetForm : std::uint8_t { none, seconds, epoch_seconds, epoch_milliseconds, date };

/// One quota as an answer announces it. Only what was said is there.
struct RateLimitReading {
    RateLimitDialect dialect = RateLimitDialect::x_ratelimit;
    /// The policy's name, GitHub's resource, Discord's bucket, HubSpot's `daily` or `secondly`.
    /// Empty: not named.
    std::string bucket;
    /// Discord: `user`, `global`, `shared`. Empty: not said.
    std::string scope;
    /// IETF `pk`, raw bytes: whose part of the quota this is. Empty: not said.
    std::string partition;
    /// Never negative, below 10^15. `remaining` is what is left of `limit` after `used` where the
    /// answer says those two and not `remaining` itself.
    std::optional<std::int64_t> limit;
    std::optional<std::int64_t> remaining;
    std::optional<std::int64_t> used;
    /// From now; never negative, at most ten years. A moment that is told in whole seconds may be
    /// up to a second later than it says.
    std::optional<Duration> reset_in;
    ResetForm reset_form = ResetForm::none;
    /// At most ten years.
    std::optional<Duration> window;
    RateLimitUnit unit = RateLimitUnit::requests;

    friend bool operator==(const RateLimitReading&, const RateLimitReading&) = default;
};

struct RateLimitReadings {
    /// In the order of `RateLimitDialect`; at most 32.
    std::vector<RateLimitReading> readings;
    /// Header fields that were there and could not be read. They have no other effect.
    int garbage = 0;
};

/// Reads everything that the headers of an answer say about quotas, in every dialect at once.
/// Nothing is learnt from an answer out of a cache (a positive `Age`): its numbers are old and may
/// be another client's.
///
/// Moments are measured against the answer's own `Date` where it has one (the peer's clock wrote
/// both), else against `now`. `Retry-After` is not read here, and wins over all of this
/// (`parse_retry_after`). Of a field that comes twice the first is read; `RateLimit` and
/// `RateLimit-Policy` are lists over all their lines, and one mistake in such a list makes all of
/// it garbage, as the draft asks. Limits: 4 KiB for a list, 16 policies with 16 parameters, 256
/// bytes for any other value; what is above them is garbage.
[[nodiscard]] RateLimitReadings read_rate_limits(const Headers& headers, SystemTime now);

}  // namespace apilab::http
