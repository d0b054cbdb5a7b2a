#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <expected>
#include <string>
#include <string_view>

#include "apilab/http/json.hpp"

namespace apilab::sandbox::notion {

/// The longest array of rich text, options, relations or people.
inline constexpr std::size_t list_max = 100;

/// As JavaScript counts, which is what the real limits do: characters beyond U+FFFF are two.
[[nodiscard]] std::size_t utf16_units(std::string_view utf8);

/// The message of a `validation_error`: `{path}.length should be ≤ ...`.
[[nodiscard]] std::unexpected<std::string> too_long(std::string_view path, std::size_t most,
                                                    std::size_t is);
/// `{path} should be {wanted}, instead was {is}`; a missing value is `undefined`.
[[nodiscard]] std::unexpected<std::string> should_be(std::string_view path, std::string_view wanted,
                                                     http::Json is);

/// One piece of plain text in full form.
[[nodiscard]] boost::json::object text_piece(std::string_view content);
/// A text of one piece, or of none where it is empty.
[[nodiscard]] boost::json::array rich_text(std::string_view content);
/// The pieces' `plain_text` one after the other.
[[nodiscard]] std::string plain_text(const boost::json::array& pieces);

/// The pieces of a text as a client sends them (`text`, `mention`, `equation`), in full form. The
/// error is the message of a `validation_error`; `path` begins it. Limits of providers/notion:
/// 2,000 characters (UTF-16 units) a piece, 2,000 a link, 1,000 an equation, 100 pieces.
[[nodiscard]] std::expected<boost::json::array, std::string> read_rich_text(
    http::Json pieces, const std::string& path);

}  // namespace apilab::sandbox::notion
