#include "apilab/sandbox/internal/fault_what.hpp"

#include <fmt/format.h>

#include <array>

#include "apilab/base/duration.hpp"
#include "apilab/base/try.hpp"
#include "apilab/sandbox/internal/fields.hpp"

namespace apilab::sandbox {

namespace internal {

using http::Json;

namespace {

constexpr std::uint64_t count_max = 1'000'000'000;
constexpr std::size_t body_max = std::size_t{1} << 20U;
constexpr std::size_t headers_max = 64;
constexpr Duration skew_max = std::chrono::hours(24 * 366);

template <class T, std::size_t N>
Result<T> one_of(Json json, const std::string& pointer,
                 const std::array<std::pair<std::string_view, T>, N>& choices) {
    for (const auto& [name, value] : choices) {
        if (json.string() == name) {
            return value;
        }
    }
    std::string known;
    for (const auto& [name, value] : choices) {
        known += fmt::format("{}\"{}\"", known.empty() ? "" : ", ", name);
    }
    return bad_field(pointer, "expected one of " + known);
}

Result<FaultDelay> parse_delay(Json json, const std::string& pointer) {
    if (json.is_string()) {
        APILAB_TRY(const auto delay, read_duration(json, pointer));
        return FaultDelay{.kind = FaultDelay::Kind::fixed, .base = delay};
    }
    APILAB_CHECK(only_keys(json, pointer, {"uniform", "lognormal"}));
    if (json.size() != 1) {
        return bad_field(pointer, "expected a duration, or one of uniform, lognormal");
    }
    if (const auto uniform = json["uniform"]; !uniform.missing()) {
        APILAB_TRY(const auto range, parse_range(uniform, pointer + "/uniform"));
        return FaultDelay{
            .kind = FaultDelay::Kind::uniform, .base = range.first, .high = range.second};
    }
    const auto pair = json["lognormal"];
    const auto at = pointer + "/lognormal";
    if (!pair.is_array() || pair.size() != 2) {
        return bad_field(at, "expected the median and sigma: [\"50ms\", 0.5]");
    }
    APILAB_TRY(const auto median, read_duration(pair.at_pointer("/0"), at + "/0"));
    const auto sigma = pair.at_pointer("/1").number();
    if (!sigma || !(*sigma >= 0 && *sigma <= 5)) {
        return bad_field(at + "/1", "expected a number from 0 to 5");
    }
    return FaultDelay{.kind = FaultDelay::Kind::lognormal, .base = median, .sigma = *sigma};
}

Result<FaultRetryAfter> parse_retry_after(Json json, const std::string& pointer) {
    APILAB_TRY(const auto text, read_string(json, pointer));
    constexpr std::string_view date = "http-date:";
    if (text.starts_with(date)) {
        const auto wait = parse_duration(std::string_view(text).substr(date.size()));
        if (!wait) {
            return bad_field(pointer, "expected a duration behind http-date:, such as 2s");
        }
        return FaultRetryAfter{.kind = FaultRetryAfter::Kind::date, .wait = *wait};
    }
    if (const auto wait = parse_duration(text)) {
        return FaultRetryAfter{.kind = FaultRetryAfter::Kind::seconds, .wait = *wait};
    }
    if (!http::valid_field_value(text)) {
        return bad_field(pointer, "a header value holds no line break");
    }
    return FaultRetryAfter{.kind = FaultRetryAfter::Kind::verbatim, .text = text};
}

Result<http::Headers> parse_headers(Json json, const std::string& pointer) {
    http::Headers headers;
    if (!json.is_object() || json.size() > headers_max) {
        return bad_field(pointer,
                         fmt::format("expected an object of at most {} strings", headers_max));
    }
    for (const auto& [name, value] : json.members()) {
        const auto at = below(pointer, name);
        APILAB_TRY(auto text, read_string(value, at));
        if (!http::valid_field_name(name) || !http::valid_field_value(text)) {
            return bad_field(at, "not a header name with a value without line breaks");
        }
        headers.add(std::string(name), std::move(text));
    }
    return headers;
}

Result<void> parse_stall(Json json, const std::string& pointer, FaultWhat& what) {
    APILAB_CHECK(only_keys(json, pointer, {"at", "for"}));
    if (const auto time = json["for"]; !time.missing()) {
        APILAB_TRY(what.stall_for, read_duration(time, pointer + "/for"));
    }
    APILAB_TRY(what.stall, one_of<StallPoint, 4>(json["at"], pointer + "/at",
                                                 {{{"accept", StallPoint::accept},
                                                   {"tls", StallPoint::tls},
                                                   {"headers", StallPoint::headers},
                                                   {"body", StallPoint::body}}}));
    return {};
}

// Status, limit and what hangs on them.
Result<void> parse_refusal(Json json, const std::string& pointer, FaultWhat& what) {
    if (const auto status = json["status"]; !status.missing()) {
        APILAB_TRY(const auto number, read_integer(status, pointer + "/status", 200, 599));
        what.status = static_cast<int>(number);
    }
    if (const auto headers = json["headers"]; !headers.missing()) {
        APILAB_TRY(what.headers, parse_headers(headers, pointer + "/headers"));
    }
    if (const auto body = json["body"]; !body.missing()) {
        what.body_is_json = !body.is_string();
        what.body = body.is_string() ? std::string(*body.string()) : body.to_text();
        if (what.body->size() > body_max) {
            return bad_field(pointer + "/body", "more than 1 MiB");
        }
    }
    if (const auto limit = json["limit"]; !limit.missing()) {
        using Choice = std::pair<std::string_view, std::string_view>;
        APILAB_TRY(what.limit, one_of<std::string_view, 4>(
                                   limit, pointer + "/limit",
                                   {{Choice("primary", "primary"), Choice("secondary", "secondary"),
                                     Choice("method", "method"), Choice("quota", "quota")}}));
    }
    if (const auto hold = json["hold"]; !hold.missing()) {
        APILAB_TRY(what.hold, read_boolean(hold, pointer + "/hold"));
    }
    if (const auto retry_after = json["retry_after"]; !retry_after.missing()) {
        APILAB_TRY(what.retry_after, parse_retry_after(retry_after, pointer + "/retry_after"));
    }
    return {};
}

Result<FaultRedirect> parse_redirect(Json json, const std::string& pointer) {
    constexpr std::size_t reference_max = 2048;
    APILAB_CHECK(only_keys(json, pointer, {"status", "to"}));
    FaultRedirect redirect;
    if (const auto status = json["status"]; !status.missing()) {
        const auto code = status.integer().value_or(0);
        if (code != 301 && code != 302 && code != 303 && code != 307 && code != 308) {
            return bad_field(pointer + "/status", "expected 301, 302, 303, 307 or 308");
        }
        redirect.status = static_cast<int>(code);
    }
    redirect.to = json["to"].string_or("");
    if (redirect.to.empty() || redirect.to.size() > reference_max) {
        return bad_field(pointer + "/to",
                         "expected foreign, loop, http or a reference of at most 2048 bytes");
    }
    return redirect;
}

Result<Framing> parse_framing(Json json, const std::string& pointer) {
    return one_of<Framing, 7>(json, pointer,
                              {{{"wrong_length", Framing::wrong_length},
                                {"short_length", Framing::short_length},
                                {"chunk_without_end", Framing::chunk_without_end},
                                {"stray_bytes", Framing::stray_bytes},
                                {"huge_header", Framing::huge_header},
                                {"interim_100", Framing::interim_100},
                                {"interim_103", Framing::interim_103}}});
}

Result<Corrupt> parse_corrupt(Json json, const std::string& pointer) {
    return one_of<Corrupt, 9>(json, pointer,
                              {{{"html", Corrupt::html},
                                {"truncated_json", Corrupt::truncated_json},
                                {"invalid_utf8", Corrupt::invalid_utf8},
                                {"bom", Corrupt::bom},
                                {"duplicate_keys", Corrupt::duplicate_keys},
                                {"deep", Corrupt::deep},
                                {"huge", Corrupt::huge},
                                {"gzip_bomb", Corrupt::gzip_bomb},
                                {"wrong_type", Corrupt::wrong_type}}});
}

Result<WebhookFault> parse_webhook(Json json, const std::string& pointer) {
    return one_of<WebhookFault, 9>(json, pointer,
                                   {{{"duplicate", WebhookFault::duplicate},
                                     {"reorder", WebhookFault::reorder},
                                     {"forge", WebhookFault::forge},
                                     {"stale", WebhookFault::stale},
                                     {"future", WebhookFault::future},
                                     {"unsigned", WebhookFault::unsigned_one},
                                     {"slow", WebhookFault::slow},
                                     {"huge", WebhookFault::huge},
                                     {"lost", WebhookFault::lost}}});
}

// `expire` and its like, or `skew:+400s`.
Result<void> parse_auth(Json json, const std::string& pointer, FaultWhat& what) {
    constexpr std::string_view skew = "skew:";
    const std::string_view text = json.string().value_or("");
    if (!text.starts_with(skew)) {
        using Choice = std::pair<std::string_view, std::string_view>;
        APILAB_TRY(
            what.auth,
            one_of<std::string_view, 6>(
                json, pointer,
                {{Choice("expire", "expire"), Choice("revoke", "revoke"),
                  Choice("reduce_scope", "reduce_scope"), Choice("rotate", "rotate"),
                  Choice("wrong_state", "wrong_state"), Choice("wrong_issuer", "wrong_issuer")}}));
        return {};
    }
    const auto amount = text.substr(skew.size());
    const bool sign = amount.starts_with('+') || amount.starts_with('-');
    const auto size = parse_duration(amount.substr(sign ? 1 : 0));
    if (!sign || !size || *size <= Duration::zero() || *size > skew_max) {
        return bad_field(pointer,
                         "expected a sign and a duration of at most 366 days behind "
                         "skew:, such as skew:+400s");
    }
    what.auth = "skew";
    what.auth_skew = amount.front() == '-' ? -*size : *size;
    return {};
}

// What happens on the socket.
Result<void> parse_wire(Json json, const std::string& pointer, FaultWhat& what) {
    if (const auto reset = json["reset"]; !reset.missing()) {
        APILAB_TRY(what.reset,
                   one_of<ResetPoint, 4>(reset, pointer + "/reset",
                                         {{{"before_response", ResetPoint::before_response},
                                           {"mid_headers", ResetPoint::mid_headers},
                                           {"mid_body", ResetPoint::mid_body},
                                           {"after_commit", ResetPoint::after_commit}}}));
    }
    if (const auto close = json["close"]; !close.missing()) {
        APILAB_TRY(what.close,
                   one_of<ClosePoint, 5>(close, pointer + "/close",
                                         {{{"before_request", ClosePoint::before_request},
                                           {"stale_keepalive", ClosePoint::stale_keepalive},
                                           {"after_response", ClosePoint::after_response},
                                           {"announced", ClosePoint::announced},
                                           {"in_tls", ClosePoint::in_tls}}}));
    }
    if (const auto truncate = json["truncate"]; !truncate.missing()) {
        APILAB_TRY(what.truncate, read_integer(truncate, pointer + "/truncate", 0, count_max));
    }
    if (const auto stall = json["stall"]; !stall.missing()) {
        APILAB_CHECK(parse_stall(stall, pointer + "/stall", what));
    }
    if (const auto drip = json["drip"]; !drip.missing()) {
        APILAB_TRY(what.drip, read_integer(drip, pointer + "/drip", 1, count_max));
    }
    if (const auto framing = json["framing"]; !framing.missing()) {
        APILAB_TRY(what.framing, parse_framing(framing, pointer + "/framing"));
    }
    return {};
}

// What is wrong in an answer that arrives, and in what is delivered.
Result<void> parse_content(Json json, const std::string& pointer, FaultWhat& what) {
    if (const auto auth = json["auth"]; !auth.missing()) {
        APILAB_CHECK(parse_auth(auth, pointer + "/auth", what));
    }
    if (const auto drift = json["drift"]; !drift.missing()) {
        APILAB_TRY(what.drift, parse_drift(drift, pointer + "/drift"));
    }
    if (const auto corrupt = json["corrupt"]; !corrupt.missing()) {
        APILAB_TRY(what.corrupt, parse_corrupt(corrupt, pointer + "/corrupt"));
    }
    if (const auto lag = json["index_lag"]; !lag.missing()) {
        APILAB_TRY(what.index_lag, read_duration(lag, pointer + "/index_lag"));
        if (*what.index_lag <= Duration::zero()) {
            return bad_field(pointer + "/index_lag", "expected more than nothing");
        }
    }
    if (const auto webhook = json["webhook"]; !webhook.missing()) {
        APILAB_TRY(what.webhook, parse_webhook(webhook, pointer + "/webhook"));
    }
    if (const auto redirect = json["redirect"]; !redirect.missing()) {
        APILAB_TRY(what.redirect, parse_redirect(redirect, pointer + "/redirect"));
    }
    if (const auto page = json["page"]; !page.missing()) {
        const auto fault = page_fault_of(page.string_or(""));
        if (!fault) {
            return bad_field(pointer + "/page",
                             "expected one of loop, cycle, repeat, empty_with_token, expired, "
                             "foreign_next, moving, count_mismatch, incomplete");
        }
        what.page = *fault;
    }
    if (const auto delay = json["delay"]; !delay.missing()) {
        APILAB_TRY(what.delay, parse_delay(delay, pointer + "/delay"));
    }
    return {};
}

// Kinds that no other kind goes with; empty: there is none.
std::string_view lonely_kind(const FaultWhat& what) {
    if (what.redirect) {
        return "redirect";
    }
    if (what.page != PageFault::none) {
        return "page";
    }
    if (what.corrupt != Corrupt::none) {
        return "corrupt";
    }
    if (what.index_lag) {
        return "index_lag";
    }
    return what.webhook != WebhookFault::none ? "webhook" : "";
}

int wire_kinds(const FaultWhat& what) {
    return (what.reset != ResetPoint::none ? 1 : 0) + (what.close != ClosePoint::none ? 1 : 0) +
           (what.truncate ? 1 : 0) + (what.stall != StallPoint::none ? 1 : 0) +
           (what.drip ? 1 : 0) + (what.framing != Framing::none ? 1 : 0);
}

int content_kinds(const FaultWhat& what) {
    return (what.auth.empty() ? 0 : 1) + (what.drift.empty() ? 0 : 1) + (what.redirect ? 1 : 0) +
           (what.page != PageFault::none ? 1 : 0) + (what.corrupt != Corrupt::none ? 1 : 0) +
           (what.index_lag ? 1 : 0) + (what.webhook != WebhookFault::none ? 1 : 0);
}

bool answer_is_sent(const FaultWhat& what) {
    return what.close != ClosePoint::before_request && what.close != ClosePoint::stale_keepalive &&
           what.reset != ResetPoint::before_response && what.reset != ResetPoint::after_commit;
}

// What stands on a refusal or belongs to it.
Result<void> check_refusal(const FaultWhat& what, const std::string& pointer, bool refuses) {
    if (what.status != 0 && !what.limit.empty() && what.status != 403 && what.status != 429) {
        return bad_field(pointer + "/status", "a limit says 403 or 429");
    }
    if (what.status == 0 && (what.body || !what.headers.empty())) {
        return bad_field(pointer + "/status", "headers and body belong to a status");
    }
    if (what.retry_after && !refuses) {
        return bad_field(pointer + "/retry_after", "stands on a refusal: add status or limit");
    }
    if (what.hold && (what.limit.empty() || !what.retry_after ||
                      what.retry_after->kind == FaultRetryAfter::Kind::verbatim)) {
        return bad_field(pointer + "/hold", "needs limit and a retry_after with a duration");
    }
    return {};
}

Result<void> check_combination(const FaultWhat& what, const std::string& pointer) {
    const bool refuses = what.status != 0 || !what.limit.empty();
    const int on_the_wire = wire_kinds(what);
    const int all = (refuses ? 1 : 0) + on_the_wire + content_kinds(what);
    if (const auto lonely = lonely_kind(what); !lonely.empty() && all > 1) {
        return bad_field(below(pointer, lonely), "goes with nothing but delay");
    }
    if (what.stage() == FaultWhat::Stage::handshake && (all > 1 || what.delay)) {
        return bad_field(below(pointer, what.kind()),
                         "strikes a TLS handshake, where no other kind has a meaning");
    }
    if (!what.auth.empty() && (refuses || on_the_wire > 0)) {
        return bad_field(pointer + "/auth", "goes with nothing but delay");
    }
    APILAB_CHECK(check_refusal(what, pointer, refuses));
    if (on_the_wire > 1) {
        return bad_field(pointer, "at most one of reset, close, truncate, stall, drip, framing");
    }
    if ((refuses || !answer_is_sent(what)) && !what.drift.empty()) {
        return bad_field(pointer + "/drift", "changes the body of an answer that is not sent here");
    }
    if (refuses && !answer_is_sent(what)) {
        return bad_field(pointer, "no answer is sent, so status and limit have no meaning here");
    }
    if (all == 0 && !what.delay) {
        return bad_field(pointer,
                         "nothing to do: give status, limit, auth, delay, redirect, reset, close, "
                         "truncate, stall, drip, framing, corrupt, drift, page, index_lag or "
                         "webhook");
    }
    return {};
}

}  // namespace

Result<std::pair<Duration, Duration>> parse_range(Json json, const std::string& pointer) {
    if (json.size() != 2 || !json.is_array()) {
        return bad_field(pointer, "expected two durations: [\"10ms\", \"90ms\"]");
    }
    APILAB_TRY(const auto low, read_duration(json.at_pointer("/0"), pointer + "/0"));
    APILAB_TRY(const auto high, read_duration(json.at_pointer("/1"), pointer + "/1"));
    if (high < low) {
        return bad_field(pointer, "the second is less than the first");
    }
    return std::pair(low, high);
}

Result<FaultWhat> parse_what(Json json, const std::string& pointer) {
    APILAB_CHECK(only_keys(
        json, pointer,
        {"status",  "headers", "body",     "limit",    "hold",      "retry_after", "auth",
         "delay",   "reset",   "close",    "truncate", "stall",     "drip",        "framing",
         "corrupt", "drift",   "redirect", "page",     "index_lag", "webhook"}));
    FaultWhat what;
    APILAB_CHECK(parse_refusal(json, pointer, what));
    APILAB_CHECK(parse_wire(json, pointer, what));
    APILAB_CHECK(parse_content(json, pointer, what));
    APILAB_CHECK(check_combination(what, pointer));
    return what;
}

}  // namespace internal

FaultWhat::Stage FaultWhat::stage() const {
    if (webhook != WebhookFault::none) {
        return Stage::delivery;
    }
    const bool tls = close == ClosePoint::in_tls || stall == StallPoint::tls;
    return tls ? Stage::handshake : Stage::request;
}

bool FaultWhat::delay_only() const {
    return delay && status == 0 && limit.empty() && internal::wire_kinds(*this) == 0 &&
           internal::content_kinds(*this) == 0;
}

std::string_view FaultWhat::kind() const {
    const std::array<std::pair<bool, std::string_view>, 12> kinds{
        {{reset != ResetPoint::none, "reset"},
         {close != ClosePoint::none, "close"},
         {truncate.has_value(), "truncate"},
         {stall != StallPoint::none, "stall"},
         {redirect.has_value(), "redirect"},
         {!auth.empty(), "auth"},
         {!limit.empty(), "limit"},
         {status != 0, "status"},
         {page != PageFault::none, "page"},
         {corrupt != Corrupt::none, "corrupt"},
         {index_lag.has_value(), "index_lag"},
         {webhook != WebhookFault::none, "webhook"}}};
    for (const auto& [present, name] : kinds) {
        if (present) {
            return name;
        }
    }
    if (drip) {
        return "drip";
    }
    if (framing != Framing::none) {
        return "framing";
    }
    return drift.empty() ? "delay" : "drift";
}

}  // namespace apilab::sandbox
