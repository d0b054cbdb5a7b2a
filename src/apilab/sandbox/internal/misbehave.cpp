#include "apilab/sandbox/internal/misbehave.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "apilab/http/date.hpp"
#include "apilab/http/json.hpp"
#include "apilab/http/retry_after.hpp"

namespace apilab::sandbox::internal {

std::string retry_after_text(const FaultWhat& what, SystemTime now) {
    if (!what.retry_after) {
        return {};
    }
    switch (what.retry_after->kind) {
        case FaultRetryAfter::Kind::seconds:
            return fmt::format(
                "{}", std::chrono::ceil<std::chrono::seconds>(what.retry_after->wait).count());
        case FaultRetryAfter::Kind::date:
            return http::format_http_date(
                std::chrono::ceil<std::chrono::seconds>(now + what.retry_after->wait));
        case FaultRetryAfter::Kind::verbatim:
            return what.retry_after->text;
    }
    return {};
}

http::WirePlan wire_plan(const FaultWhat& what, const http::Response& response) {
    using Reset = http::WirePlan::Reset;
    http::WirePlan plan;
    switch (what.reset) {
        case ResetPoint::none:
            break;
        case ResetPoint::before_response:
        case ResetPoint::after_commit:
            plan.reset = Reset::before_response;
            break;
        case ResetPoint::mid_headers:
            plan.reset = Reset::mid_headers;
            break;
        case ResetPoint::mid_body:
            plan.reset = Reset::mid_body;
            break;
    }
    plan.close_before_response =
        what.close == ClosePoint::before_request || what.close == ClosePoint::stale_keepalive;
    plan.truncate_body_at = what.truncate;
    plan.stall_for = what.stall_for;
    switch (what.stall) {
        case StallPoint::none:
        case StallPoint::tls:
            break;
        case StallPoint::accept:
            plan.stall_at = 0;
            break;
        case StallPoint::headers:
            plan.stall_at = std::string_view("HTTP/1.1 200 ").size();
            break;
        case StallPoint::body:
            plan.stall_body_at = response.body().size() / 2;
            break;
    }
    return plan;
}

void drift_body(const FaultWhat& what, http::Response& response,
                std::map<std::string, std::string>& facts) {
    if (what.drift.empty()) {
        return;
    }
    auto drifted = apply_drift(response.body(), what.drift);
    if (!drifted) {
        return;
    }
    std::string applied;
    for (const auto op : drifted->applied) {
        applied += fmt::format("{}{}", applied.empty() ? "" : " ", to_string(op));
    }
    facts.insert_or_assign("drift", std::move(applied));
    response.body(std::move(drifted->body));
}

bool reaches_provider(const FaultWhat& what) {
    return what.status == 0 && what.limit.empty() && !what.redirect &&
           what.reset != ResetPoint::before_response && what.close != ClosePoint::before_request &&
           what.close != ClosePoint::stale_keepalive &&
           (what.stall != StallPoint::accept || what.stall_for > Duration::zero());
}

Announcement read_announcement(const http::Response& response, SteadyTime now,
                               SystemTime system_now) {
    if (response.status() < 400) {
        return {};
    }
    const auto parsed = http::parse_retry_after(response.headers(), system_now);
    if (!parsed.wait) {
        return {};
    }
    if (parsed.source == http::RetryAfter::Source::date) {
        const auto date = http::parse_http_date(response.headers().value("retry-after"));
        const Duration wait = std::max(date.value_or(system_now) - system_now, Duration::zero());
        return {std::chrono::ceil<std::chrono::seconds>(wait), now + wait};
    }
    return {std::chrono::ceil<std::chrono::seconds>(*parsed.wait), std::nullopt};
}

std::optional<SteadyTime> read_limit_reset(const http::Response& response, SteadyTime now,
                                           SystemTime system_now) {
    const auto& headers = response.headers();
    if ((response.status() != 403 && response.status() != 429) ||
        headers.value("x-ratelimit-remaining") != "0") {
        return std::nullopt;
    }
    const auto text = headers.value("x-ratelimit-reset");
    std::int64_t seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (text.empty() || error != std::errc() || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return now + (SystemTime(std::chrono::seconds(seconds)) - system_now);
}

void note_validators(const http::Response& response, Exchange& row) {
    constexpr std::size_t value_max = 200;
    if (row.method != "GET") {
        return;
    }
    for (const auto& [header, fact] :
         {std::pair("etag", "etag"), std::pair("cache-control", "cache_control"),
          std::pair("x-poll-interval", "poll_interval")}) {
        if (const auto value = response.headers().value(header); !value.empty()) {
            row.facts.insert_or_assign(fact, std::string(value.substr(0, value_max)));
        }
    }
}

void note_refusal_in_body(const http::Response& response, Exchange& row) {
    constexpr std::size_t looked_into = 4096;
    const auto& body = response.body();
    if (!response.ok() || body.size() > looked_into || !body.contains("\"ok\"")) {
        return;
    }
    const auto document = http::JsonDocument::parse(body);
    if (!document || document->root()["ok"].boolean().value_or(true)) {
        return;
    }
    row.facts["ok"] = "false";
    row.facts["error"] = document->root()["error"].string_or("");
    row.facts["effect"] = "none";
}

}  // namespace apilab::sandbox::internal
