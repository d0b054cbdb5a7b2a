#include "apilab/provider/gmail_error.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "apilab/base/as_kind.hpp"
#include "apilab/http/date.hpp"
#include "apilab/http/json.hpp"

namespace apilab::provider {
namespace {

constexpr int unauthorized = 401;
constexpr int forbidden = 403;

std::optional<SystemTime> retry_at(std::string_view message) {
    constexpr std::string_view words = "etry after ";
    const auto at = message.find(words);
    if (at == std::string_view::npos) {
        return std::nullopt;
    }
    const auto rest = message.substr(at + words.size());
    return http::parse_iso_time(rest.substr(0, rest.find_first_of(" \"\n)")));
}

}  // namespace

GmailRefusal read_gmail_refusal(const http::Response& answer) {
    constexpr http::JsonLimits limits{.size_max = std::size_t{1} << 20U, .depth_max = 32};
    GmailRefusal refusal;
    const auto document = http::JsonDocument::parse(answer.body(), limits);
    if (!document) {
        return refusal;
    }
    const auto error = document->root()["error"];
    const auto reason = error.at_pointer("/errors/0/reason").string_or("");
    constexpr std::size_t reason_max = 100;
    refusal.reason = reason.empty() ? error["status"].string_or("") : reason;
    if (refusal.reason.size() > reason_max) {
        refusal.reason.clear();
    }
    refusal.retry_at = retry_at(error["message"].string_or(""));
    return refusal;
}

GmailReason gmail_reason(std::string_view reason) {
    struct Known {
        std::string_view reason;
        GmailReason is;
    };
    static constexpr std::array<Known, 13> all{{
        {"rateLimitExceeded", GmailReason::limit},
        {"userRateLimitExceeded", GmailReason::limit},
        {"RESOURCE_EXHAUSTED", GmailReason::limit},
        {"dailyLimitExceeded", GmailReason::day},
        {"quotaExceeded", GmailReason::day},
        {"authError", GmailReason::access},
        {"insufficientPermissions", GmailReason::access},
        {"domainPolicy", GmailReason::access},
        {"accessNotConfigured", GmailReason::access},
        {"forbidden", GmailReason::access},
        {"failedPrecondition", GmailReason::access},
        {"FAILED_PRECONDITION", GmailReason::access},
        {"PERMISSION_DENIED", GmailReason::access},
    }};
    const auto* const found = std::ranges::find(all, reason, &Known::reason);
    return found == all.end() ? GmailReason::other : found->is;
}

Error gmail_error(const Error& error) {
    const auto reason = gmail_reason(error.provider_code());
    const bool refused = error.status() == forbidden || error.status() == unauthorized;
    if (error.status() == forbidden && reason == GmailReason::limit) {
        return as_kind(error, ErrorKind::rate_limited);
    }
    return refused && reason == GmailReason::access ? as_kind(error, ErrorKind::auth) : error;
}

Error gmail_error(const http::Response& answer) {
    auto checked = answer.error_for_status();
    auto error = checked ? Error(ErrorKind::internal, "no refusal") : std::move(checked).error();
    auto refusal = read_gmail_refusal(answer);
    error = std::move(error).with_provider_code(std::move(refusal.reason));
    // By the server's own clock: ours may be another.
    const auto now = http::parse_http_date(answer.headers().value("date"));
    if (refusal.retry_at && now && *refusal.retry_at > *now && !error.retry_after()) {
        error = std::move(error).with_retry_after(*refusal.retry_at - *now);
    }
    return gmail_error(error);
}

}  // namespace apilab::provider
