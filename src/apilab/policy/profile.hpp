#pragma once

#include <array>
#include <optional>
#include <span>
#include <string_view>

#include "apilab/policy/policy.hpp"
#include "apilab/policy/quota.hpp"

namespace apilab::policy {

/// What a provider counts together and how it counts it, for the calls that match. The first rule
/// that matches a call holds. Empty texts match everything.
struct RateRule {
    std::string_view method = {};
    /// `*` stands for any bytes, `/` too: `*/search/*`.
    std::string_view path = {};
    /// Only calls that change something (`idempotent` and `write`).
    bool changes_only = false;

    /// What stands for the effect where the caller did not say: a POST that only asks.
    std::optional<http::Effect> effect = {};
    /// A refusal of one call says something of these calls, and of no others.
    std::string_view bucket = {};
    /// The bucket is the last segment of the path (Slack's method).
    bool bucket_by_method = false;
    /// Calls of a lane keep their own pace within the bucket, and do not stand in the way of
    /// others.
    std::string_view lane = {};
    Quota quota = {};
    /// In the provider's units (Gmail: 100 for a mail that is sent).
    int cost = 1;
};

/// What a provider means by its answers, as data. Adding a provider is adding an entry in
/// profiles.cpp, where every number has its source.
struct ProviderProfile {
    std::string_view name;

    /// A 403 may be a rate limit (GitHub): it is one where the answer carries `Retry-After`, has
    /// `x-ratelimit-remaining: 0`, or says `secondary rate limit` in its body.
    bool forbidden_may_be_limit = false;
    /// A 403 whose body holds one of these is a rate limit (Google's `reason`). Empty: none.
    std::array<std::string_view, 2> limit_reasons{};
    /// A 200 whose body holds this is a refusal because of a limit (Slack's `rate_limited` inside
    /// `ok: false`, Shopify's `THROTTLED`). Empty: none.
    std::string_view limit_inside_success = {};
    /// A 529 is a rate limit (Notion).
    bool overload_is_limit = false;
    /// What to wait after a refusal that announces nothing; zero: the back-off alone.
    Duration silent_limit_wait{};

    /// A 503 says that the request was not applied, so even a write may be sent again.
    bool unavailable_not_applied = false;
    /// A 409 means that two requests met, and goes better later (Notion's `conflict_error`,
    /// Stripe's `lock_timeout`). Sent again only where that is safe.
    bool conflict_is_transient = false;
    /// Statuses beyond 408, 425, 500, 502, 503, 504 that go better later. 0: none.
    std::array<int, 8> also_transient{};
    /// A header of the answer that says `true` or `false` to sending again, and is believed first
    /// (Stripe). Empty: none.
    std::string_view should_retry_header = {};
    /// An `Idempotency-Key` is honoured, so that a write with one may be sent again.
    bool honours_key = false;

    /// Over all calls of a bucket, and where a provider has none of those, over all calls to it.
    Quota quota = {};
    std::span<const RateRule> rules = {};
};

/// The profile of that name, or the generic one.
[[nodiscard]] const ProviderProfile& profile_of(std::string_view provider);
[[nodiscard]] std::span<const ProviderProfile> all_profiles();

/// The rule that holds for a call, or null.
[[nodiscard]] const RateRule* rule_of(const ProviderProfile& profile, std::string_view method,
                                      std::string_view path, http::Effect effect);
/// Does `text` match, where `*` in the pattern stands for any bytes?
[[nodiscard]] bool matches_pattern(std::string_view pattern, std::string_view text);

/// Did the server refuse the request because of a limit, without applying it?
[[nodiscard]] bool is_limited(const ProviderProfile& profile, const AttemptOutcome& outcome);
/// May a failure with that status go better later, as far as the provider says?
[[nodiscard]] bool is_transient_status(const ProviderProfile& profile, int status);
/// What the provider's own header says about sending again; nothing: nothing.
[[nodiscard]] std::optional<bool> said_should_retry(const ProviderProfile& profile,
                                                    const AttemptOutcome& outcome);

/// The wait that a refusal announces.
struct AnnouncedWait {
    std::optional<Duration> wait;
    /// A `Retry-After` was there and unreadable.
    bool garbage = false;
};
/// From the moment of the answer; never negative. Reads `Retry-After` on any answer; after a
/// refusal also when the quotas that are used up begin anew, in any dialect
/// (`http::read_rate_limits`), and then the profile.
[[nodiscard]] AnnouncedWait announced_wait(const ProviderProfile& profile,
                                           const AttemptOutcome& outcome);

}  // namespace apilab::policy
