#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"
#include "apilab/http/json.hpp"

namespace apilab::sandbox::internal {

/// An `invalid_argument` whose message starts with the pointer and whose detail is the pointer.
[[nodiscard]] std::unexpected<Error> bad_field(const std::string& pointer,
                                               std::string_view message);

/// Everything is an object with only these keys, or an error names the first that is not.
[[nodiscard]] Result<void> only_keys(http::Json object, const std::string& pointer,
                                     std::initializer_list<std::string_view> keys);

/// `name` as a pointer step below `pointer`.
[[nodiscard]] std::string below(std::string_view pointer, std::string_view name);

/// Reads a string, an integer within a range, a duration (`"50ms"`) or a boolean; the error names
/// the field and what would be right.
[[nodiscard]] Result<std::string> read_string(http::Json json, const std::string& pointer);
[[nodiscard]] Result<std::uint64_t> read_integer(http::Json json, const std::string& pointer,
                                                 std::uint64_t low, std::uint64_t high);
[[nodiscard]] Result<Duration> read_duration(http::Json json, const std::string& pointer);
[[nodiscard]] Result<bool> read_boolean(http::Json json, const std::string& pointer);

/// TOML text as JSON text: tables become objects, dates become strings. Errors name the line.
[[nodiscard]] Result<std::string> toml_to_json(std::string_view toml);
/// The line on which stands what a JSON pointer into that text means, or the table around it where
/// it is not there; nothing where the text cannot be read or the whole of it is meant.
[[nodiscard]] std::optional<std::size_t> toml_line(std::string_view toml, std::string_view pointer);

}  // namespace apilab::sandbox::internal
