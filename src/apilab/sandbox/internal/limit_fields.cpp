#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "apilab/sandbox/internal/fields.hpp"
#include "apilab/sandbox/limits.hpp"

#include "apilab/base/try.hpp"

namespace apilab::sandbox {

using http::Json;
using internal::bad_field;

namespace {

constexpr std::size_t rules_max = 8;
constexpr std::uint64_t units_max = 1'000'000'000;
constexpr std::size_t name_max = 60;
constexpr std::array kinds{LimitKind::window,      LimitKind::token_bucket, LimitKind::leaky_bucket,
                           LimitKind::concurrency, LimitKind::daily,        LimitKind::cost};
constexpr std::array<std::string_view, 4> words{"primary", "secondary", "method", "quota"};

Result<LimitKind> read_kind(Json json, const std::string& pointer) {
    for (const LimitKind kind : kinds) {
        if (json.string() == to_string(kind)) {
            return kind;
        }
    }
    return bad_field(pointer,
                     "expected one of \"window\", \"token_bucket\", \"leaky_bucket\", "
                     "\"concurrency\", \"daily\", \"cost\"");
}

// The name stands in headers, in quotes.
Result<std::string> read_name(Json json, const std::string& pointer) {
    APILAB_TRY(auto name, internal::read_string(json, pointer));
    const bool plain = std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_' || c == '.';
    });
    if (name.empty() || name.size() > name_max || !plain) {
        return bad_field(pointer, "expected 1 to 60 letters, digits, dots, hyphens, underscores");
    }
    return name;
}

Result<void> read_size(Json json, const std::string& pointer, LimitRule& rule) {
    APILAB_TRY(rule.limit, internal::read_integer(json["limit"], pointer + "/limit", 1, units_max));
    if (const auto window = json["window"]; !window.missing()) {
        APILAB_TRY(rule.window, internal::read_duration(window, pointer + "/window"));
        if (rule.window < std::chrono::milliseconds(1) || rule.window > std::chrono::days(30)) {
            return bad_field(pointer + "/window", "expected 1ms to 30 days");
        }
        if (rule.kind == LimitKind::daily || rule.kind == LimitKind::concurrency) {
            return bad_field(pointer + "/window",
                             fmt::format("means nothing to \"{}\"", to_string(rule.kind)));
        }
    }
    if (const auto burst = json["burst"]; !burst.missing()) {
        APILAB_TRY(rule.burst, internal::read_integer(burst, pointer + "/burst", 1, units_max));
        if (rule.kind != LimitKind::token_bucket && rule.kind != LimitKind::leaky_bucket &&
            rule.kind != LimitKind::cost) {
            return bad_field(pointer + "/burst", "belongs to token_bucket, leaky_bucket and cost");
        }
    }
    return {};
}

Result<void> read_speech(Json json, std::string_view provider, const std::string& pointer,
                         LimitRule& rule) {
    rule.dialect = own_dialect(provider);
    if (const auto dialect = json["dialect"]; !dialect.missing()) {
        const auto chosen = limit_dialect_of(dialect.string_or(""));
        if (!chosen) {
            return bad_field(pointer + "/dialect", "expected one of " + limit_dialect_names());
        }
        if (provider != "api" && *chosen != rule.dialect) {
            return bad_field(pointer + "/dialect",
                             fmt::format("only api chooses; {} speaks its own", provider));
        }
        rule.dialect = *chosen;
    }
    rule.says = rule.kind == LimitKind::daily                 ? "quota"
                : provider == "slack" || provider == "google" ? "method"
                                                              : "primary";
    if (const auto says = json["says"]; !says.missing()) {
        if (std::ranges::find(words, says.string_or("")) == words.end()) {
            return bad_field(pointer + "/says",
                             "expected one of primary, secondary, method, quota");
        }
        rule.says = *says.string();
    }
    if (const auto status = json["status"]; !status.missing()) {
        const auto code = status.integer().value_or(0);
        if (code != 403 && code != 429 && code != 503) {
            return bad_field(pointer + "/status", "expected 403, 429 or 503");
        }
        rule.status = static_cast<int>(code);
    }
    return {};
}

Result<void> read_reach(Json json, const std::string& pointer, LimitRule& rule) {
    if (const auto operations = json["operations"]; !operations.missing()) {
        if (!operations.is_array() || operations.size() == 0 || operations.size() > 100) {
            return bad_field(pointer + "/operations", "expected 1 to 100 names");
        }
        for (const auto operation : operations.elements()) {
            APILAB_TRY(auto name,
                       internal::read_string(operation, fmt::format("{}/operations/{}", pointer,
                                                                    rule.operations.size())));
            rule.operations.push_back(std::move(name));
        }
    }
    if (const auto costs = json["costs"]; !costs.missing()) {
        if (rule.kind != LimitKind::cost || !costs.is_object() || costs.size() > 100) {
            return bad_field(pointer + "/costs",
                             "expected units by operation, with kind = \"cost\"");
        }
        for (const auto& [name, value] : costs.members()) {
            const auto at = internal::below(pointer + "/costs", name);
            APILAB_TRY(const auto units, internal::read_integer(value, at, 0, units_max));
            rule.costs.emplace(name, units);
        }
    }
    return {};
}

Result<LimitRule> parse_rule(Json json, std::string_view provider, const std::string& pointer) {
    APILAB_CHECK(internal::only_keys(json, pointer,
                                     {"kind", "limit", "window", "burst", "dialect", "name", "says",
                                      "status", "operations", "costs"}));
    LimitRule rule;
    APILAB_TRY(rule.kind, read_kind(json["kind"], pointer + "/kind"));
    if (const auto name = json["name"]; !name.missing()) {
        APILAB_TRY(rule.name, read_name(name, pointer + "/name"));
    }
    APILAB_CHECK(read_size(json, pointer, rule));
    APILAB_CHECK(read_speech(json, provider, pointer, rule));
    APILAB_CHECK(read_reach(json, pointer, rule));
    return rule;
}

}  // namespace

Result<std::vector<LimitRule>> parse_limits(Json json, std::string_view provider,
                                            std::string_view pointer) {
    const std::string at(pointer);
    std::vector<LimitRule> rules;
    if (!json.is_array()) {
        APILAB_TRY(auto rule, parse_rule(json, provider, at));
        rules.push_back(std::move(rule));
        return rules;
    }
    if (json.size() > rules_max) {
        return bad_field(at, fmt::format("more than {} limits", rules_max));
    }
    for (const auto entry : json.elements()) {
        const auto here = fmt::format("{}/{}", at, rules.size());
        APILAB_TRY(auto rule, parse_rule(entry, provider, here));
        if (std::ranges::find(rules, rule.name, &LimitRule::name) != rules.end()) {
            return bad_field(here + "/name", "two limits of one name: give each its own");
        }
        rules.push_back(std::move(rule));
    }
    return rules;
}

}  // namespace apilab::sandbox
