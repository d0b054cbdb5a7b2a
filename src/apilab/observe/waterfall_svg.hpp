#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "apilab/observe/waterfall.hpp"

namespace apilab::observe {

enum class Theme : std::uint8_t {
    /// As the reader's system has it (`prefers-color-scheme`).
    automatic,
    light,
    dark,
};

struct WaterfallSvgOptions {
    Theme theme = Theme::automatic;
    /// Rows beyond so many are folded: the first and last three attempts stay. Default 60.
    std::size_t rows_max = 60;
};

/// A call as a picture: one `svg` element, 960 units wide, without scripts and without anything to
/// be fetched. Each meaning has a colour and a pattern; `title` and `desc` tell the call to who
/// does not see it, and each row says its numbers under the pointer.
///
/// Every text from outside is escaped; what is no UTF-8 is shown as `?`.
[[nodiscard]] std::string waterfall_svg(const Waterfall& waterfall,
                                        WaterfallSvgOptions options = {});

}  // namespace apilab::observe
