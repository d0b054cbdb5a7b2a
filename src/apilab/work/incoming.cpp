#include "apilab/work/incoming.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <utility>

#include "apilab/base/ascii.hpp"
#include "apilab/base/digest.hpp"
#include "apilab/base/try.hpp"
#include "apilab/base/utf8.hpp"
#include "apilab/http/date.hpp"
#include "apilab/http/json.hpp"
#include "apilab/http/redact.hpp"
#include "apilab/http/url.hpp"

namespace apilab::work {
namespace {

using http::Json;
using http::JsonDocument;

constexpr std::size_t text_max = 255;
constexpr std::size_t challenge_max = 1024;
constexpr std::size_t depth_max = 64;
constexpr std::size_t size_max = std::size_t{512} << 20U;
constexpr http::JsonLimits json_limits{.size_max = size_max, .depth_max = depth_max};

std::unexpected<Error> refuse(std::string_view place, std::string_view why) {
    return fail(Error(ErrorKind::invalid_argument, fmt::format("the webhook's {} {}", place, why))
                    .with_detail(std::string(place))
                    .with_remedy("answer 400"));
}

bool usable(std::string_view text) {
    return !text.empty() && text.size() <= text_max && valid_utf8(text) &&
           std::ranges::none_of(text, [](char c) {
               const auto byte = static_cast<unsigned char>(c);
               return byte < 0x20 || byte == 0x7F;
           });
}

std::string usable_or_none(std::string_view text) {
    return usable(text) ? std::string(text) : std::string();
}

// A delivery with what of it was read.
struct Reading {
    const Sender& sender;
    const http::Headers& headers;
    /// JSON text: the body, or a form's field.
    std::string_view text;
    /// Most events say what is asked of them in their headers: read when something else is.
    mutable std::optional<Result<JsonDocument>> document;

    [[nodiscard]] Json root() const {
        if (!document) {
            document.emplace(JsonDocument::parse(text, json_limits));
        }
        return document->has_value() ? (*document)->root() : Json();
    }
    [[nodiscard]] Json at(std::string_view pointer) const { return root().at_pointer(pointer); }
};

// The text that stands there. Whole numbers are ids, too.
std::string text_of(Json value) {
    if (const auto text = value.string()) {
        return std::string(*text);
    }
    if (const auto number = value.integer()) {
        return std::to_string(*number);
    }
    return {};
}

// An error where a header stands there twice: two readers may take two different ones.
Result<std::string> text_at(const Reading& in, const EventPlace& place) {
    if (place.in == EventPlace::In::header) {
        std::string_view found;
        bool any = false;
        for (const auto& [name, value] : in.headers) {
            if (!http::iequals(name, place.name)) {
                continue;
            }
            if (std::exchange(any, true)) {
                return refuse(place.name, "stands there twice");
            }
            found = value;
        }
        return std::string(found);
    }
    return place.in == EventPlace::In::body ? text_of(in.at(place.name)) : std::string();
}

// --- forms

std::string form_decode(std::string_view text) {
    std::string spaced(text);
    std::ranges::replace(spaced, '+', ' ');
    return http::percent_decode(spaced);
}

// A field that stands there twice is none.
std::optional<std::string> form_field(std::string_view form, std::string_view name) {
    std::optional<std::string> found;
    while (!form.empty()) {
        const auto pair = form.substr(0, form.find('&'));
        form.remove_prefix(std::min(form.size(), pair.size() + 1));
        const auto sign = std::min(pair.find('='), pair.size());
        if (pair.substr(0, sign) != name) {
            continue;
        }
        if (found) {
            return std::nullopt;
        }
        found = form_decode(pair.substr(std::min(sign + 1, pair.size())));
    }
    return found;
}

// --- entities

// Seconds or milliseconds as they stand, dates in milliseconds, Slack's `<seconds>.<micros>` in
// microseconds: versions of one entity are all of one kind.
std::optional<std::int64_t> read_version(std::string_view text) {
    using std::chrono::milliseconds;
    constexpr std::size_t micros = 6;
    if (const auto date = http::parse_iso_time(text)) {
        return std::chrono::floor<milliseconds>(*date).time_since_epoch().count();
    }
    std::string digits(text);
    if (const auto point = digits.find('.'); point != std::string::npos) {
        if (digits.size() - point - 1 != micros) {
            return std::nullopt;
        }
        digits.erase(point, 1);
    }
    std::int64_t number = 0;
    const auto [end, wrong] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    const bool whole = wrong == std::errc() && end == digits.data() + digits.size();
    return whole && number >= 0 ? std::optional(number) : std::nullopt;
}

void set_entity(Incoming& in, std::string_view kind, std::string_view id,
                std::string_view version) {
    const auto read = read_version(version);
    if (id.empty() || !read) {
        return;
    }
    const auto name = kind.empty() ? fmt::format("{}:{}", in.event.source, id)
                                   : fmt::format("{}:{}:{}", in.event.source, kind, id);
    if (usable(name)) {
        in.entity = name;
        in.version = *read;
    }
}

// The object that an event of GitHub's brings in its whole present state.
std::string_view github_object(std::string_view type) {
    struct Row {
        std::string_view type;
        std::string_view member;
    };
    static constexpr std::array<Row, 12> rows{{{"check_run", "check_run"},
                                               {"check_suite", "check_suite"},
                                               {"discussion", "discussion"},
                                               {"discussion_comment", "comment"},
                                               {"issue_comment", "comment"},
                                               {"issues", "issue"},
                                               {"milestone", "milestone"},
                                               {"pull_request", "pull_request"},
                                               {"pull_request_review_comment", "comment"},
                                               {"release", "release"},
                                               {"repository", "repository"},
                                               {"workflow_run", "workflow_run"}}};
    const auto* found = std::ranges::find(rows, type, &Row::type);
    return found == rows.end() ? std::string_view() : found->member;
}

void github_entity(const Reading& reading, Incoming& in) {
    const auto member = github_object(in.event.type);
    if (member.empty()) {
        return;
    }
    // Comments of issues and of reviews are numbered apart.
    const auto kind = member == "comment" ? std::string_view(in.event.type) : member;
    const Json object = reading.root()[member];
    set_entity(in, kind, text_of(object["id"]), object["updated_at"].string_or(""));
}

void slack_entity(const Reading& reading, Incoming& in) {
    const Json event = reading.root()["event"];
    if (event["type"].string_or("") != "message") {
        return;
    }
    const auto subtype = event["subtype"].string_or("");
    const auto ts = subtype == "message_changed"   ? event["message"]["ts"].string_or("")
                    : subtype == "message_deleted" ? event["deleted_ts"].string_or("")
                                                   : event["ts"].string_or("");
    if (!ts.empty()) {
        set_entity(in, "message", fmt::format("{}:{}", event["channel"].string_or(""), ts),
                   event["event_ts"].string_or(""));
    }
}

Result<void> read_entity(const Reading& reading, Incoming& in) {
    if (reading.sender.source == "github") {
        github_entity(reading, in);
        return {};
    }
    if (reading.sender.source == "slack") {
        slack_entity(reading, in);
        return {};
    }
    APILAB_TRY(auto kind, text_at(reading, reading.sender.entity_kind));
    APILAB_TRY(const auto id, text_at(reading, reading.sender.entity));
    APILAB_TRY(const auto version, text_at(reading, reading.sender.version));
    kind.resize(std::min(kind.find('/'), kind.size()));  // `orders` of `orders/updated`
    set_entity(in, kind, id, version);
    return {};
}

// --- the rest

bool may_be_kept(std::string_view name) {
    if (name.contains("signature") || name.contains("hmac")) {
        return true;
    }
    return name != "authorization" && name != "proxy-authorization" && name != "cookie" &&
           !http::names_a_secret(name);
}

void keep_headers(const http::Headers& headers, Event& event) {
    event.headers.reserve(headers.size());
    for (const auto& [name, value] : headers) {
        if (auto lower = ascii_lowered(name); may_be_kept(lower)) {
            event.headers.emplace_back(std::move(lower), value);
        }
    }
}

// For what comes without an id: the same bytes are the same event.
std::string id_of_body(std::string_view body) {
    return "sha256:" + to_hex(sha256(body));
}

// What Slack writes as a form: a command, whose fields are the form's, or what somebody clicked,
// which is JSON in `payload`. Neither is sent a second time by itself.
void read_slack_form(const Reading& reading, std::string_view body, bool has_payload,
                     Incoming& in) {
    if (has_payload) {
        in.event.type = usable_or_none(text_of(reading.root()["type"]));
        in.event.sender_id = usable_or_none(text_of(reading.root()["trigger_id"]));
        in.event.scope = usable_or_none(text_of(reading.at("/team/id")));
    } else {
        in.event.type = form_field(body, "command") ? "slash_command" : "";
        in.event.sender_id = usable_or_none(form_field(body, "trigger_id").value_or(""));
        in.event.scope = usable_or_none(form_field(body, "team_id").value_or(""));
    }
    if (in.event.sender_id.empty()) {
        in.event.sender_id = id_of_body(body);
    }
}

void find_handshake(const Reading& reading, Incoming& in) {
    if (reading.sender.handshake == Handshake::github_ping && in.event.type == "ping") {
        in.handshake = Handshake::github_ping;
    }
    if (reading.sender.handshake == Handshake::slack_challenge &&
        in.event.type == "url_verification") {
        in.handshake = Handshake::slack_challenge;
        in.challenge = text_of(reading.root()["challenge"]);
    }
}

// Slack's word that it left events out, which has no id of its own: one a minute at most, and the
// body has the minute.
bool tells_of_a_limit(const Reading& reading, const Incoming& in) {
    return reading.sender.source == "slack" && in.event.type == "app_rate_limited";
}

// Headers that the sender writes once.
Result<void> read_names(const Reading& reading, std::string_view body, Incoming& in) {
    APILAB_TRY(const auto type, text_at(reading, reading.sender.type));
    in.event.type = usable_or_none(type);
    APILAB_TRY(const auto scope, text_at(reading, reading.sender.scope));
    in.event.scope = usable_or_none(scope);
    find_handshake(reading, in);
    if (in.handshake == Handshake::slack_challenge) {  // which has no id
        const bool good =
            usable(in.challenge.substr(0, text_max)) && in.challenge.size() <= challenge_max;
        return good ? Result<void>() : refuse("/challenge", "is missing or too long");
    }
    APILAB_TRY(in.event.sender_id, text_at(reading, reading.sender.id));
    if (in.event.sender_id.empty() && tells_of_a_limit(reading, in)) {
        in.event.sender_id = id_of_body(body);
    }
    if (!usable(in.event.sender_id)) {
        return refuse(reading.sender.id.name,
                      in.event.sender_id.empty() ? "is missing" : "is no id of 1 to 255 bytes");
    }
    return {};
}

}  // namespace

std::string media_type(std::string_view content_type) {
    content_type = content_type.substr(0, content_type.find(';'));
    while (!content_type.empty() && (content_type.back() == ' ' || content_type.back() == '\t')) {
        content_type.remove_suffix(1);
    }
    return ascii_lowered(content_type);
}

Result<Incoming> read_event(const Sender& sender, const http::Headers& headers,
                            std::string_view body) {
    const bool form = sender.form && media_type(headers.value("content-type")) == form_type;
    Incoming in;
    if (form) {
        in.payload = form_field(body, "payload");
    }
    const std::string_view text = in.payload ? *in.payload : form ? std::string_view() : body;
    const Reading reading{
        .sender = sender, .headers = headers, .text = text, .document = std::nullopt};
    in.event.source = sender.source;
    in.event.id_is_signed = sender.id_is_signed;
    in.event.body_changes = sender.body_varies;
    if (form && sender.source == "slack") {
        read_slack_form(reading, body, in.payload.has_value(), in);
    } else {
        APILAB_CHECK(read_names(reading, body, in));
    }
    APILAB_CHECK(read_entity(reading, in));
    in.event.body = body;
    keep_headers(headers, in.event);
    return in;
}

std::optional<Secret> read_verification_token(std::string_view body) {
    const auto document = JsonDocument::parse(body, {.size_max = 4096, .depth_max = 2});
    if (!document) {
        return std::nullopt;
    }
    const auto token = document->root()["verification_token"].string();
    return token && usable(*token) ? std::optional(Secret(std::string(*token))) : std::nullopt;
}

}  // namespace apilab::work
