#include "apilab/sandbox/notion/internal/values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <utility>

#include "apilab/sandbox/internal/json_value.hpp"
#include "apilab/sandbox/notion/internal/rich_text.hpp"

namespace apilab::sandbox::notion {
namespace {

namespace json = boost::json;

using Read = std::expected<json::value, std::string>;

constexpr std::size_t url_max = 2000;
constexpr std::size_t address_max = 200;

bool is_list(std::string_view type) {
    constexpr std::array<std::string_view, 6> lists = {"title",  "rich_text", "multi_select",
                                                       "people", "files",     "relation"};
    return std::ranges::find(lists, type) != lists.end();
}

bool is_made(std::string_view type) {
    constexpr std::array<std::string_view, 8> made = {
        "formula",      "rollup",           "unique_id",  "button",
        "created_time", "last_edited_time", "created_by", "last_edited_by"};
    return std::ranges::find(made, type) != made.end();
}

std::unexpected<std::string> expected_type(const Property& property) {
    return std::unexpected(fmt::format("{} is expected to be {}.", property.name, property.type));
}

Read read_option(const Property& property, http::Json option) {
    const auto name = option["name"].string_or("");
    if (name.contains(',')) {
        return std::unexpected(
            fmt::format("Invalid {} option, commas not allowed: {}", property.type, name));
    }
    for (const auto& known : property.details.at("options").as_array()) {
        if (known.at("name").as_string() == name ||
            known.at("id").as_string() == option["id"].string_or("")) {
            return known;
        }
    }
    if (property.type == "status") {
        return std::unexpected(
            fmt::format("Invalid status option. Status option \"{}\" does not exist\".", name));
    }
    return name.empty() ? Read(expected_type(property)) : Read(option_value(name));
}

Read read_file(const Property& property, http::Json file) {
    for (const auto* kind : {"external", "file", "file_upload"}) {
        if (file[kind].is_object()) {
            return json::object{
                {"name", file["name"].string_or("")}, {"type", kind}, {kind, to_value(file[kind])}};
        }
    }
    return expected_type(property);
}

Read read_item(const Property& property, http::Json item, const std::string& path) {
    if (property.type == "multi_select") {
        return read_option(property, item);
    }
    if (property.type == "files") {
        return read_file(property, item);
    }
    const auto id = canonical_id(item["id"].string_or(""));
    if (id.empty()) {
        return should_be(path + ".id", "a valid uuid", item["id"]);
    }
    return property.type == "people" ? user_reference(id) : json::object{{"id", id}};
}

Read read_list(const Property& property, http::Json list, const std::string& path) {
    if (property.type == "title" || property.type == "rich_text") {
        return read_rich_text(list, path);
    }
    if (!list.is_array()) {
        return expected_type(property);
    }
    if (list.size() > list_max) {
        return too_long(path, list_max, list.size());
    }
    json::array all;
    for (const auto item : list.elements()) {
        auto read = read_item(property, item, fmt::format("{}[{}]", path, all.size()));
        if (!read) {
            return read;
        }
        all.emplace_back(*std::move(read));
    }
    return all;
}

Read read_text(const Property& property, http::Json value, const std::string& path) {
    const auto most = property.type == "url" ? url_max : address_max;
    if (!value.is_string()) {
        return expected_type(property);
    }
    const auto units = utf16_units(*value.string());
    return units > most ? Read(too_long(path, most, units)) : Read(to_value(value));
}

Read read_single(const Property& property, http::Json value, const std::string& path) {
    const auto& type = property.type;
    if (type == "select" || type == "status") {
        return value.is_object() ? read_option(property, value) : Read(expected_type(property));
    }
    if (type == "url" || type == "email" || type == "phone_number") {
        return read_text(property, value, path);
    }
    if (type == "date") {
        if (!value["start"].is_string()) {
            return expected_type(property);
        }
        return json::object{{"start", *value["start"].string()},
                            {"end", to_value(value["end"])},
                            {"time_zone", to_value(value["time_zone"])}};
    }
    const bool right = (type == "checkbox" && value.boolean()) ||
                       (type == "number" && value.number()) || type == "place";
    return right ? Read(to_value(value)) : Read(expected_type(property));
}

// A whole number without a fraction, as the real one writes it.
json::value number_value(double number) {
    constexpr double exact = 9'007'199'254'740'992;
    return number == std::floor(number) && std::abs(number) < exact
               ? json::value(static_cast<std::int64_t>(number))
               : json::value(number);
}

// What `operation` (` * 2`) makes of a number.
double calculated(double number, std::string_view operation) {
    const auto at = operation.find_first_of("*+-/");
    if (at == std::string_view::npos) {
        return number;
    }
    const double by = std::strtod(std::string(operation.substr(at + 1)).c_str(), nullptr);
    switch (operation[at]) {
        case '*':
            return number * by;
        case '+':
            return number + by;
        case '-':
            return number - by;
        default:
            return by == 0 ? 0 : number / by;
    }
}

// `prop("Score") * 2`, with one operation or none; anything else has no value.
json::value formula_of(const Store& store, const Page& page, const Property& property) {
    const json::value none = {{"type", "string"}, {"string", nullptr}};
    const auto* written = property.details.if_contains("expression");
    const std::string_view text = written == nullptr ? "" : std::string_view(written->as_string());
    constexpr std::string_view begin = "prop(\"";
    const auto end = text.find("\")");
    if (!text.starts_with(begin) || end == std::string_view::npos) {
        return none;
    }
    const auto* other =
        find_property(store.schema_of(page), text.substr(begin.size(), end - begin.size()));
    if (other == nullptr || other->type == "formula" || other->type == "rollup") {
        return none;
    }
    const auto held = full_value(store, page, *other);
    if (other->type != "number") {
        const auto* pieces = held.if_array();
        return {{"type", "string"},
                {"string",
                 pieces == nullptr ? json::value(nullptr) : json::value(plain_text(*pieces))}};
    }
    return {{"type", "number"},
            {"number", held.is_null() ? json::value(nullptr)
                                      : number_value(calculated(held.to_number<double>(),
                                                                text.substr(end + 2)))}};
}

std::string_view detail(const Property& property, std::string_view name) {
    const auto* value = property.details.if_contains(name);
    return value == nullptr || !value->is_string() ? std::string_view()
                                                   : std::string_view(value->as_string());
}

json::value rollup_of(const Store& store, const Page& page, const Property& property) {
    const auto function = detail(property, "function");
    const auto* relation =
        find_property(store.schema_of(page), detail(property, "relation_property_name"));
    json::array related;
    if (relation != nullptr && relation->type == "relation") {
        related = full_value(store, page, *relation).as_array();
    }
    json::array values;
    double sum = 0;
    for (const auto& one : related) {
        const auto* other = store.pages.find(std::string_view(one.at("id").as_string()));
        const auto* column =
            other == nullptr
                ? nullptr
                : find_property(store.schema_of(*other), detail(property, "rollup_property_name"));
        if (column == nullptr || column->type == "rollup") {
            continue;
        }
        auto value = full_value(store, *other, *column);
        if (column->type == "number" && value.is_number()) {
            sum += value.to_number<double>();
        }
        values.emplace_back(json::object{{"type", column->type}, {column->type, std::move(value)}});
    }
    if (function == "show_original" || function.empty()) {
        return {{"type", "array"}, {"array", std::move(values)}, {"function", "show_original"}};
    }
    const double number = function == "sum" ? sum : static_cast<double>(values.size());
    return {{"type", "number"}, {"number", number_value(number)}, {"function", function}};
}

}  // namespace

json::object user_reference(std::string_view id) {
    return {{"object", "user"}, {"id", id}};
}

json::value empty_value(const Property& property) {
    if (is_list(property.type)) {
        return json::array();
    }
    if (property.type == "status") {
        const auto& options = property.details.at("options").as_array();
        return options.empty() ? json::value(nullptr) : options.front();
    }
    return property.type == "checkbox" ? json::value(false) : json::value(nullptr);
}

Read read_value(const Property& property, http::Json sent, const std::string& path) {
    if (is_made(property.type)) {
        return std::unexpected(fmt::format("{} cannot be set.", property.name));
    }
    // The title may come as a bare array, as the others may not.
    const auto typed = property.type == "title" && sent.is_array() ? sent : sent[property.type];
    if (typed.missing()) {
        return expected_type(property);
    }
    const auto below = path + "." + property.type;
    if (typed.is_null() && property.type != "checkbox") {
        return empty_value(property);
    }
    return is_list(property.type) ? read_list(property, typed, below)
                                  : read_single(property, typed, below);
}

json::value full_value(const Store& store, const Page& page, const Property& property) {
    const auto& type = property.type;
    if (type == "formula") {
        return formula_of(store, page, property);
    }
    if (type == "rollup") {
        return rollup_of(store, page, property);
    }
    if (type == "unique_id") {
        return {{"prefix", property.details.at("prefix")}, {"number", page.number}};
    }
    if (type == "button") {
        return json::object();
    }
    if (type == "created_time" || type == "last_edited_time") {
        return json::value(type == "created_time" ? page.created : page.edited);
    }
    if (type == "created_by" || type == "last_edited_by") {
        return user_reference(page.author);
    }
    const auto* stored = page.values.if_contains(property.id);
    return stored == nullptr ? empty_value(property) : *stored;
}

json::object shown_value(const Store& store, const Page& page, const Property& property) {
    auto value = full_value(store, page, property);
    bool more = false;
    const bool cut = is_list(property.type) && property.type != "multi_select" &&
                     property.type != "files" && value.as_array().size() > shown_max;
    if (cut) {
        value.as_array().resize(shown_max);
        more = true;
    }
    json::object object{
        {"id", property.id}, {"type", property.type}, {property.type, std::move(value)}};
    if (property.type == "relation") {
        object["has_more"] = more;
    }
    return object;
}

}  // namespace apilab::sandbox::notion
