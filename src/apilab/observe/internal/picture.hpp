#pragma once

// What the picture and the page share: texts that are safe in markup, and colours.

#include <string>
#include <string_view>

#include "apilab/observe/waterfall_svg.hpp"

namespace apilab::observe::internal {

/// The text as it may stand in an element or a quoted attribute of HTML and XML: without secrets of
/// the process, escaped, UTF-8 throughout (else `?` for each byte that is not ASCII).
[[nodiscard]] std::string markup(std::string_view text);
/// `network`, `server`, `own`, `told`, `auth`, `failure`, `rest`: classes and names of colours.
[[nodiscard]] std::string_view style_name(Meaning meaning);
/// Rules that give `selector` the colours as `--network`, ..., `--bg`, `--fg`, `--dim`, `--grid`.
[[nodiscard]] std::string theme_css(std::string_view selector, Theme theme);

}  // namespace apilab::observe::internal
