#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/http/message.hpp"
#include "apilab/sandbox/provider.hpp"

namespace apilab::sandbox {

/// How a provider says how full a limit is, and that it is used up.
enum class LimitDialect : std::uint8_t {
    /// 429 with `Retry-After`.
    plain,
    /// `x-ratelimit-*` with the reset in seconds since 1970 on every answer; 403 without a
    /// `Retry-After`.
    github,
    /// `X-RateLimit-*` with the reset in seconds from now (Zalando's guidelines, rule 153).
    zalando,
    /// `x-rate-limit-*` (one hyphen more) with the reset in seconds since 1970.
    twitter,
    /// `RateLimit-Policy` and `RateLimit` as structured fields (IETF draft of 2025) and
    /// `Retry-After`.
    ietf,
    /// `RateLimit-Limit`, `-Remaining`, `-Reset` in seconds from now (IETF draft 07 and older).
    ietf_old,
    /// `X-HubSpot-RateLimit-*` with an interval in milliseconds; no word about when.
    hubspot,
    /// `X-RateLimit-Reset-After` and `retry_after` in the body, both with fractions.
    discord,
    /// `X-Shopify-Shop-Api-Call-Limit: 32/40` and `Retry-After: 2.0`.
    shopify,
    /// `Stripe-Should-Retry` and a reason; no word about when.
    stripe,
    /// 429, `{"ok":false,"error":"ratelimited"}` and `Retry-After`; else nothing.
    slack,
    /// 429 `rate_limited` and `Retry-After`; else nothing.
    notion,
    /// 403 with the reason `rateLimitExceeded`; no word about when.
    google,
    /// `x-ratelimit-*-requests` with a duration and its unit (`6m0s`, `120ms`), `retry-after-ms`
    /// and
    /// `Retry-After` (OpenAI).
    openai,
    /// `x-ratelimit-*` with the reset in seconds from now, and `Retry-After`.
    seconds,
    /// `x-ratelimit-*` with the reset in milliseconds since 1970; no `Retry-After`.
    millis,
    /// `Retry-After` as a date (RFC 9110 section 10.2.3), rounded up to a whole second.
    http_date,
    /// 503 with `Retry-After` (RFC 9110 section 15.6.4).
    unavailable,
    /// 429 and not a word.
    silent,
};
[[nodiscard]] std::string_view to_string(LimitDialect dialect);
[[nodiscard]] std::optional<LimitDialect> limit_dialect_of(std::string_view name);
/// All of them, in the order above.
[[nodiscard]] std::vector<LimitDialect> limit_dialects();
/// `plain, github, ...`, for messages.
[[nodiscard]] std::string limit_dialect_names();
/// The one that a provider speaks; `ietf` for `api`, which may choose another.
[[nodiscard]] LimitDialect own_dialect(std::string_view provider);

/// The status of a refusal: 403 of GitHub and Google, 503 of `unavailable`, else 429.
[[nodiscard]] int limit_status(LimitDialect dialect);
/// The `Retry-After` of a refusal, whole seconds rounded up (of Shopify `2.0`), at least one, or a
/// date; empty where the dialect has none.
[[nodiscard]] std::string limit_retry_after(LimitDialect dialect, const LimitView& view,
                                            SystemTime now);
/// What the headers of `write_limit` say about when there is room again, rounded up as they are;
/// nothing where they do not.
[[nodiscard]] std::optional<Duration> told_reset(LimitDialect dialect, const LimitView& view,
                                                 SystemTime now);

/// Writes the dialect's headers; of several limits the first, but for `ietf`, which lists all.
void write_limit(LimitDialect dialect, std::span<const LimitView> views, http::Response& answer,
                 SystemTime now);
/// Makes `answer` the dialect's refusal, headers of `write_limit` apart: status, body,
/// `Retry-After`.
void write_limit_refusal(LimitDialect dialect, const LimitView& view, http::Response& answer,
                         SystemTime now);

}  // namespace apilab::sandbox
