#pragma once

// What the pictures of a call have in common: their words, their scale, what they leave out.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/observe/waterfall.hpp"

namespace apilab::observe::internal {

/// `2`, `2 hedge`, `2 redirect`, `backoff`, `server`, `cache`.
[[nodiscard]] std::string row_name(const WaterfallRow& row);
/// `503`, `unknown: timeout`, `not sent: connect`; empty for what has no result.
[[nodiscard]] std::string row_result(const WaterfallRow& row);
/// `201 in 1.4 s, 3 attempts`, `failed: timeout in 30 s, 1 attempt, deadline 30 s`.
[[nodiscard]] std::string summary(const Waterfall& waterfall);
/// `attempt 2: 503 in 12 ms, from 194 ms on`: a row for who sees no picture.
[[nodiscard]] std::string row_sentence(const WaterfallRow& row);

/// A line of a picture: a row, or (`row` null) how many there is no room for.
struct Line {
    const WaterfallRow* row = nullptr;
    std::size_t attempts = 0;
    std::size_t waits = 0;
    Duration start{};
    Duration end{};
    /// `... 94 more attempts, 95 waits`, for lines that are no row.
    [[nodiscard]] std::string text() const;
};
/// All rows where there are at most `rows_max`; else the first and the last three attempts with
/// what lies between them (no more than ten rows each), and between these one line for the rest.
[[nodiscard]] std::vector<Line> lines_of(const Waterfall& waterfall, std::size_t rows_max);

/// A round step (1, 2 or 5 times a power of ten nanoseconds, or of a minute, hour or day) so that
/// there are at most `count` of them in `axis`. At least 1 ns.
[[nodiscard]] Duration tick_step(Duration axis, std::size_t count);

}  // namespace apilab::observe::internal
