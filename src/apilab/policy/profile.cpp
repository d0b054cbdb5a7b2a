#include "apilab/policy/profile.hpp"

#include <algorithm>

#include "apilab/http/rate_limit_headers.hpp"
#include "apilab/http/retry_after.hpp"

namespace apilab::policy {
namespace {

constexpr std::string_view secondary_phrase = "secondary rate limit";
// A refusal says what it is at its beginning.
constexpr std::size_t looked_at = 4096;

bool says(std::string_view body, std::string_view phrase) {
    return !phrase.empty() && body.substr(0, looked_at).contains(phrase);
}

bool says_one_of(const std::array<std::string_view, 2>& reasons, std::string_view body) {
    return std::ranges::any_of(reasons,
                               [&](std::string_view reason) { return says(body, reason); });
}

bool quota_is_empty(const AttemptOutcome& outcome) {
    return outcome.headers != nullptr && outcome.headers->value("x-ratelimit-remaining") == "0";
}

// When the last of the quotas that are used up begins anew. A moment in whole seconds may be up to
// one second later than it says.
std::optional<Duration> until_reset(const AttemptOutcome& outcome) {
    std::optional<Duration> longest;
    for (const auto& reading :
         http::read_rate_limits(*outcome.headers, outcome.system_at).readings) {
        if (reading.remaining != 0 || !reading.reset_in) {
            continue;
        }
        const bool whole = reading.reset_form == http::ResetForm::epoch_seconds;
        const Duration wait = *reading.reset_in + (whole && *reading.reset_in > Duration::zero()
                                                       ? Duration(std::chrono::seconds(1))
                                                       : Duration::zero());
        longest = std::max(longest.value_or(wait), wait);
    }
    return longest;
}

}  // namespace

bool matches_pattern(std::string_view pattern, std::string_view text) {
    // The last star is the only one that ever has to be widened.
    std::size_t p = 0;
    std::size_t t = 0;
    std::size_t star = std::string_view::npos;
    std::size_t mark = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            mark = t;
        } else if (p < pattern.size() && pattern[p] == text[t]) {
            ++p;
            ++t;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++mark;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

const RateRule* rule_of(const ProviderProfile& profile, std::string_view method,
                        std::string_view path, http::Effect effect) {
    for (const RateRule& rule : profile.rules) {
        const bool changes = effect != http::Effect::read;
        if ((rule.method.empty() || rule.method == method) && (!rule.changes_only || changes) &&
            (rule.path.empty() || matches_pattern(rule.path, path))) {
            return &rule;
        }
    }
    return nullptr;
}

bool is_limited(const ProviderProfile& profile, const AttemptOutcome& outcome) {
    switch (outcome.status) {
        case 429:
            return true;
        case 529:
            return profile.overload_is_limit;
        case 200:
            return says(outcome.body, profile.limit_inside_success);
        case 403:
            return says_one_of(profile.limit_reasons, outcome.body) ||
                   (profile.forbidden_may_be_limit && outcome.headers != nullptr &&
                    (outcome.headers->contains("retry-after") || quota_is_empty(outcome) ||
                     says(outcome.body, secondary_phrase)));
        default:
            return false;
    }
}

bool is_transient_status(const ProviderProfile& profile, int status) {
    switch (status) {
        case 408:
        case 425:
        case 500:
        case 502:
        case 503:
        case 504:
            return true;
        case 409:
            return profile.conflict_is_transient;
        default:
            return status != 0 && std::ranges::find(profile.also_transient, status) !=
                                      profile.also_transient.end();
    }
}

std::optional<bool> said_should_retry(const ProviderProfile& profile,
                                      const AttemptOutcome& outcome) {
    if (profile.should_retry_header.empty() || outcome.headers == nullptr) {
        return std::nullopt;
    }
    const auto word = outcome.headers->value(profile.should_retry_header);
    return word == "true" || word == "false" ? std::optional(word == "true") : std::nullopt;
}

AnnouncedWait announced_wait(const ProviderProfile& profile, const AttemptOutcome& outcome) {
    if (outcome.headers == nullptr) {
        return {};
    }
    const auto said = http::parse_retry_after(*outcome.headers, outcome.system_at);
    const bool garbage = said.source == http::RetryAfter::Source::garbage;
    if (!is_limited(profile, outcome)) {
        return {said.wait, garbage};
    }
    if (said.wait) {
        return {said.wait, garbage};
    }
    if (const auto wait = until_reset(outcome)) {
        return {wait, garbage};
    }
    if (profile.silent_limit_wait > Duration::zero()) {
        return {profile.silent_limit_wait, garbage};
    }
    return {std::nullopt, garbage};
}

}  // namespace apilab::policy
