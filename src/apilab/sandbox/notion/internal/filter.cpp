#include "apilab/sandbox/notion/internal/filter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <utility>
#include <vector>

#include "apilab/sandbox/notion/internal/moments.hpp"
#include "apilab/sandbox/notion/internal/rich_text.hpp"
#include "apilab/sandbox/notion/internal/values.hpp"

namespace apilab::sandbox::notion {
namespace {

namespace json = boost::json;

using Answer = std::expected<bool, std::string>;

constexpr int levels_max = 2;

/// One condition: `{"starts_with": "x"}`.
struct Condition {
    std::string_view operation;
    http::Json wanted;
};

std::unexpected<std::string> unknown_condition(std::string_view operation) {
    return std::unexpected(
        fmt::format("body failed validation: body.filter: unknown condition `{}`.", operation));
}

std::optional<bool> emptiness(std::string_view operation, bool empty) {
    if (operation == "is_empty" || operation == "is_not_empty") {
        return empty == (operation == "is_empty");
    }
    return std::nullopt;
}

Answer of_text(std::string_view text, const Condition& condition) {
    const auto operation = condition.operation;
    const auto value = condition.wanted.string_or("");
    if (const auto empty = emptiness(operation, text.empty())) {
        return *empty;
    }
    if (operation == "equals" || operation == "does_not_equal") {
        return (text == value) == (operation == "equals");
    }
    if (operation == "contains" || operation == "does_not_contain") {
        return text.contains(value) == (operation == "contains");
    }
    if (operation == "starts_with") {
        return text.starts_with(value);
    }
    if (operation == "ends_with") {
        return text.ends_with(value);
    }
    return unknown_condition(operation);
}

Answer of_number(const json::value& held, const Condition& condition) {
    const auto operation = condition.operation;
    if (const auto empty = emptiness(operation, held.is_null())) {
        return *empty;
    }
    const auto value = condition.wanted.number();
    if (!value) {
        return std::unexpected(
            fmt::format("body failed validation: body.filter.number.{} should be a number, "
                        "instead was `{}`.",
                        operation, condition.wanted.to_text()));
    }
    const bool there = !held.is_null();
    const double number = there ? held.to_number<double>() : 0;
    if (operation == "equals" || operation == "does_not_equal") {
        return (there && number == *value) == (operation == "equals");
    }
    if (operation == "greater_than" || operation == "less_than") {
        return there && (operation == "greater_than" ? number > *value : number < *value);
    }
    if (operation == "greater_than_or_equal_to" || operation == "less_than_or_equal_to") {
        return there &&
               (operation == "greater_than_or_equal_to" ? number >= *value : number <= *value);
    }
    return unknown_condition(operation);
}

// Lists of options and of references: what `contains` looks for is a name or an id.
Answer of_list(const json::value& held, const Condition& condition) {
    static const json::array none;
    const auto& list = held.is_array() ? held.as_array() : none;
    if (const auto empty = emptiness(condition.operation, list.empty())) {
        return *empty;
    }
    const bool wanted = condition.operation == "contains";
    if (!wanted && condition.operation != "does_not_contain") {
        return unknown_condition(condition.operation);
    }
    const auto value = condition.wanted.string_or("");
    const auto id = canonical_id(value);
    const bool there = std::ranges::any_of(list, [&](const json::value& one) {
        const auto* name = one.as_object().if_contains("name");
        return name != nullptr ? name->as_string() == value : one.at("id").as_string() == id;
    });
    return there == wanted;
}

Answer of_made(const json::value& held, http::Json condition, const Candidate& candidate);

Answer of_value(const Property& property, const json::value& held, http::Json sent,
                const Candidate& candidate) {
    const auto& type = property.type;
    if (!sent.is_object() || sent.size() != 1) {
        return should_be("body.filter." + type, sent.missing() ? "defined" : "one condition", sent);
    }
    if (type == "formula" || type == "rollup") {
        return of_made(held, sent, candidate);
    }
    const auto [name, wanted] = *sent.members().begin();
    const Condition condition{.operation = name, .wanted = wanted};
    if (type == "title" || type == "rich_text") {
        return of_text(plain_text(held.as_array()), condition);
    }
    if (type == "url" || type == "email" || type == "phone_number") {
        return of_text(held.is_null() ? "" : std::string_view(held.as_string()), condition);
    }
    if (type == "select" || type == "status") {
        return of_text(held.is_null() ? "" : std::string_view(held.at("name").as_string()),
                       condition);
    }
    if (type == "number" || type == "unique_id") {
        return of_number(type == "number" ? held : held.at("number"), condition);
    }
    if (type == "checkbox") {
        return (held.as_bool() == wanted.boolean().value_or(false)) == (name == "equals");
    }
    if (type == "created_by" || type == "last_edited_by") {
        return of_list(json::array{held}, condition);
    }
    if (type == "date" || type == "created_time" || type == "last_edited_time") {
        const auto text = held.is_null()     ? std::string_view()
                          : held.is_string() ? std::string_view(held.as_string())
                                             : std::string_view(held.at("start").as_string());
        const auto fits = moment_fits(text, name, wanted.string_or(""), candidate.now);
        return fits ? Answer(*fits) : unknown_condition(name);
    }
    return held.is_array() || held.is_null()
               ? of_list(held, condition)
               : std::unexpected(fmt::format("{} cannot be filtered by.", property.name));
}

Answer of_made(const json::value& held, http::Json sent, const Candidate& candidate) {
    const auto [kind, inner] = *sent.members().begin();
    const std::string type(held.at("type").as_string());
    if (kind == "any" || kind == "every" || kind == "none") {
        std::size_t hits = 0;
        std::size_t all = 0;
        const auto* list = held.as_object().if_contains("array");
        for (const auto& one : list == nullptr ? json::array() : list->as_array()) {
            const std::string one_type(one.at("type").as_string());
            const auto fits = of_value({.name = {}, .id = {}, .type = one_type}, one.at(one_type),
                                       inner[one_type], candidate);
            if (!fits) {
                return fits;
            }
            ++all;
            hits += *fits ? 1 : 0;
        }
        return kind == "any" ? hits > 0 : kind == "every" ? hits == all : hits == 0;
    }
    const auto wanted = kind == "string" ? std::string_view("rich_text") : kind;
    if (kind != type) {
        return false;
    }
    const auto& value = held.at(type);
    if (kind == "string") {
        const auto [name, text] = *inner.members().begin();
        return of_text(value.is_null() ? "" : std::string_view(value.as_string()),
                       {.operation = name, .wanted = text});
    }
    return of_value({.name = {}, .id = {}, .type = std::string(wanted)}, value, inner, candidate);
}

Answer compound(http::Json parts, const Candidate& candidate, bool all) {
    for (const auto part : parts.elements()) {
        auto one = passes(part, candidate);
        if (!one || *one != all) {
            return one;
        }
    }
    return all;
}

std::string depth_error(http::Json filter, int level) {
    for (const auto* name : {"and", "or"}) {
        const auto parts = filter[name];
        if (!parts.is_array()) {
            continue;
        }
        if (level == levels_max) {
            return fmt::format("body failed validation: body.filter.{} is nested too deeply.",
                               name);
        }
        if (parts.size() > list_max) {
            return too_long(fmt::format("body.filter.{}", name), list_max, parts.size()).error();
        }
        for (const auto part : parts.elements()) {
            if (auto wrong = depth_error(part, level + 1); !wrong.empty()) {
                return wrong;
            }
        }
    }
    return {};
}

}  // namespace

Answer passes(http::Json filter, const Candidate& candidate) {
    if (filter.missing()) {
        return true;
    }
    if (filter["and"].is_array() || filter["or"].is_array()) {
        const bool all = filter["and"].is_array();
        return compound(filter[all ? "and" : "or"], candidate, all);
    }
    const auto& store = *candidate.store;
    if (const auto timestamp = filter["timestamp"].string()) {
        const Property time{.name = {}, .id = {}, .type = std::string(*timestamp)};
        if (time.type != "created_time" && time.type != "last_edited_time") {
            return should_be("body.filter.timestamp",
                             "`\"created_time\"` or `\"last_edited_time\"`", filter["timestamp"]);
        }
        return of_value(time, full_value(store, *candidate.page, time), filter[*timestamp],
                        candidate);
    }
    const auto name = filter["property"].string_or("");
    const auto* property = find_property(store.schema_of(*candidate.page), name);
    if (property == nullptr) {
        return std::unexpected(fmt::format("Could not find property with name or id: {}", name));
    }
    return of_value(*property, full_value(store, *candidate.page, *property),
                    filter[property->type], candidate);
}

std::string too_deep(http::Json filter) {
    return depth_error(filter, 0);
}

}  // namespace apilab::sandbox::notion
