#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/http/json.hpp"
#include "apilab/http/url.hpp"

namespace apilab::data::internal {

/// One `name=value` of a query string, as it stands there (percent-encoded).
struct QueryField {
    std::string_view name;
    std::string_view value;
    /// Where the value begins in the query.
    std::size_t at = 0;
};
[[nodiscard]] std::vector<QueryField> query_fields(std::string_view query);

/// The first value of that parameter, decoded.
[[nodiscard]] std::optional<std::string> parameter_of(const http::Url& url, std::string_view name);
/// The URL with that parameter once, in the place of the first; everything else as it was.
[[nodiscard]] http::Url with_parameter(const http::Url& url, std::string_view name,
                                       std::string_view value);
/// Without that parameter.
[[nodiscard]] http::Url without_parameter(const http::Url& url, std::string_view name);

/// A JSON object (empty text: `{}`) with that member set to `value`, which is JSON text.
[[nodiscard]] Result<std::string> with_member(std::string_view object, std::string_view name,
                                              std::string_view value);

/// A whole number without sign, at most 15 digits.
[[nodiscard]] std::optional<std::int64_t> whole_number(std::string_view text);
/// A cursor as text: a string, or a whole number's digits. Nothing for anything else.
[[nodiscard]] std::optional<std::string> word_of(const http::Json& value);

}  // namespace apilab::data::internal
