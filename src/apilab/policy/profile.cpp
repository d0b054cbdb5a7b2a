#include "apilab/policy/profile.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "apilab/http/retry_after.hpp"

namespace apilab::policy {
namespace {

using std::chrono::seconds;

// Sources: the providers' pages on limits (GitHub REST "Rate limits" and "Best practices": a
// secondary limit without a header means at least a minute).
constexpr std::array<ProviderProfile, 7> profiles = {{
    {.name = "generic"},
    {.name = "npm"},
    {.name = "osv"},
    {.name = "github",
     .forbidden_may_be_limit = true,
     .reset_is_epoch = true,
     .silent_limit_wait = seconds(60)},
    {.name = "slack"},
    // 529 is a limit of the whole service, with Retry-After (Notion, status codes).
    {.name = "notion", .overload_is_limit = true},
    {.name = "google", .limit_reasons = {"\"rateLimitExceeded\"", "\"userRateLimitExceeded\""}},
}};

constexpr std::string_view secondary_phrase = "secondary rate limit";

bool says_secondary(std::string_view body) {
    return body.substr(0, 4096).contains(secondary_phrase);
}

bool says_one_of(const std::array<std::string_view, 2>& reasons, std::string_view body) {
    return std::ranges::any_of(reasons, [&](std::string_view reason) {
        return !reason.empty() && body.substr(0, 4096).contains(reason);
    });
}

bool quota_is_empty(const AttemptOutcome& outcome) {
    return outcome.headers != nullptr && outcome.headers->value("x-ratelimit-remaining") == "0";
}

std::optional<Duration> until_reset(const AttemptOutcome& outcome) {
    const auto text = outcome.headers->value("x-ratelimit-reset");
    std::int64_t epoch = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), epoch);
    constexpr std::int64_t epoch_max = 4'102'444'800;  // year 2100
    if (text.empty() || error != std::errc() || end != text.data() + text.size() || epoch < 0 ||
        epoch > epoch_max) {
        return std::nullopt;
    }
    // One second more: the reset is told in whole seconds.
    return std::max<Duration>(SystemTime(seconds(epoch + 1)) - outcome.system_at, Duration::zero());
}

}  // namespace

const ProviderProfile& profile_of(std::string_view provider) {
    const auto* found = std::ranges::find(profiles, provider, &ProviderProfile::name);
    return found == profiles.end() ? profiles.front() : *found;
}

bool is_limited(const ProviderProfile& profile, const AttemptOutcome& outcome) {
    if (outcome.status == 429 || (outcome.status == 529 && profile.overload_is_limit)) {
        return true;
    }
    if (outcome.status == 403 && says_one_of(profile.limit_reasons, outcome.body)) {
        return true;
    }
    if (outcome.status != 403 || !profile.forbidden_may_be_limit || outcome.headers == nullptr) {
        return false;
    }
    return outcome.headers->contains("retry-after") || quota_is_empty(outcome) ||
           says_secondary(outcome.body);
}

AnnouncedWait announced_wait(const ProviderProfile& profile, const AttemptOutcome& outcome) {
    if (outcome.headers == nullptr) {
        return {};
    }
    const auto said = http::parse_retry_after(*outcome.headers, outcome.system_at);
    const bool garbage = said.source == http::RetryAfter::Source::garbage;
    if (said.wait || !is_limited(profile, outcome)) {
        return {said.wait, garbage};
    }
    if (profile.reset_is_epoch && quota_is_empty(outcome)) {
        if (const auto wait = until_reset(outcome)) {
            return {wait, garbage};
        }
    }
    if (profile.silent_limit_wait > Duration::zero()) {
        return {profile.silent_limit_wait, garbage};
    }
    return {std::nullopt, garbage};
}

}  // namespace apilab::policy
