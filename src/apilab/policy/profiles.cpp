// The providers, as data. A number without a source has no place here.

#include <algorithm>
#include <array>

#include "apilab/policy/profile.hpp"

namespace apilab::policy {
namespace {

using http::Effect;
using std::chrono::minutes;
using std::chrono::seconds;

// GitHub, "Best practices for using the REST API": at most one request that changes something a
// second, and none beside another; search has 30 a minute of its own ("Rate limits for the REST
// API"), and the numbers of octokit/plugin-throttling for both lanes.
constexpr std::array github_rules{
    RateRule{.path = "*/search/*",
             .bucket = "search",
             .lane = "search",
             .quota = {.spacing = seconds(2), .concurrent = 1}},
    RateRule{.path = "*/graphql", .bucket = "graphql"},
    RateRule{
        .changes_only = true, .lane = "writes", .quota = {.spacing = seconds(1), .concurrent = 1}},
};

// Slack, "Rate limits": counted by method; tiers of 1, 20, 50 and 100 a minute with short bursts
// above, and about one message a second. How short a burst is nobody says: a quarter of a minute's
// calls, and four messages, are ours.
constexpr Quota slack_tier(int per_minute) {
    return {.permits = static_cast<double>(per_minute),
            .window = minutes(1),
            .burst = static_cast<double>(per_minute) / 4};
}
constexpr RateRule slack_read(std::string_view path, int per_minute) {
    return {.path = path,
            .effect = Effect::read,
            .bucket_by_method = true,
            .lane = "method",
            .quota = slack_tier(per_minute)};
}
constexpr std::array slack_rules{
    RateRule{.path = "*/chat.postMessage",
             .bucket_by_method = true,
             .lane = "method",
             .quota = {.permits = 1, .window = seconds(1), .burst = 4}},
    slack_read("*/conversations.list", 20),
    slack_read("*/users.list", 20),
    slack_read("*/conversations.history", 50),
    slack_read("*/conversations.replies", 50),
    slack_read("*/conversations.info", 50),
    slack_read("*/conversations.members", 100),
    slack_read("*/users.info", 100),
    slack_read("*/users.lookupByEmail", 50),
    slack_read("*/auth.test", 100),
    RateRule{.bucket_by_method = true},
};

constexpr std::array notion_rules{
    RateRule{.method = "POST", .path = "*/query", .effect = Effect::read},
    RateRule{.method = "POST", .path = "*/search", .effect = Effect::read},
};

// Gmail, "Usage limits": what each method costs of 6,000 units a minute and user. At once a quarter
// of them, which is ours.
constexpr RateRule gmail(std::string_view method, std::string_view path, int cost) {
    return {.method = method, .path = path, .cost = cost};
}
constexpr std::array google_rules{
    gmail("POST", "*/messages/send", 100), gmail("POST", "*/drafts/send", 100),
    gmail("POST", "*/watch", 100),         gmail("POST", "*/messages/batch*", 50),
    gmail("POST", "*/stop", 50),           gmail("POST", "*/messages/import", 25),
    gmail("POST", "*/drafts", 10),         gmail("GET", "*/threads*", 10),
    gmail("DELETE", "*/messages/*", 10),   gmail("GET", "*/messages*", 5),
    gmail("POST", "*/messages/*", 5),      gmail("POST", "*/labels*", 5),
    gmail("GET", "*/history", 2),
};

constexpr std::array npm_rules{
    RateRule{
        .method = "POST", .path = "*/-/npm/v1/security/advisories/bulk", .effect = Effect::read},
};

// OSV.dev: both only ask, though they POST.
constexpr std::array osv_rules{
    RateRule{.method = "POST", .path = "*/v1/query", .effect = Effect::read},
    RateRule{.method = "POST", .path = "*/v1/querybatch", .effect = Effect::read},
};

constexpr std::array profiles{
    // Whoever sends a key to a provider that we do not know has reason to.
    ProviderProfile{.name = "generic", .honours_key = true},
    ProviderProfile{.name = "npm", .rules = npm_rules},
    ProviderProfile{.name = "osv", .rules = osv_rules},
    // A secondary limit without a header means at least a minute; 100 requests at a time.
    ProviderProfile{.name = "github",
                    .forbidden_may_be_limit = true,
                    .silent_limit_wait = seconds(60),
                    .quota = {.concurrent = 100},
                    .rules = github_rules},
    ProviderProfile{
        .name = "slack", .limit_inside_success = "\"rate_limited\"", .rules = slack_rules},
    // "Request limits": three a second on average; 529 and 429 whatever the method; 409 where two
    // changes met.
    ProviderProfile{.name = "notion",
                    .overload_is_limit = true,
                    .conflict_is_transient = true,
                    .quota = {.permits = 3, .window = seconds(1)},
                    .rules = notion_rules},
    ProviderProfile{.name = "google",
                    .limit_reasons = {"\"rateLimitExceeded\"", "\"userRateLimitExceeded\""},
                    .quota = {.permits = 6000, .window = minutes(1), .burst = 1500},
                    .rules = google_rules},
    // "Rate limits": 25 a second in a sandbox account, 100 live; `Stripe-Should-Retry` is the last
    // word, and keys are honoured for 24 hours.
    ProviderProfile{.name = "stripe",
                    .conflict_is_transient = true,
                    .should_retry_header = "stripe-should-retry",
                    .honours_key = true,
                    .quota = {.permits = 25, .window = seconds(1)}},
    // "API limits": a leaky bucket of 40 that loses two a second; GraphQL says THROTTLED in a 200.
    ProviderProfile{.name = "shopify",
                    .limit_inside_success = "\"THROTTLED\"",
                    .quota = {.permits = 2, .window = seconds(1), .burst = 40}},
};

}  // namespace

const ProviderProfile& profile_of(std::string_view provider) {
    const auto* found = std::ranges::find(profiles, provider, &ProviderProfile::name);
    return found == profiles.end() ? profiles.front() : *found;
}

std::span<const ProviderProfile> all_profiles() {
    return profiles;
}

}  // namespace apilab::policy
