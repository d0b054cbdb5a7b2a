#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "terminal.hpp"

namespace apilab::cli {

/// The Markdown that our documents use, for reading in a terminal: headings, paragraphs wrapped to
/// `width` (0: one line each), lists, tables, code as it is; links without their addresses, blocks
/// fenced as `cpp example` left out.
[[nodiscard]] std::string plain_text(std::string_view markdown, const Terminal& terminal,
                                     std::size_t width);

}  // namespace apilab::cli
