#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "apilab/base/internal/pattern_tree.hpp"

namespace apilab::internal {

/// Longer values are looked for in overlapping pieces of so many bytes, so that a stream has to
/// hold back no more than one of them.
constexpr std::size_t secret_piece_max = 1024;

/// Adds to `tree` what a value looks like as it stands, in base64 wherever in the encoded text it
/// begins (both alphabets), and in hexadecimal. Escapes are undone by who reads the text
/// (`SecretMatcher`). Of a private key (PEM) each line counts as a value too: the key is often
/// shown without its first line, or with other line ends.
void add_secret_forms(PatternTree& tree, std::string_view value, std::uint32_t owner);

}  // namespace apilab::internal
