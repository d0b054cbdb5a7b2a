#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "apilab/policy/policy.hpp"

namespace apilab::policy {

/// What a provider means by its answers, as data. Adding a provider is adding a row in profile.cpp.
struct ProviderProfile {
    std::string_view name;
    /// A 403 may be a rate limit (GitHub): it is one where the answer carries `Retry-After`, has
    /// `x-ratelimit-remaining: 0`, or says `secondary rate limit` in its body.
    bool forbidden_may_be_limit = false;
    /// `x-ratelimit-reset` holds UTC epoch seconds and says when to come back after a refusal.
    bool reset_is_epoch = false;
    /// What to wait after a refusal that announces nothing; zero: the back-off alone.
    Duration silent_limit_wait{};
    /// A 503 says that the request was not applied, so even a write may be sent again.
    bool unavailable_not_applied = false;
    /// A 529 is a rate limit (Notion).
    bool overload_is_limit = false;
    /// A 403 whose body holds one of these is a rate limit (Google's `reason`). Empty: none.
    std::array<std::string_view, 2> limit_reasons{};
};

/// The profile of that name, or the generic one.
[[nodiscard]] const ProviderProfile& profile_of(std::string_view provider);

/// Did the server refuse the request because of a limit, without applying it?
[[nodiscard]] bool is_limited(const ProviderProfile& profile, const AttemptOutcome& outcome);

/// The wait that a refusal announces.
struct AnnouncedWait {
    std::optional<Duration> wait;
    /// A `Retry-After` was there and unreadable.
    bool garbage = false;
};
/// From the moment of the answer; never negative. Reads `Retry-After` on any answer, and after a
/// refusal the provider's own words.
[[nodiscard]] AnnouncedWait announced_wait(const ProviderProfile& profile,
                                           const AttemptOutcome& outcome);

}  // namespace apilab::policy
