#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "apilab/radar/semver.hpp"

// The pieces of version text that versions and ranges share.
namespace apilab::radar::internal {

[[nodiscard]] constexpr bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
[[nodiscard]] constexpr bool is_identifier_char(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
}
[[nodiscard]] constexpr bool is_blank(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

[[nodiscard]] std::string_view trim(std::string_view text);

/// Takes a number off the front of `text`; nothing where there is none, where strict reading finds
/// a leading zero, or beyond `SemVer::number_max`.
[[nodiscard]] std::optional<std::uint64_t> take_number(std::string_view& text, SemVerMode mode);

/// `alpha.1` with every identifier valid for a prerelease; the canonical form (loose leading zeros
/// removed), or nothing.
[[nodiscard]] std::optional<std::string> read_prerelease(std::string_view text, SemVerMode mode);

/// What may follow the patch number, build metadata aside: nothing, `-rc.1`, or loosely `rc1`.
/// Nothing where `text` is none of these; an empty string for a release.
[[nodiscard]] std::optional<std::string> read_suffix(std::string_view text, SemVerMode mode);

/// Dot separated, non-empty identifiers.
[[nodiscard]] bool is_build(std::string_view text);

}  // namespace apilab::radar::internal
