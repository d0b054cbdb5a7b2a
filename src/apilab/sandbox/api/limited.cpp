#include "apilab/sandbox/api/limited.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "apilab/http/date.hpp"
#include "apilab/sandbox/api/problem.hpp"

namespace apilab::sandbox::api {
namespace {

using http::Response;

std::int64_t seconds(Duration duration) {
    return std::max<std::int64_t>(std::chrono::ceil<std::chrono::seconds>(duration).count(), 1);
}

std::int64_t epoch(const LimitView& view, SystemTime now) {
    return std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count() +
           seconds(view.reset_after);
}

void wait_in_seconds(const LimitView& view, Response& answer) {
    answer.header("retry-after", std::to_string(seconds(view.reset_after)));
}

// draft-ietf-httpapi-ratelimit-headers: structured fields.
void ietf(const LimitView& view, bool refused, Response& answer, SystemTime /*now*/) {
    answer.header("ratelimit-policy",
                  fmt::format("\"{}\";q={};w={}", view.resource, view.limit, seconds(view.window)));
    answer.header("ratelimit", fmt::format("\"{}\";r={};t={}", view.resource, view.remaining,
                                           seconds(view.reset_after)));
    if (refused) {
        wait_in_seconds(view, answer);
    }
}

void ietf_old(const LimitView& view, bool refused, Response& answer, SystemTime /*now*/) {
    answer.header("ratelimit-limit",
                  fmt::format("{}, {};w={}", view.limit, view.limit, seconds(view.window)));
    answer.header("ratelimit-remaining", std::to_string(view.remaining));
    answer.header("ratelimit-reset", std::to_string(seconds(view.reset_after)));
    if (refused) {
        wait_in_seconds(view, answer);
    }
}

// A primary limit that is used up: 403, and no Retry-After.
void github(const LimitView& view, bool /*refused*/, Response& answer, SystemTime now) {
    answer.header("x-ratelimit-limit", std::to_string(view.limit));
    answer.header("x-ratelimit-remaining", std::to_string(view.remaining));
    answer.header("x-ratelimit-used", std::to_string(view.limit - view.remaining));
    answer.header("x-ratelimit-reset", std::to_string(epoch(view, now)));
    answer.header("x-ratelimit-resource", view.resource);
}

void twitter(const LimitView& view, bool /*refused*/, Response& answer, SystemTime now) {
    answer.header("x-rate-limit-limit", std::to_string(view.limit));
    answer.header("x-rate-limit-remaining", std::to_string(view.remaining));
    answer.header("x-rate-limit-reset", std::to_string(epoch(view, now)));
}

// Says nothing until it refuses.
void slack(const LimitView& view, bool refused, Response& answer, SystemTime /*now*/) {
    if (refused) {
        wait_in_seconds(view, answer);
    }
}

void openai(const LimitView& view, bool refused, Response& answer, SystemTime /*now*/) {
    const auto left = view.reset_after / std::chrono::milliseconds(1);
    answer.header("x-ratelimit-limit-requests", std::to_string(view.limit));
    answer.header("x-ratelimit-remaining-requests", std::to_string(view.remaining));
    answer.header("x-ratelimit-reset-requests",
                  left < 1000 ? fmt::format("{}ms", left)
                              : fmt::format("{}.{:03}s", left / 1000, left % 1000));
    if (refused) {
        answer.header("retry-after-ms", std::to_string(left));
        wait_in_seconds(view, answer);
    }
}

// A leaky bucket's level, and a wait with a fraction (no integer, as RFC 9110 would have it).
void shopify(const LimitView& view, bool refused, Response& answer, SystemTime /*now*/) {
    answer.header("x-shopify-shop-api-call-limit",
                  fmt::format("{}/{}", view.limit - view.remaining, view.limit));
    if (refused) {
        answer.header("retry-after", fmt::format("{}.0", seconds(view.reset_after)));
    }
}

void in_seconds(const LimitView& view, bool refused, Response& answer, SystemTime /*now*/) {
    answer.header("x-ratelimit-limit", std::to_string(view.limit));
    answer.header("x-ratelimit-remaining", std::to_string(view.remaining));
    answer.header("x-ratelimit-reset", std::to_string(seconds(view.reset_after)));
    if (refused) {
        wait_in_seconds(view, answer);
    }
}

void in_milliseconds(const LimitView& view, bool /*refused*/, Response& answer, SystemTime now) {
    const auto at = std::chrono::floor<std::chrono::milliseconds>(now.time_since_epoch()) +
                    std::chrono::ceil<std::chrono::milliseconds>(view.reset_after);
    answer.header("x-ratelimit-limit", std::to_string(view.limit));
    answer.header("x-ratelimit-remaining", std::to_string(view.remaining));
    answer.header("x-ratelimit-reset", std::to_string(at.count()));
}

// Rounded up to a whole second, as dates are.
void as_date(const LimitView& view, bool refused, Response& answer, SystemTime now) {
    if (refused) {
        answer.header("retry-after", http::format_http_date(std::chrono::ceil<std::chrono::seconds>(
                                         now + view.reset_after)));
    }
}

void nothing(const LimitView& /*view*/, bool /*refused*/, Response& /*answer*/,
             SystemTime /*now*/) {}

}  // namespace

const std::vector<Dialect>& dialects() {
    static const std::vector<Dialect> all = {
        {"ietf", "draft-ietf-httpapi-ratelimit-headers-10", 429, ietf},
        {"ietf-old", "draft-ietf-httpapi-ratelimit-headers-03", 429, ietf_old},
        {"github", "GitHub's primary limit", 403, github},
        {"twitter", "X (Twitter) API v2", 429, twitter},
        {"slack", "Slack: Retry-After alone", 429, slack},
        {"openai", "OpenAI: durations with a unit, retry-after-ms", 429, openai},
        {"shopify", "Shopify REST: a bucket's level, a wait with a fraction", 429, shopify},
        {"seconds", "Many: x-ratelimit-reset counts seconds", 429, in_seconds},
        {"millis", "Some: x-ratelimit-reset is a date in milliseconds", 429, in_milliseconds},
        {"http-date", "RFC 9110 section 10.2.3: a date", 429, as_date},
        {"google", "Google: 403 with a reason in the body, no header", 403, nothing},
        {"unavailable", "RFC 9110 section 15.6.4: 503 with Retry-After", 503, slack},
        {"silent", "429 and not a word", 429, nothing},
    };
    return all;
}

const Dialect* find_dialect(std::string_view name) {
    const auto found = std::ranges::find(dialects(), name, &Dialect::name);
    return found == dialects().end() ? nullptr : &*found;
}

Response Limited::answer(std::string_view dialect, const std::string& who,
                         const Incoming& incoming) {
    const Dialect* how = find_dialect(dialect);
    if (how == nullptr) {
        std::string names;
        for (const auto& known : dialects()) {
            names += fmt::format("{}{}", names.empty() ? "" : ", ", known.name);
        }
        return problem(404, "no_such_dialect", "there are " + names);
    }
    if (windows_.size() >= windows_max) {
        windows_.clear();
    }
    Window& now = windows_[fmt::format("{} {}", how->name, who)];
    if (now.used == 0 || incoming.now >= now.began + window) {
        now = {.began = incoming.now};
    }
    const bool refused = now.used >= limit;
    now.used += refused ? 0 : 1;
    const LimitView view{.resource = "default",
                         .limit = limit,
                         .remaining = limit - now.used,
                         .reset_after = now.began + window - incoming.now,
                         .window = window};
    auto answer = refused
                      ? (how->name == "google"
                             ? Response::json(403, R"({"error":{"code":403,"message":"Rate Limit )"
                                                   R"(Exceeded","errors":[{"domain":"usageLimits",)"
                                                   R"("reason":"rateLimitExceeded"}]}})")
                             : problem(how->status, "rate_limited", "ten requests in ten seconds"))
                      : Response::json(200, fmt::format(R"({{"dialect":"{}","remaining":{}}})",
                                                        how->name, view.remaining));
    how->write(view, refused, answer, incoming.system_now);
    return answer;
}

}  // namespace apilab::sandbox::api
