#include "apilab/sandbox/fault.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "apilab/base/duration.hpp"
#include "apilab/base/try.hpp"
#include "apilab/sandbox/internal/fault_what.hpp"
#include "apilab/sandbox/internal/fields.hpp"

namespace apilab::sandbox {

using http::Json;
using internal::bad_field;
using internal::below;
using internal::parse_range;

namespace {

constexpr std::uint64_t count_max = 1'000'000'000;
constexpr std::size_t body_max = std::size_t{1} << 20U;

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

Result<Fault> parse_fault(Json json, std::string_view pointer) {
    const std::string at(pointer);
    APILAB_CHECK(internal::only_keys(json, at, {"where", "what", "when", "times", "ttl", "per"}));
    Fault fault;
    APILAB_TRY(fault.where, parse_where(json["where"], at + "/where"));
    APILAB_TRY(fault.what, internal::parse_what(json["what"], at + "/what"));
    if (fault.what.stage() == FaultWhat::Stage::handshake && fault.where.text != "*:*") {
        return bad_field(at + "/where",
                         "a TLS handshake is before any request: the only value is \"*:*\"");
    }
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
