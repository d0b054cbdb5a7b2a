#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace apilab::cli {

/// How many columns a text takes: code points, colour codes (`ESC [ ... m`) not counted.
[[nodiscard]] std::size_t columns_of(std::string_view text);

/// A text cut at blanks into lines of at most `width` columns; a longer word is cut, too. 0: one
/// line. A line break in the text stays one. Never empty: an empty text is one empty line.
[[nodiscard]] std::vector<std::string> wrapped(std::string_view text, std::size_t width);

/// The same as one text, each line with a line break behind and `indent` blanks before it; the
/// first line begins with `first` instead. `width` counts the whole line.
[[nodiscard]] std::string paragraph(std::string_view text, std::size_t width,
                                    std::size_t indent = 0, std::string_view first = {});

}  // namespace apilab::cli
