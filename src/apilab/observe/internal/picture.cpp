#include "apilab/observe/internal/picture.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "apilab/base/markup.hpp"
#include "apilab/base/scrubber.hpp"
#include "apilab/base/utf8.hpp"

namespace apilab::observe::internal {
namespace {

// Contrast to its background: 3:1 for bars, 4.5:1 for texts (WCAG 2.2, 1.4.3 and 1.4.11).
constexpr std::string_view light =
    "color-scheme:light;--bg:#ffffff;--fg:#1b1f24;--dim:#57606a;--grid:#d8dee4;"
    "--network:#2f6fdb;--server:#2a8a4a;--own:#b87500;--told:#8250df;--auth:#0b7f86;"
    "--failure:#c61f2b;--rest:#7d868f;";
constexpr std::string_view dark =
    "color-scheme:dark;--bg:#0d1117;--fg:#e6edf3;--dim:#9da7b3;--grid:#2a313a;"
    "--network:#58a6ff;--server:#3fb950;--own:#e3a92f;--told:#bc8cff;--auth:#39c5cf;"
    "--failure:#ff7b72;--rest:#7d868f;";

// Two characters of three bytes that XML does not have: U+FFFE and U+FFFF.
constexpr std::array<std::string_view, 2> no_characters = {"\xEF\xBF\xBE", "\xEF\xBF\xBF"};

}  // namespace

std::string markup(std::string_view text) {
    std::string shown(text);
    Scrubber::of_process().scrub(shown);
    if (!valid_utf8(shown)) {
        std::ranges::replace_if(
            shown, [](char c) { return (static_cast<unsigned char>(c) & 0x80U) != 0; }, '?');
    }
    for (const auto none : no_characters) {
        for (auto at = shown.find(none); at != std::string::npos; at = shown.find(none, at)) {
            shown.replace(at, none.size(), "?");
        }
    }
    return escape_markup(shown);
}

std::string_view style_name(Meaning meaning) {
    constexpr std::array<std::string_view, meanings> names = {"network", "server",  "own", "told",
                                                              "auth",    "failure", "rest"};
    return names[static_cast<std::size_t>(meaning)];
}

std::string theme_css(std::string_view selector, Theme theme) {
    if (theme != Theme::automatic) {
        return fmt::format("{}{{{}}}\n", selector, theme == Theme::dark ? dark : light);
    }
    return fmt::format("{0}{{{1}}}\n@media (prefers-color-scheme:dark){{{0}{{{2}}}}}\n", selector,
                       light, dark);
}

}  // namespace apilab::observe::internal
