#include "apilab/sandbox/fault.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "apilab/base/duration.hpp"
#include "apilab/base/try.hpp"
#include "apilab/sandbox/internal/fields.hpp"

namespace apilab::sandbox {

using http::Json;
using internal::bad_field;
using internal::below;

namespace {

constexpr std::uint64_t count_max = 1'000'000'000;
constexpr std::size_t body_max = std::size_t{1} << 20U;
constexpr std::size_t headers_max = 64;

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

Result<FaultWhere> parse_where(Json json, const std::string& pointer) {
    const auto bad = [&](std::string_view why) {
        return bad_field(pointer, fmt::format("{}; expected provider:METHOD /path, "
                                              "provider:operation or provider:*",
                                              why));
    };
    const auto text = json.string();
    if (!text) {
        return bad(json.missing() ? "missing" : "not a string");
    }
    FaultWhere where;
    where.text = *text;
    const auto colon = text->find(':');
    if (colon == std::string_view::npos || colon == 0 || colon + 1 == text->size()) {
        return bad("no provider or nothing behind it");
    }
    where.provider = text->substr(0, colon);
    const auto rest = text->substr(colon + 1);
    const auto space = rest.find(' ');
    if (space == std::string_view::npos) {
        if (rest.starts_with('/')) {
            return bad("a path needs a method before it");
        }
        where.operation = rest == "*" ? "" : rest;
        return where;
    }
    where.method = rest.substr(0, space);
    if (!std::ranges::all_of(where.method, [](char c) { return c >= 'A' && c <= 'Z'; }) &&
        where.method != "*") {
        return bad(fmt::format("'{}' is no method", where.method));
    }
    const auto path = rest.substr(space + 1);
    if (path != "*") {
        auto pattern = PathPattern::parse(path);
        if (!pattern) {
            return bad(pattern.error().message());
        }
        where.path = *std::move(pattern);
    }
    return where;
}

Result<std::pair<Duration, Duration>> parse_range(Json json, const std::string& pointer) {
    if (json.size() != 2 || !json.is_array()) {
        return bad_field(pointer, "expected two durations: [\"10ms\", \"90ms\"]");
    }
    APILAB_TRY(const auto low, internal::read_duration(json.at_pointer("/0"), pointer + "/0"));
    APILAB_TRY(const auto high, internal::read_duration(json.at_pointer("/1"), pointer + "/1"));
    if (high < low) {
        return bad_field(pointer, "the second is less than the first");
    }
    return std::pair(low, high);
}

Result<FaultDelay> parse_delay(Json json, const std::string& pointer) {
    if (json.is_string()) {
        APILAB_TRY(const auto delay, internal::read_duration(json, pointer));
        return FaultDelay{.kind = FaultDelay::Kind::fixed, .base = delay};
    }
    APILAB_CHECK(internal::only_keys(json, pointer, {"uniform", "lognormal"}));
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
    APILAB_TRY(const auto median, internal::read_duration(pair.at_pointer("/0"), at + "/0"));
    const auto sigma = pair.at_pointer("/1").number();
    if (!sigma || !(*sigma >= 0 && *sigma <= 5)) {
        return bad_field(at + "/1", "expected a number from 0 to 5");
    }
    return FaultDelay{.kind = FaultDelay::Kind::lognormal, .base = median, .sigma = *sigma};
}

Result<FaultRetryAfter> parse_retry_after(Json json, const std::string& pointer) {
    APILAB_TRY(const auto text, internal::read_string(json, pointer));
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
        APILAB_TRY(auto text, internal::read_string(value, at));
        if (!http::valid_field_name(name) || !http::valid_field_value(text)) {
            return bad_field(at, "not a header name with a value without line breaks");
        }
        headers.add(std::string(name), std::move(text));
    }
    return headers;
}

Result<void> parse_stall(Json json, const std::string& pointer, FaultWhat& what) {
    APILAB_CHECK(internal::only_keys(json, pointer, {"at", "for"}));
    if (const auto time = json["for"]; !time.missing()) {
        APILAB_TRY(what.stall_for, internal::read_duration(time, pointer + "/for"));
    }
    APILAB_TRY(what.stall, one_of<StallPoint, 3>(json["at"], pointer + "/at",
                                                 {{{"accept", StallPoint::accept},
                                                   {"headers", StallPoint::headers},
                                                   {"body", StallPoint::body}}}));
    return {};
}

// Status, limit and what hangs on them.
Result<void> parse_refusal(Json json, const std::string& pointer, FaultWhat& what) {
    if (const auto status = json["status"]; !status.missing()) {
        APILAB_TRY(const auto number,
                   internal::read_integer(status, pointer + "/status", 200, 599));
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
    if (const auto auth = json["auth"]; !auth.missing()) {
        using Choice = std::pair<std::string_view, std::string_view>;
        APILAB_TRY(what.auth,
                   one_of<std::string_view, 5>(
                       auth, pointer + "/auth",
                       {{Choice("expire", "expire"), Choice("revoke", "revoke"),
                         Choice("rotate", "rotate"), Choice("wrong_state", "wrong_state"),
                         Choice("wrong_issuer", "wrong_issuer")}}));
    }
    if (const auto hold = json["hold"]; !hold.missing()) {
        APILAB_TRY(what.hold, internal::read_boolean(hold, pointer + "/hold"));
    }
    if (const auto retry_after = json["retry_after"]; !retry_after.missing()) {
        APILAB_TRY(what.retry_after, parse_retry_after(retry_after, pointer + "/retry_after"));
    }
    return {};
}

Result<FaultRedirect> parse_redirect(Json json, const std::string& pointer) {
    constexpr std::size_t reference_max = 2048;
    APILAB_CHECK(internal::only_keys(json, pointer, {"status", "to"}));
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
        APILAB_TRY(what.close_before_request,
                   one_of<bool, 1>(close, pointer + "/close", {{{"before_request", true}}}));
    }
    if (const auto truncate = json["truncate"]; !truncate.missing()) {
        APILAB_TRY(what.truncate,
                   internal::read_integer(truncate, pointer + "/truncate", 0, count_max));
    }
    if (const auto stall = json["stall"]; !stall.missing()) {
        APILAB_CHECK(parse_stall(stall, pointer + "/stall", what));
    }
    if (const auto drift = json["drift"]; !drift.missing()) {
        APILAB_TRY(what.drift, parse_drift(drift, pointer + "/drift"));
    }
    return {};
}

Result<void> check_combination(const FaultWhat& what, const std::string& pointer) {
    const bool refuses = what.status != 0 || !what.limit.empty();
    const bool resets = what.reset != ResetPoint::none;
    const int wire_kinds = (resets ? 1 : 0) + (what.close_before_request ? 1 : 0) +
                           (what.truncate ? 1 : 0) + (what.stall != StallPoint::none ? 1 : 0);
    if (what.status != 0 && !what.limit.empty() && what.status != 403 && what.status != 429) {
        return bad_field(pointer + "/status", "a limit says 403 or 429");
    }
    if (what.redirect && (refuses || wire_kinds > 0 || !what.auth.empty() || !what.drift.empty())) {
        return bad_field(pointer + "/redirect", "goes with nothing but delay");
    }
    if (what.page != PageFault::none &&
        (refuses || wire_kinds > 0 || !what.auth.empty() || !what.drift.empty() || what.redirect)) {
        return bad_field(pointer + "/page", "goes with nothing but delay");
    }
    if (!what.auth.empty() && (refuses || wire_kinds > 0)) {
        return bad_field(pointer + "/auth", "goes with nothing but delay");
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
    if (wire_kinds > 1) {
        return bad_field(pointer, "at most one of reset, close, truncate, stall");
    }
    const bool no_answer = what.close_before_request || what.reset == ResetPoint::before_response ||
                           what.reset == ResetPoint::after_commit;
    if ((refuses || no_answer) && !what.drift.empty()) {
        return bad_field(pointer + "/drift", "changes the body of an answer that is not sent here");
    }
    if (refuses && no_answer) {
        return bad_field(pointer, "no answer is sent, so status and limit have no meaning here");
    }
    if (!refuses && wire_kinds == 0 && !what.delay && what.auth.empty() && what.drift.empty() &&
        !what.redirect && what.page == PageFault::none) {
        return bad_field(pointer,
                         "nothing to do: give status, limit, auth, delay, redirect, reset, close, "
                         "truncate, stall, drift or page");
    }
    return {};
}

Result<FaultWhat> parse_what(Json json, const std::string& pointer) {
    APILAB_CHECK(internal::only_keys(
        json, pointer,
        {"status", "headers", "body", "limit", "hold", "retry_after", "auth", "delay", "reset",
         "close", "truncate", "stall", "drift", "redirect", "page"}));
    FaultWhat what;
    APILAB_CHECK(parse_refusal(json, pointer, what));
    APILAB_CHECK(parse_wire(json, pointer, what));
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
    APILAB_CHECK(check_combination(what, pointer));
    return what;
}

Result<FaultWhen> parse_when(Json json, const std::string& pointer) {
    using Kind = FaultWhen::Kind;
    APILAB_CHECK(internal::only_keys(json, pointer,
                                     {"first", "nth", "every", "within", "probability", "window"}));
    const bool within = !json["within"].missing();
    if (json.size() != (within ? 2U : 1U) || (within && json["every"].missing())) {
        return bad_field(pointer,
                         "expected one of first, nth, every (with or without within), "
                         "probability, window");
    }
    FaultWhen when;
    for (const auto& [key, kind] :
         {std::pair("first", Kind::first), {"nth", Kind::nth}, {"every", Kind::every}}) {
        if (const auto value = json[key]; !value.missing()) {
            when.kind = kind;
            APILAB_TRY(when.n, internal::read_integer(value, below(pointer, key), 1, count_max));
        }
    }
    if (within) {
        APILAB_TRY(when.within, internal::read_duration(json["within"], pointer + "/within"));
        if (*when.within <= Duration::zero()) {
            return bad_field(pointer + "/within", "expected more than nothing");
        }
        if (when.n > 100'000) {
            return bad_field(pointer + "/every", "at most 100000 together with within");
        }
    }
    if (const auto value = json["probability"]; !value.missing()) {
        const auto number = value.number();
        if (!number || !(*number >= 0 && *number <= 1)) {
            return bad_field(pointer + "/probability", "expected a number from 0 to 1");
        }
        when.kind = Kind::probability;
        when.probability = *number;
    }
    if (const auto value = json["window"]; !value.missing()) {
        APILAB_TRY(const auto range, parse_range(value, pointer + "/window"));
        when.kind = Kind::window;
        when.from = range.first;
        when.to = range.second;
    }
    return when;
}

}  // namespace

bool FaultWhat::delay_only() const {
    return delay && status == 0 && limit.empty() && reset == ResetPoint::none &&
           !close_before_request && !truncate && stall == StallPoint::none && auth.empty() &&
           drift.empty() && !redirect && page == PageFault::none;
}

std::string_view FaultWhat::kind() const {
    if (reset != ResetPoint::none) {
        return "reset";
    }
    if (close_before_request) {
        return "close";
    }
    if (truncate) {
        return "truncate";
    }
    if (stall != StallPoint::none) {
        return "stall";
    }
    if (redirect) {
        return "redirect";
    }
    if (!auth.empty()) {
        return "auth";
    }
    if (!limit.empty()) {
        return "limit";
    }
    if (status != 0) {
        return "status";
    }
    if (page != PageFault::none) {
        return "page";
    }
    return drift.empty() ? "delay" : "drift";
}

Result<Fault> parse_fault(Json json, std::string_view pointer) {
    const std::string at(pointer);
    APILAB_CHECK(internal::only_keys(json, at, {"where", "what", "when", "times", "ttl", "per"}));
    Fault fault;
    APILAB_TRY(fault.where, parse_where(json["where"], at + "/where"));
    APILAB_TRY(fault.what, parse_what(json["what"], at + "/what"));
    fault.what_text = json["what"].to_text();
    if (const auto when = json["when"]; !when.missing()) {
        APILAB_TRY(fault.when, parse_when(when, at + "/when"));
        fault.when_text = when.to_text();
    }
    if (const auto times = json["times"]; !times.missing()) {
        APILAB_TRY(fault.times, internal::read_integer(times, at + "/times", 1, count_max));
    }
    if (const auto ttl = json["ttl"]; !ttl.missing()) {
        APILAB_TRY(fault.ttl, internal::read_duration(ttl, at + "/ttl"));
        fault.ttl_text = *ttl.string();
    }
    if (const auto per = json["per"]; !per.missing()) {
        if (per.string() != "provider" || fault.where.provider != "*") {
            return bad_field(at + "/per",
                             "the only value is \"provider\", with a where that begins with *:");
        }
        fault.per_provider = true;
    }
    return fault;
}

Result<Fault> parse_fault_text(std::string_view json_text) {
    auto document = http::JsonDocument::parse(json_text, {.size_max = body_max, .depth_max = 64});
    if (!document) {
        return bad_field("", document.error().message());
    }
    return parse_fault(document->root());
}

}  // namespace apilab::sandbox
