#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace apilab {

// ASCII only and deaf to the process's locale: protocols compare bytes, not words of a language.

[[nodiscard]] constexpr char ascii_lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
[[nodiscard]] constexpr bool ascii_digit(char c) {
    return c >= '0' && c <= '9';
}
[[nodiscard]] constexpr bool ascii_alnum(char c) {
    return ascii_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z');
}
/// A copy with `A` to `Z` in lower case; every other byte stays.
[[nodiscard]] inline std::string ascii_lowered(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), ascii_lower);
    return out;
}

}  // namespace apilab
