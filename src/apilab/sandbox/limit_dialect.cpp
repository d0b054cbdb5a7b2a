#include "apilab/sandbox/limit_dialect.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "apilab/http/date.hpp"
#include "apilab/http/json.hpp"

namespace apilab::sandbox {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct Name {
    std::string_view text;
    LimitDialect dialect;
};
constexpr std::array<Name, 19> names{{
    {"plain", LimitDialect::plain},         {"github", LimitDialect::github},
    {"zalando", LimitDialect::zalando},     {"twitter", LimitDialect::twitter},
    {"ietf", LimitDialect::ietf},           {"ietf_old", LimitDialect::ietf_old},
    {"hubspot", LimitDialect::hubspot},     {"discord", LimitDialect::discord},
    {"shopify", LimitDialect::shopify},     {"stripe", LimitDialect::stripe},
    {"slack", LimitDialect::slack},         {"notion", LimitDialect::notion},
    {"google", LimitDialect::google},       {"openai", LimitDialect::openai},
    {"seconds", LimitDialect::seconds},     {"millis", LimitDialect::millis},
    {"http_date", LimitDialect::http_date}, {"unavailable", LimitDialect::unavailable},
    {"silent", LimitDialect::silent},
}};

std::int64_t seconds_up(Duration time) {
    return std::max<std::int64_t>(std::chrono::ceil<seconds>(time).count(), 0);
}

std::int64_t epoch_up(SystemTime time) {
    return std::chrono::ceil<seconds>(time).time_since_epoch().count();
}

// A window of nothing is a limit of requests under way (`LimitKind::concurrency`).
bool at_a_time(const LimitView& view) {
    return view.window == Duration::zero();
}

void write_ietf(std::span<const LimitView> views, http::Response& answer) {
    std::string policy;
    std::string state;
    for (const LimitView& view : views) {
        const auto name = http::json_quote(view.resource);  // names hold no quotes
        policy += fmt::format("{}{};q={}", policy.empty() ? "" : ", ", name, view.limit);
        policy += at_a_time(view)
                      ? std::string(";qu=\"concurrent-requests\"")
                      : fmt::format(";w={}", std::max<std::int64_t>(seconds_up(view.window), 1));
        state += fmt::format("{}{};r={}", state.empty() ? "" : ", ", name, view.remaining);
        state +=
            at_a_time(view) ? std::string() : fmt::format(";t={}", seconds_up(view.reset_after));
    }
    answer.header("ratelimit-policy", std::move(policy));
    answer.header("ratelimit", std::move(state));
}

void write_three(std::string_view prefix, const LimitView& view, std::int64_t reset,
                 http::Response& answer) {
    answer.header(fmt::format("{}limit", prefix), std::to_string(view.limit));
    answer.header(fmt::format("{}remaining", prefix), std::to_string(view.remaining));
    answer.header(fmt::format("{}reset", prefix), std::to_string(reset));
}

void write_github(const LimitView& view, http::Response& answer, SystemTime now) {
    write_three("x-ratelimit-", view, epoch_up(now + view.reset_after), answer);
    answer.header("x-ratelimit-used", std::to_string(view.limit - view.remaining));
    answer.header("x-ratelimit-resource", view.resource == "default" ? "core" : view.resource);
}

void write_discord(const LimitView& view, http::Response& answer, SystemTime now) {
    const auto after = std::chrono::ceil<milliseconds>(view.reset_after);
    const auto at = std::chrono::ceil<milliseconds>(now + view.reset_after).time_since_epoch();
    answer.header("x-ratelimit-limit", std::to_string(view.limit));
    answer.header("x-ratelimit-remaining", std::to_string(view.remaining));
    answer.header("x-ratelimit-reset",
                  fmt::format("{}.{:03}", at.count() / 1000, at.count() % 1000));
    answer.header("x-ratelimit-reset-after",
                  fmt::format("{}.{:03}", after.count() / 1000, after.count() % 1000));
    answer.header("x-ratelimit-bucket", view.resource);
}

void write_hubspot(const LimitView& view, http::Response& answer) {
    answer.header("x-hubspot-ratelimit-max", std::to_string(view.limit));
    answer.header("x-hubspot-ratelimit-remaining", std::to_string(view.remaining));
    answer.header("x-hubspot-ratelimit-interval-milliseconds",
                  std::to_string(std::chrono::ceil<milliseconds>(view.window).count()));
}

std::int64_t milliseconds_up(Duration time) {
    return std::max<std::int64_t>(std::chrono::ceil<milliseconds>(time).count(), 0);
}

// As Go prints a duration, which is what they send.
std::string with_unit(Duration time) {
    constexpr std::int64_t thousand = 1000;
    constexpr std::int64_t sixty = 60;
    const auto left = milliseconds_up(time);
    if (left < thousand) {
        return fmt::format("{}ms", left);
    }
    const auto minutes = left / thousand / sixty;
    const auto rest = left - (minutes * sixty * thousand);
    auto text = minutes > 0 ? fmt::format("{}m{}", minutes, rest / thousand)
                            : std::to_string(rest / thousand);
    if (rest % thousand != 0) {
        text += fmt::format(".{:03}", rest % thousand);
    }
    return text + "s";
}

void write_openai(const LimitView& view, http::Response& answer) {
    answer.header("x-ratelimit-limit-requests", std::to_string(view.limit));
    answer.header("x-ratelimit-remaining-requests", std::to_string(view.remaining));
    answer.header("x-ratelimit-reset-requests", with_unit(view.reset_after));
}

std::int64_t epoch_milliseconds(SystemTime time) {
    return std::chrono::ceil<milliseconds>(time).time_since_epoch().count();
}

std::string refusal_body(LimitDialect dialect, const LimitView& view) {
    switch (dialect) {
        case LimitDialect::github:
            return R"({"message":"API rate limit exceeded for user ID 1.","documentation_url":)"
                   R"("https://docs.github.com/rest/using-the-rest-api/)"
                   R"(rate-limits-for-the-rest-api","status":"403"})";
        case LimitDialect::twitter:
            return R"({"errors":[{"code":88,"message":"Rate limit exceeded"}]})";
        case LimitDialect::hubspot:
            return R"({"status":"error","message":"You have reached your secondly limit.",)"
                   R"("errorType":"RATE_LIMIT","policyName":"SECONDLY"})";
        case LimitDialect::discord: {
            const auto after = std::chrono::ceil<milliseconds>(view.reset_after);
            return fmt::format(
                R"({{"message":"You are being rate limited.","retry_after":{}.{:03},)"
                R"("global":false}})",
                after.count() / 1000, after.count() % 1000);
        }
        case LimitDialect::shopify:
            return R"({"errors":"Exceeded the calls per second for api client. Reduce request )"
                   R"(rates to resume uninterrupted service."})";
        case LimitDialect::stripe:
            return R"({"error":{"type":"invalid_request_error","code":"rate_limit",)"
                   R"("message":"Request rate limit exceeded."}})";
        case LimitDialect::slack:
            return R"({"ok":false,"error":"ratelimited"})";
        case LimitDialect::notion:
            return R"({"object":"error","status":429,"code":"rate_limited","message":)"
                   R"("You have been rate limited. Please try again in a few minutes."})";
        case LimitDialect::google:
            return R"({"error":{"code":403,"message":"Rate Limit Exceeded","errors":[{"message":)"
                   R"("Rate Limit Exceeded","domain":"usageLimits",)"
                   R"("reason":"rateLimitExceeded"}],"status":"PERMISSION_DENIED"}})";
        case LimitDialect::ietf:
            return fmt::format(
                R"({{"type":"https://iana.org/assignments/http-problem-types#quota-exceeded",)"
                R"("title":"Request cannot be satisfied as assigned quota has been exceeded",)"
                R"("status":429,"violated-policies":[{}]}})",
                http::json_quote(view.resource));
        case LimitDialect::openai:
            return R"({"error":{"message":"Rate limit reached for requests.","type":"requests",)"
                   R"("param":null,"code":"rate_limit_exceeded"}})";
        case LimitDialect::plain:
        case LimitDialect::zalando:
        case LimitDialect::ietf_old:
        case LimitDialect::seconds:
        case LimitDialect::millis:
        case LimitDialect::http_date:
        case LimitDialect::unavailable:
        case LimitDialect::silent:
            break;
    }
    return {};  // the API's own problem document
}

}  // namespace

std::string_view to_string(LimitDialect dialect) {
    const auto* found = std::ranges::find(names, dialect, &Name::dialect);
    return found == names.end() ? "?" : found->text;
}

std::optional<LimitDialect> limit_dialect_of(std::string_view name) {
    const auto* found = std::ranges::find(names, name, &Name::text);
    return found == names.end() ? std::nullopt : std::optional(found->dialect);
}

std::vector<LimitDialect> limit_dialects() {
    std::vector<LimitDialect> all;
    for (const Name& name : names) {
        all.push_back(name.dialect);
    }
    return all;
}

std::string limit_dialect_names() {
    std::string text;
    for (const Name& name : names) {
        text += fmt::format("{}{}", text.empty() ? "" : ", ", name.text);
    }
    return text;
}

LimitDialect own_dialect(std::string_view provider) {
    return provider == "github"   ? LimitDialect::github
           : provider == "slack"  ? LimitDialect::slack
           : provider == "notion" ? LimitDialect::notion
           : provider == "google" ? LimitDialect::google
           : provider == "api"    ? LimitDialect::ietf
                                  : LimitDialect::plain;
}

int limit_status(LimitDialect dialect) {
    const bool forbidden = dialect == LimitDialect::github || dialect == LimitDialect::google;
    return forbidden ? 403 : dialect == LimitDialect::unavailable ? 503 : 429;
}

std::string limit_retry_after(LimitDialect dialect, const LimitView& view, SystemTime now) {
    const auto whole = std::max<std::int64_t>(seconds_up(view.reset_after), 1);
    switch (dialect) {
        case LimitDialect::plain:
        case LimitDialect::ietf:
        case LimitDialect::ietf_old:
        case LimitDialect::discord:
        case LimitDialect::slack:
        case LimitDialect::notion:
        case LimitDialect::openai:
        case LimitDialect::seconds:
        case LimitDialect::unavailable:
            return std::to_string(whole);
        case LimitDialect::http_date:
            return http::format_http_date(std::chrono::ceil<seconds>(now + view.reset_after));
        case LimitDialect::shopify:
            return fmt::format("{}.0", whole);
        case LimitDialect::github:
        case LimitDialect::zalando:
        case LimitDialect::twitter:
        case LimitDialect::hubspot:
        case LimitDialect::stripe:
        case LimitDialect::google:
        case LimitDialect::millis:
        case LimitDialect::silent:
            break;
    }
    return {};
}

std::optional<Duration> told_reset(LimitDialect dialect, const LimitView& view, SystemTime now) {
    switch (dialect) {
        case LimitDialect::github:
        case LimitDialect::twitter:
            return std::chrono::ceil<seconds>(now + view.reset_after) - now;
        case LimitDialect::zalando:
        case LimitDialect::ietf_old:
        case LimitDialect::seconds:
            return seconds(seconds_up(view.reset_after));
        case LimitDialect::ietf:
            return at_a_time(view) ? std::nullopt
                                   : std::optional<Duration>(seconds(seconds_up(view.reset_after)));
        case LimitDialect::discord:
        case LimitDialect::openai:
            return std::chrono::ceil<milliseconds>(view.reset_after);
        case LimitDialect::millis:
            return std::chrono::ceil<milliseconds>(now + view.reset_after) - now;
        default:
            return std::nullopt;
    }
}

void write_limit(LimitDialect dialect, std::span<const LimitView> views, http::Response& answer,
                 SystemTime now) {
    if (views.empty()) {
        return;
    }
    const LimitView& view = views.front();
    switch (dialect) {
        case LimitDialect::github:
            return write_github(view, answer, now);
        case LimitDialect::zalando:
        case LimitDialect::seconds:
            return write_three("x-ratelimit-", view, seconds_up(view.reset_after), answer);
        case LimitDialect::twitter:
            return write_three("x-rate-limit-", view, epoch_up(now + view.reset_after), answer);
        case LimitDialect::ietf:
            return write_ietf(views, answer);
        case LimitDialect::ietf_old:
            return write_three("ratelimit-", view, seconds_up(view.reset_after), answer);
        case LimitDialect::hubspot:
            return write_hubspot(view, answer);
        case LimitDialect::discord:
            return write_discord(view, answer, now);
        case LimitDialect::shopify:
            answer.header("x-shopify-shop-api-call-limit",
                          fmt::format("{}/{}", view.limit - view.remaining, view.limit));
            return;
        case LimitDialect::openai:
            return write_openai(view, answer);
        case LimitDialect::millis:
            return write_three("x-ratelimit-", view, epoch_milliseconds(now + view.reset_after),
                               answer);
        case LimitDialect::plain:
        case LimitDialect::stripe:
        case LimitDialect::slack:
        case LimitDialect::notion:
        case LimitDialect::google:
        case LimitDialect::http_date:
        case LimitDialect::unavailable:
        case LimitDialect::silent:
            return;
    }
}

void write_limit_refusal(LimitDialect dialect, const LimitView& view, http::Response& answer,
                         SystemTime now) {
    answer.status(limit_status(dialect));
    if (auto body = refusal_body(dialect, view); !body.empty()) {
        answer.body(std::move(body));
        answer.header("content-type", dialect == LimitDialect::ietf
                                          ? "application/problem+json"
                                          : "application/json; charset=utf-8");
    }
    if (auto wait = limit_retry_after(dialect, view, now); !wait.empty()) {
        answer.header("retry-after", std::move(wait));
    }
    if (dialect == LimitDialect::stripe) {
        answer.header("stripe-should-retry", "true");
        answer.header("stripe-rate-limited-reason",
                      at_a_time(view) ? "global-concurrency" : "global-rate");
    } else if (dialect == LimitDialect::discord) {
        answer.header("x-ratelimit-scope", "user");
    } else if (dialect == LimitDialect::openai) {
        answer.header("retry-after-ms", std::to_string(milliseconds_up(view.reset_after)));
    }
}

}  // namespace apilab::sandbox
