#pragma once

#include <string_view>

#include "apilab/base/ascii.hpp"

// Which characters RFC 9651 allows where.
namespace apilab::http::structured::internal {

[[nodiscard]] constexpr bool lower_alpha(char c) {
    return c >= 'a' && c <= 'z';
}

[[nodiscard]] constexpr bool alpha(char c) {
    return lower_alpha(ascii_lower(c));
}

[[nodiscard]] constexpr bool key_start(char c) {
    return lower_alpha(c) || c == '*';
}

[[nodiscard]] constexpr bool key_char(char c) {
    return lower_alpha(c) || ascii_digit(c) || std::string_view("_-.*").contains(c);
}

[[nodiscard]] constexpr bool token_start(char c) {
    return alpha(c) || c == '*';
}

[[nodiscard]] constexpr bool token_char(char c) {
    return ascii_alnum(c) || std::string_view("!#$%&'*+-.^_`|~:/").contains(c);
}

[[nodiscard]] constexpr bool printable(char c) {
    return c >= ' ' && c <= '~';
}

}  // namespace apilab::http::structured::internal
