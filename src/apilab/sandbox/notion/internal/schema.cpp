#include "apilab/sandbox/notion/internal/schema.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <utility>

#include "apilab/sandbox/internal/conditional.hpp"
#include "apilab/sandbox/internal/json_value.hpp"

namespace apilab::sandbox::notion {
namespace {

namespace json = boost::json;

constexpr std::size_t text_max = 2000;
constexpr std::size_t list_max = 100;

// As JavaScript counts, which is what the real limit does: characters beyond U+FFFF are two.
std::size_t utf16_units(std::string_view utf8) {
    std::size_t units = 0;
    for (const char c : utf8) {
        const auto byte = static_cast<unsigned char>(c);
        units += (byte & 0xC0U) == 0x80U ? 0 : byte >= 0xF0U ? 2 : 1;
    }
    return units;
}

json::object annotations() {
    return {{"bold", false},      {"italic", false}, {"strikethrough", false},
            {"underline", false}, {"code", false},   {"color", "default"}};
}

json::object piece(std::string_view content) {
    return {{"type", "text"},
            {"text", json::object{{"content", content}, {"link", nullptr}}},
            {"annotations", annotations()},
            {"plain_text", content},
            {"href", nullptr}};
}

std::unexpected<std::string> too_long(const std::string& path, std::size_t most, std::size_t is) {
    return std::unexpected(fmt::format(
        "body failed validation: {}.length should be ≤ `{}`, instead was `{}`.", path, most, is));
}

json::value empty_value(std::string_view type) {
    if (type == "title" || type == "rich_text" || type == "multi_select" || type == "people") {
        return json::array();
    }
    return type == "checkbox" ? json::value(false) : json::value(nullptr);
}

using Read = std::expected<json::value, std::string>;

Read read_options(http::Json options, const std::string& path) {
    if (options.size() > list_max) {
        return too_long(path, list_max, options.size());
    }
    json::array all;
    for (const auto option : options.elements()) {
        all.emplace_back(option_value(option["name"].string_or("")));
    }
    return all;
}

std::unexpected<std::string> expected_type(std::string_view name, std::string_view type) {
    return std::unexpected(fmt::format("{} is expected to be {}.", name, type));
}

// The value below its type's name; null empties what may be empty.
Read read_typed(const Property& property, http::Json value, const std::string& path) {
    const auto type = property.type;
    const bool text = type == "url" || type == "email" || type == "phone_number";
    if (value.is_null() && type != "checkbox") {
        return empty_value(type);
    }
    if (type == "title" || type == "rich_text") {
        return read_rich_text(value, path);
    }
    if (type == "multi_select" || type == "people") {
        return value.is_array() ? read_options(value, path)
                                : Read(expected_type(property.name, type));
    }
    if (type == "select") {
        return value["name"].is_string() ? Read(option_value(*value["name"].string()))
                                         : expected_type(property.name, type);
    }
    const bool right =
        (type == "checkbox" && value.boolean()) || (type == "number" && value.number()) ||
        (type == "date" && value["start"].is_string()) || (text && value.is_string());
    if (!right) {
        return expected_type(property.name, type);
    }
    if (text && utf16_units(*value.string()) > (type == "url" ? text_max : 200)) {
        return too_long(path, type == "url" ? text_max : 200, utf16_units(*value.string()));
    }
    if (type != "date") {
        return to_value(value);
    }
    return json::object{{"start", *value["start"].string()},
                        {"end", to_value(value["end"])},
                        {"time_zone", to_value(value["time_zone"])}};
}

}  // namespace

const Property* find_property(std::string_view name) {
    const auto* found = std::ranges::find_if(
        schema, [&](const Property& one) { return one.name == name || one.id == name; });
    return found == schema.end() ? nullptr : found;
}

json::object schema_object() {
    json::object columns;
    for (const auto& property : schema) {
        json::object details;
        if (property.name == "Severity") {
            details["options"] = json::array{option_value("low"), option_value("medium"),
                                             option_value("high"), option_value("critical")};
        } else if (property.type == "number") {
            details["format"] = "number";
        }
        columns[property.name] = json::object{{"id", property.id},
                                              {"name", property.name},
                                              {"description", nullptr},
                                              {"type", property.type},
                                              {property.type, std::move(details)}};
    }
    return columns;
}

json::object empty_properties() {
    json::object all;
    for (const auto& property : schema) {
        all[property.name] = json::object{{"id", property.id},
                                          {"type", property.type},
                                          {property.type, empty_value(property.type)}};
    }
    return all;
}

json::object text_value(std::string_view type, std::string_view text) {
    const auto* property = std::ranges::find(schema, type, &Property::type);
    return {{"id", property->id}, {"type", type}, {type, json::array{piece(text)}}};
}

json::object option_value(std::string_view name) {
    return {{"id", stable_hash(name).substr(0, 4)}, {"name", name}, {"color", "default"}};
}

std::string plain_text(const json::object& properties, std::string_view name) {
    const auto* value = properties.if_contains(name);
    std::string text;
    if (value == nullptr || !value->is_object()) {
        return text;
    }
    const auto& type = value->as_object().at("type").as_string();
    const auto* pieces = value->as_object().at(type).if_array();
    if (pieces == nullptr) {
        return text;
    }
    for (const auto& one : *pieces) {
        const auto* plain = one.as_object().if_contains("plain_text");
        text += plain == nullptr ? "" : std::string_view(plain->as_string());
    }
    return text;
}

std::expected<json::array, std::string> read_rich_text(http::Json pieces, const std::string& path) {
    if (!pieces.is_array()) {
        return std::unexpected(fmt::format("body failed validation: {} should be an array.", path));
    }
    if (pieces.size() > list_max) {
        return too_long(path, list_max, pieces.size());
    }
    json::array all;
    std::size_t index = 0;
    for (const auto one : pieces.elements()) {
        const auto at = fmt::format("{}[{}]", path, index++);
        const auto content = one["text"]["content"].string();
        if (!content) {
            return std::unexpected(fmt::format(
                "body failed validation: {}.text should be defined, instead was `undefined`.", at));
        }
        if (utf16_units(*content) > text_max) {
            return too_long(at + ".text.content", text_max, utf16_units(*content));
        }
        auto full = piece(*content);
        if (one["annotations"].is_object()) {
            for (const auto& [name, value] : one["annotations"].members()) {
                full["annotations"].as_object().insert_or_assign(name, to_value(value));
            }
        }
        if (const auto link = one["text"]["link"]["url"].string()) {
            full["href"] = *link;
            full["text"].as_object()["link"] = json::object{{"url", *link}};
        }
        all.emplace_back(std::move(full));
    }
    return all;
}

std::expected<json::object, std::string> read_value(const Property& property, http::Json value,
                                                    const std::string& path) {
    if (property.type == "created_time" || property.type == "last_edited_time") {
        return std::unexpected(fmt::format("{} cannot be set.", property.name));
    }
    // The title may come as a bare array, as the others may not.
    const auto typed = property.type == "title" && value.is_array() ? value : value[property.type];
    if (typed.missing()) {
        return expected_type(property.name, property.type);
    }
    auto read = read_typed(property, typed, path + "." + std::string(property.type));
    if (!read) {
        return std::unexpected(std::move(read).error());
    }
    return json::object{
        {"id", property.id}, {"type", property.type}, {property.type, *std::move(read)}};
}

}  // namespace apilab::sandbox::notion
