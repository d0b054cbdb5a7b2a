#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/http/json.hpp"

namespace apilab::sandbox::notion {

/// A column of a data source.
struct Property {
    std::string name;
    /// URL-encoded text, as the real ones; `title` for the title.
    std::string id;
    std::string type;
    /// What stands below the type's name: options, a number's format, a formula's expression.
    boost::json::object details;
};
using Schema = std::vector<Property>;

/// By name, or by id (as it is or decoded); null where there is none.
[[nodiscard]] const Property* find_property(const Schema& schema, std::string_view name);
[[nodiscard]] Property* find_property(Schema& schema, std::string_view name);
/// Of a page that stands on its own: `title`.
[[nodiscard]] const Schema& title_only();
/// Of the seeded data source: every type of property but `place` and `verification`.
[[nodiscard]] Schema seed_schema(std::string_view database, std::string_view data_source);

/// `properties` of a data source. Before 2025-09-03 relations name databases only.
[[nodiscard]] boost::json::object schema_object(const Schema& schema, bool data_sources);
/// What a select, a multi-select or a status holds.
[[nodiscard]] boost::json::object option_value(std::string_view name);
/// A new option of a select or multi-select is remembered, as the real one does.
void learn_options(Property& property, const boost::json::value& value);

/// A schema as a client sends it, put over the one that is there: new properties, changed ones, new
/// names, and `null` for what goes. The error is the message of a `validation_error`.
[[nodiscard]] std::expected<Schema, std::string> read_schema(http::Json sent, Schema schema);

}  // namespace apilab::sandbox::notion
