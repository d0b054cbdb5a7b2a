#pragma once

#include <cstddef>
#include <string>

#include "apilab/observe/waterfall.hpp"

namespace apilab::observe {

struct WaterfallTextOptions {
    /// Columns; no line is wider. Default 100; what is outside 40 to 200 counts as the nearest.
    std::size_t width = 100;
    /// ANSI colours. Default off.
    bool color = false;
    /// Bars of block characters; false: of ASCII, and no other character in any line. Default on.
    bool unicode = true;
    /// Rows beyond so many are folded: the first and last three attempts stay. Default 40.
    std::size_t rows_max = 40;
};

/// A call as lines for a terminal: what came of it, a row for each attempt and each wait, and what
/// the time was spent on. Ends with a line end.
///
///     POST /orders
///     201 in 230 ms, 2 attempts, deadline 30 s
///                          0        50 ms     100 ms    150 ms    200 ms
///     1        503  12 ms  ▒▒███
///     backoff      182 ms       ░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░
///     2        201  36 ms                                         ███████
///     ▒ network 4.1 ms, █ server 44 ms, ░ own wait 182 ms
///
/// A row has at least one column, however short it was. What is not ASCII in names from outside is
/// shown as `?`, so that every character has one column.
[[nodiscard]] std::string waterfall_text(const Waterfall& waterfall,
                                         WaterfallTextOptions options = {});

}  // namespace apilab::observe
