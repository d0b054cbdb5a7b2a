#pragma once

#include <expected>
#include <string>
#include <string_view>

#include <boost/json/value.hpp>

namespace apilab::sandbox::google {

/// What `fields` leaves of an answer: `nextPageToken,messages(id,payload/headers)`; `*` stands for
/// any name. The error is the message where it cannot be read. At most 20 levels.
[[nodiscard]] std::expected<boost::json::value, std::string> select_fields(
    const boost::json::value& whole, std::string_view fields);
/// With line breaks and two spaces a level, as Google writes where `prettyPrint` is not `false`.
[[nodiscard]] std::string pretty(const boost::json::value& value);

}  // namespace apilab::sandbox::google
