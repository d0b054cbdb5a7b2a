#pragma once

#include <array>
#include <boost/json/object.hpp>
#include <expected>
#include <string>
#include <string_view>

#include "apilab/http/json.hpp"

namespace apilab::sandbox::notion {

/// A column of the seeded data source.
struct Property {
    std::string_view name;
    std::string_view id;
    std::string_view type;
};
inline constexpr std::array<Property, 14> schema{{
    {"Name", "title", "title"},
    {"Key", "k%3Aey", "rich_text"},
    {"Notes", "nOtE", "rich_text"},
    {"Severity", "sVrt", "select"},
    {"Tags", "t%40gs", "multi_select"},
    {"Score", "sC%3Dr", "number"},
    {"Announced", "aNnc", "checkbox"},
    {"Due", "dU%7Ce", "date"},
    {"Link", "lInk", "url"},
    {"Email", "eMai", "email"},
    {"Phone", "pHon", "phone_number"},
    {"People", "pPl%5D", "people"},
    {"Created", "cRtd", "created_time"},
    {"Edited", "eDtd", "last_edited_time"},
}};
[[nodiscard]] const Property* find_property(std::string_view name);

/// `properties` of the data source.
[[nodiscard]] boost::json::object schema_object();
/// Every column with its empty value: `[]` for texts and lists, `null`, `false`.
[[nodiscard]] boost::json::object empty_properties();
/// A `title` or `rich_text` value of one piece.
[[nodiscard]] boost::json::object text_value(std::string_view type, std::string_view text);
/// What a select holds.
[[nodiscard]] boost::json::object option_value(std::string_view name);
/// The text of a `title` or `rich_text` value (its pieces' `plain_text` one after the other).
[[nodiscard]] std::string plain_text(const boost::json::object& properties, std::string_view name);

/// A property value as a client sends it, in the full form of an answer; the error is the message
/// of a `validation_error`. `path` begins it: `body.properties.Notes`. Limits of providers/notion:
/// 2,000 characters (UTF-16 units) a piece of text, 100 pieces, options or people.
[[nodiscard]] std::expected<boost::json::object, std::string> read_value(const Property& property,
                                                                         http::Json value,
                                                                         const std::string& path);
/// The same for the pieces of a text anywhere in a body.
[[nodiscard]] std::expected<boost::json::array, std::string> read_rich_text(
    http::Json pieces, const std::string& path);

}  // namespace apilab::sandbox::notion
