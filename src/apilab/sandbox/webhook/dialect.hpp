#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"
#include "apilab/http/message.hpp"

namespace apilab::sandbox::webhook {

/// The habits of one sender of webhooks.
struct Dialect {
    /// `github`, `slack`, `stripe`, `notion`, `standard`.
    std::string_view name;
    /// An answer later than this is none. GitHub 10 s, Slack 3 s, Standard Webhooks 15 s (of 15 to
    /// 30); Stripe and Notion publish none: 10 s.
    Duration patience{};
    /// How long it waits before each further attempt; empty: it never tries again by itself.
    std::span<const Duration> waits;
    /// The same for what is marked as a test (Stripe), else empty.
    std::span<const Duration> test_waits;
    /// A time is signed: a delivery can be stale, or dated ahead.
    bool dated = false;
    /// While a secret is being changed it signs with both.
    bool overlaps = false;
};

/// All of them, by name. Schedules: Slack almost at once, after one minute and after five. Stripe
/// over three days, for tests three times over hours (its exact waits are not published). Notion
/// seven times over a day (the same). Standard Webhooks as its specification recommends (5 s, 5
/// min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h), without its jitter: the same run, the same
/// times.
[[nodiscard]] std::span<const Dialect> dialects();
/// Null where there is none of that name.
[[nodiscard]] const Dialect* find_dialect(std::string_view name);
/// `github, notion, ...`, for messages.
[[nodiscard]] std::string dialect_names();

/// How long a sender waits after attempt `number` (from 1) was answered like this before it tries
/// again; nothing: it does not. A 2xx is what it wanted. Slack stops where a refusal says
/// `X-Slack-No-Retry: 1`; Standard Webhooks stops at a 410, waits at least a minute after 429, 502
/// and 504, and as long as `Retry-After` says, up to a day.
[[nodiscard]] std::optional<Duration> next_wait(const Dialect& dialect, std::uint64_t number,
                                                bool test, const Result<http::Response>& answer);

/// Slack's words for what went wrong (`X-Slack-Retry-Reason`).
[[nodiscard]] std::string reason_of(const Result<http::Response>& answer);

}  // namespace apilab::sandbox::webhook
