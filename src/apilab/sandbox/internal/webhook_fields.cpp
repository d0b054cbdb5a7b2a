#include "apilab/sandbox/internal/webhook_fields.hpp"

#include <fmt/format.h>

#include <array>

#include "apilab/base/try.hpp"
#include "apilab/sandbox/internal/fields.hpp"
#include "apilab/sandbox/webhook/dialect.hpp"

namespace apilab::sandbox::internal {

namespace {

constexpr std::uint64_t events_max = 10'000;
constexpr std::uint64_t kills_max = 100;
constexpr std::size_t senders_max = 10;

// What a sender must do for a field to make sense.
enum class Needs : std::uint8_t { nothing, retries, dates, overlap, urls, replies };

struct PlacesField {
    std::string_view key;
    Webhooks::Places Webhooks::* places;
    Needs needs = Needs::nothing;
};
constexpr std::array<PlacesField, 17> places_fields{{
    {"odd", &Webhooks::odd},
    {"lost", &Webhooks::lost, Needs::retries},
    {"duplicate", &Webhooks::duplicate},
    {"twin", &Webhooks::twin},
    {"altered", &Webhooks::altered},
    {"forged", &Webhooks::forged},
    {"unsigned", &Webhooks::without_signature},
    {"stale", &Webhooks::stale, Needs::dates},
    {"future", &Webhooks::future, Needs::dates},
    {"retired", &Webhooks::retired, Needs::overlap},
    {"redelivered", &Webhooks::redelivered},
    {"reorder", &Webhooks::reorder},
    {"unknown", &Webhooks::unknown},
    {"slow", &Webhooks::slow},
    {"huge", &Webhooks::huge},
    {"lure", &Webhooks::lure, Needs::urls},
    {"own", &Webhooks::own, Needs::replies},
}};

// Why a sender has no such field; empty where it has.
std::string_view unfit(Needs needs, const webhook::Dialect& dialect) {
    switch (needs) {
        case Needs::nothing:
            return "";
        case Needs::retries:
            return dialect.waits.empty() ? "it does not send again by itself" : "";
        case Needs::dates:
            return dialect.dated ? "" : "it signs no time";
        case Needs::overlap:
            return dialect.overlaps ? "" : "it signs with one secret only";
        case Needs::urls:
            return dialect.name == "github" || dialect.name == "slack" ? "" : "it tells no URLs";
        case Needs::replies:
            return dialect.name == "slack" ? "" : "it tells a program nothing of its own";
    }
    return "";
}

Result<Webhooks::Places> read_places(http::Json json, const std::string& at, std::uint64_t events) {
    Webhooks::Places places;
    if (!json.is_array()) {
        APILAB_TRY(places.count, read_integer(json, at, 0, events));
        return places;
    }
    for (const auto entry : json.elements()) {
        const auto pointer = fmt::format("{}/{}", at, places.at.size());
        APILAB_TRY(const auto place, read_integer(entry, pointer, 1, events));
        places.at.push_back(place);
    }
    return places;
}

Result<void> read_all_places(http::Json json, const std::string& at, Webhooks& webhooks) {
    for (const auto& field : places_fields) {
        const auto value = json[field.key];
        if (value.missing()) {
            continue;
        }
        const auto pointer = below(at, field.key);
        const auto* dialect = webhook::find_dialect(webhooks.from);
        if (const auto why = unfit(field.needs, *dialect); !why.empty()) {
            return bad_field(pointer, fmt::format("not for {}: {}", webhooks.from, why));
        }
        APILAB_TRY(webhooks.*field.places, read_places(value, pointer, webhooks.events));
    }
    return {};
}

Result<void> in_range(Duration value, Duration low, const std::string& pointer,
                      std::string_view range) {
    if (value < low || value > std::chrono::hours(1)) {
        return bad_field(pointer, fmt::format("expected {}", range));
    }
    return {};
}

// How a sender signs and how often it tries.
Result<void> read_habits(http::Json json, const std::string& at, Webhooks& webhooks) {
    constexpr std::uint64_t attempts_max = 20;
    if (const auto rotate = json["rotate"]; !rotate.missing()) {
        if (!webhook::find_dialect(webhooks.from)->overlaps) {
            return bad_field(at + "/rotate", "only for stripe and standard: they sign with both");
        }
        APILAB_TRY(webhooks.rotate, read_integer(rotate, at + "/rotate", 0, webhooks.events));
    }
    if (const auto signs = json["signs"]; !signs.missing()) {
        APILAB_TRY(webhooks.signs, read_string(signs, at + "/signs"));
        const bool known =
            webhooks.signs == "v1" || webhooks.signs == "v1a" || webhooks.signs == "both";
        if (!known || webhooks.from != "standard") {
            return bad_field(at + "/signs", "expected v1, v1a or both, for standard");
        }
    }
    if (const auto mode = json["mode"]; !mode.missing()) {
        APILAB_TRY(const auto text, read_string(mode, at + "/mode"));
        if ((text != "test" && text != "live") || webhooks.from != "stripe") {
            return bad_field(at + "/mode", "expected live or test, for stripe");
        }
        webhooks.test = text == "test";
    }
    if (const auto attempts = json["attempts"]; !attempts.missing()) {
        APILAB_TRY(webhooks.attempts, read_integer(attempts, at + "/attempts", 1, attempts_max));
    }
    return {};
}

Result<Webhooks> parse_webhook(http::Json json, const std::string& at) {
    APILAB_CHECK(only_keys(
        json, at,
        {"from",     "path",        "events",    "every",   "after",  "handshake", "odd",
         "lost",     "twin",        "duplicate", "altered", "forged", "stale",     "unsigned",
         "future",   "redelivered", "reorder",   "unknown", "rotate", "slow",      "retired",
         "attempts", "signs",       "huge",      "mode",    "lure",   "own",       "again_after"}));
    Webhooks webhooks;
    APILAB_TRY(webhooks.from, read_string(json["from"], at + "/from"));
    if (webhook::find_dialect(webhooks.from) == nullptr) {
        return bad_field(at + "/from", "expected one of " + webhook::dialect_names());
    }
    webhooks.path = "/webhooks/" + webhooks.from;
    if (const auto path = json["path"]; !path.missing()) {
        APILAB_TRY(webhooks.path, read_string(path, at + "/path"));
    }
    if (!webhooks.path.starts_with('/')) {
        return bad_field(at + "/path", "expected a path that starts with /");
    }
    APILAB_TRY(webhooks.events, read_integer(json["events"], at + "/events", 1, events_max));
    if (const auto every = json["every"]; !every.missing()) {
        APILAB_TRY(webhooks.every, read_duration(every, at + "/every"));
    }
    APILAB_CHECK(
        in_range(webhooks.every, std::chrono::milliseconds(1), at + "/every", "1ms to 1h"));
    if (const auto after = json["after"]; !after.missing()) {
        APILAB_TRY(webhooks.after, read_duration(after, at + "/after"));
    }
    if (const auto again = json["again_after"]; !again.missing()) {
        APILAB_TRY(webhooks.again_after, read_duration(again, at + "/again_after"));
    }
    APILAB_CHECK(in_range(webhooks.again_after, std::chrono::milliseconds(1), at + "/again_after",
                          "1ms to 1h"));
    if (const auto handshake = json["handshake"]; !handshake.missing()) {
        APILAB_TRY(webhooks.handshake, read_boolean(handshake, at + "/handshake"));
    }
    APILAB_CHECK(read_habits(json, at, webhooks));
    APILAB_CHECK(read_all_places(json, at, webhooks));
    for (const auto place : webhooks.retired.at) {
        if (place <= webhooks.rotate) {
            return bad_field(at + "/retired", "expected places after those of rotate");
        }
    }
    return webhooks;
}

}  // namespace

Result<std::vector<Webhooks>> parse_webhooks(http::Json json) {
    std::vector<Webhooks> all;
    if (json.missing()) {
        return all;
    }
    if (!json.is_array() || json.size() > senders_max) {
        return bad_field("/webhook", "expected at most 10 tables [[webhook]]");
    }
    for (const auto entry : json.elements()) {
        APILAB_TRY(auto webhooks, parse_webhook(entry, fmt::format("/webhook/{}", all.size())));
        all.push_back(std::move(webhooks));
    }
    return all;
}

Result<Kills> parse_kills(http::Json json) {
    Kills kills;
    if (json.missing()) {
        return kills;
    }
    APILAB_CHECK(only_keys(json, "/kill", {"count", "within", "away"}));
    APILAB_TRY(kills.count, read_integer(json["count"], "/kill/count", 1, kills_max));
    if (const auto within = json["within"]; !within.missing()) {
        APILAB_TRY(kills.within, read_duration(within, "/kill/within"));
    }
    APILAB_CHECK(in_range(kills.within, std::chrono::seconds(1), "/kill/within", "1s to 1h"));
    if (const auto away = json["away"]; !away.missing()) {
        APILAB_TRY(kills.away, read_duration(away, "/kill/away"));
    }
    const auto part = kills.within / static_cast<std::int64_t>(kills.count);
    if (kills.away < Duration::zero() || kills.away * 2 >= part) {
        return bad_field("/kill/away", "expected less than half of within divided by count");
    }
    return kills;
}

}  // namespace apilab::sandbox::internal
