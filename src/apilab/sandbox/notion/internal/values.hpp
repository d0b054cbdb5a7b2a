#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <expected>
#include <string>
#include <string_view>

#include "apilab/http/json.hpp"
#include "apilab/sandbox/notion/internal/store.hpp"

namespace apilab::sandbox::notion {

/// A page shows so many pieces of a text, relations and people; all of them are had from the
/// property's own endpoint.
inline constexpr std::size_t shown_max = 25;

/// What a property holds before it is given a value: `[]`, `null`, `false`, a status' first option.
[[nodiscard]] boost::json::value empty_value(const Property& property);

/// A property value as a client sends it, in full form, without the frame of id and type; the error
/// is the message of a `validation_error`. `path` begins it: `body.properties.Notes`. Limits of
/// providers/notion: 2,000 characters (UTF-16 units) a piece of text or URL, 200 an e-mail address
/// or a telephone number, 100 pieces, options, relations, files or people.
[[nodiscard]] std::expected<boost::json::value, std::string> read_value(const Property& property,
                                                                        http::Json sent,
                                                                        const std::string& path);

/// The whole value of a page's property: stored, or made of others (formula, rollup, times,
/// authors, numbers).
[[nodiscard]] boost::json::value full_value(const Store& store, const Page& page,
                                            const Property& property);
/// The value in its frame as a page shows it: at most `shown_max` of a list.
[[nodiscard]] boost::json::object shown_value(const Store& store, const Page& page,
                                              const Property& property);
/// `{"object": "user", "id"}`.
[[nodiscard]] boost::json::object user_reference(std::string_view id);

}  // namespace apilab::sandbox::notion
