#include "apilab/sandbox/notion/internal/filter.hpp"

#include <fmt/format.h>

#include "apilab/sandbox/notion/internal/schema.hpp"

namespace apilab::sandbox::notion {
namespace {

using Answer = std::expected<bool, std::string>;

Answer compare_text(std::string_view text, std::string_view operation, http::Json wanted) {
    const auto value = wanted.string_or("");
    if (operation == "is_empty" || operation == "is_not_empty") {
        return text.empty() == (operation == "is_empty");
    }
    if (operation == "equals" || operation == "does_not_equal") {
        return (text == value) == (operation == "equals");
    }
    if (operation == "contains") {
        return text.contains(value);
    }
    if (operation == "starts_with") {
        return text.starts_with(value);
    }
    // RFC 3339 in UTC compares as text.
    if (operation == "after" || operation == "on_or_after") {
        return text > value || (operation == "on_or_after" && text == value);
    }
    if (operation == "before" || operation == "on_or_before") {
        return text < value || (operation == "on_or_before" && text == value);
    }
    return std::unexpected(
        fmt::format("body failed validation: body.filter: unknown condition `{}`.", operation));
}

Answer compare_number(const boost::json::value& held, std::string_view operation,
                      http::Json wanted) {
    if (operation == "is_empty" || operation == "is_not_empty") {
        return held.is_null() == (operation == "is_empty");
    }
    const double value = wanted.number().value_or(0);
    const double number = held.is_null() ? 0 : held.to_number<double>();
    const bool there = !held.is_null();
    if (operation == "equals") {
        return there && number == value;
    }
    if (operation == "greater_than" || operation == "less_than") {
        return there && (operation == "greater_than" ? number > value : number < value);
    }
    return std::unexpected(
        fmt::format("body failed validation: body.filter: unknown condition `{}`.", operation));
}

Answer compare(const Property& property, const Page& page, http::Json condition) {
    if (!condition.is_object() || condition.size() != 1) {
        return std::unexpected(fmt::format(
            "body failed validation: body.filter.{} should be defined, instead was `undefined`.",
            property.type));
    }
    const auto [operation, wanted] = *condition.members().begin();
    const auto& value = page.properties.at(property.name).as_object().at(property.type);
    if (property.type == "number") {
        return compare_number(value, operation, wanted);
    }
    if (property.type == "checkbox") {
        return (value.as_bool() == wanted.boolean().value_or(false)) == (operation == "equals");
    }
    if (property.type == "select") {
        const bool none = value.is_null();
        const auto name = none ? std::string() : std::string(value.at("name").as_string());
        return compare_text(name, operation, wanted);
    }
    if (property.type == "title" || property.type == "rich_text") {
        return compare_text(plain_text(page.properties, property.name), operation, wanted);
    }
    return std::unexpected("this sandbox cannot filter by " + std::string(property.type));
}

Answer compound(http::Json parts, const Page& page, bool all) {
    for (const auto part : parts.elements()) {
        auto one = passes(part, page);
        if (!one || *one != all) {
            return one;
        }
    }
    return all;
}

}  // namespace

Answer passes(http::Json filter, const Page& page) {
    if (filter.missing()) {
        return true;
    }
    if (filter["and"].is_array() || filter["or"].is_array()) {
        const bool all = filter["and"].is_array();
        return compound(filter[all ? "and" : "or"], page, all);
    }
    if (const auto timestamp = filter["timestamp"].string()) {
        const auto condition = filter[*timestamp];
        if (!condition.is_object() || condition.size() != 1) {
            return std::unexpected("body failed validation: body.filter.timestamp.");
        }
        const auto [operation, wanted] = *condition.members().begin();
        return compare_text(*timestamp == "created_time" ? page.created : page.edited, operation,
                            wanted);
    }
    const auto name = filter["property"].string_or("");
    const auto* property = find_property(name);
    if (property == nullptr) {
        return std::unexpected(fmt::format("Could not find property with name or id: {}", name));
    }
    return compare(*property, page, filter[property->type]);
}

}  // namespace apilab::sandbox::notion
