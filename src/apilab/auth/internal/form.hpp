#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apilab/base/result.hpp"

namespace apilab::auth::internal {

using Fields = std::vector<std::pair<std::string, std::string>>;

constexpr std::size_t form_size_max = std::size_t{16} * 1024;
constexpr std::size_t form_fields_max = 100;

/// Names and values of a form or a query string in order, decoded (`+` is a space). Errors
/// (`too_large`): more than 16 KiB or 100 fields.
[[nodiscard]] Result<Fields> read_form(std::string_view text);

/// Text from outside, fit to be shown on one line: at most `size_max` bytes, and `?` for what is
/// not printable ASCII. RFC 6749 allows no more in `error` and `error_description`; a terminal
/// would carry out the rest.
[[nodiscard]] std::string shown(std::string_view text, std::size_t size_max);

constexpr std::size_t code_shown_max = 64;
constexpr std::size_t description_shown_max = 256;

}  // namespace apilab::auth::internal
