#include "apilab/observe/internal/waterfall_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ranges>

#include "apilab/base/duration.hpp"

namespace apilab::observe::internal {

using Kind = WaterfallRow::Kind;

namespace {

constexpr std::size_t attempts_at_each_end = 3;
constexpr std::size_t rows_at_each_end = 10;

std::string plural(std::size_t count, std::string_view what) {
    return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

// How many rows stand at one end: until its third attempt.
template <class Rows>
std::size_t end_of(const Rows& rows) {
    std::size_t attempts = 0;
    std::size_t count = 0;
    for (const auto& row : rows) {
        if (count == rows_at_each_end || attempts == attempts_at_each_end) {
            break;
        }
        attempts += row.sent() ? 1 : 0;
        ++count;
    }
    return count;
}

}  // namespace

std::string row_name(const WaterfallRow& row) {
    switch (row.kind) {
        case Kind::attempt:
            return fmt::format("{}", row.number);
        case Kind::redirect:
            return fmt::format("{} redirect", row.number);
        case Kind::hedge:
            return fmt::format("{} hedge", row.number);
        case Kind::wait:
        case Kind::refused_wait:
            return std::string(
                to_string(row.segments.empty() ? Segment::What::backoff : row.segments[0].what));
        case Kind::stored:
            return "cache";
        case Kind::shared:
            return "shared";
        case Kind::server:
            return "server";
    }
    return {};
}

std::string row_result(const WaterfallRow& row) {
    if (row.kind == Kind::stored || row.kind == Kind::server) {
        return row.status == 0 ? std::string() : std::to_string(row.status);
    }
    if (!row.sent()) {
        return {};
    }
    if (!row.error) {
        return std::to_string(row.status);
    }
    const std::string_view outcome = row.outcome == Outcome::unknown    ? "unknown: "
                                     : row.outcome == Outcome::not_sent ? "not sent: "
                                                                        : "";
    return fmt::format("{}{}", outcome, to_string(*row.error));
}

std::string summary(const Waterfall& waterfall) {
    std::string text = waterfall.error ? fmt::format("failed: {}", to_string(*waterfall.error))
                       : waterfall.status == 0 ? std::string("no answer")
                                               : std::to_string(waterfall.status);
    text += fmt::format(" in {}", format_duration(waterfall.elapsed));
    if (waterfall.attempts > 0) {
        text += ", " + plural(waterfall.attempts, "attempt");
    }
    if (waterfall.deadline) {
        text += fmt::format(", deadline {}", format_duration(*waterfall.deadline));
    }
    return waterfall.follows.empty() ? text
                                     : fmt::format("{}, repeats {}", text, waterfall.follows);
}

std::string row_sentence(const WaterfallRow& row) {
    const auto result = row_result(row);
    auto text = row_name(row);
    if (row.sent()) {
        text = "attempt " + text;
    } else if (row.kind == Kind::refused_wait) {
        text += " not waited";
    }
    text += result.empty() ? "" : ": " + result;
    if (row.kind != Kind::stored) {
        text +=
            fmt::format(", {} from {} on", format_duration(row.length), format_duration(row.start));
    }
    return row.note.empty() ? text : fmt::format("{} ({})", text, row.note);
}

std::string Line::text() const {
    if (attempts == 0) {
        return "... " + plural(waits, "more wait");
    }
    return fmt::format("... {}{}", plural(attempts, "more attempt"),
                       waits == 0 ? std::string() : ", " + plural(waits, "wait"));
}

std::vector<Line> lines_of(const Waterfall& waterfall, std::size_t rows_max) {
    const auto& rows = waterfall.rows;
    std::size_t first = rows.size();
    std::size_t last = rows.size();
    if (rows.size() > rows_max) {
        first = end_of(rows);
        // With what the other side saw of the last one.
        first += first < rows.size() && rows[first].kind == Kind::server ? 1 : 0;
        last = std::max(first, rows.size() - end_of(rows | std::views::reverse));
    }
    std::vector<Line> lines;
    Line folded{.start = waterfall.axis};
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto& row = rows[i];
        if (i < first || i >= last) {
            lines.push_back({.row = &row, .start = row.start, .end = row.end()});
            continue;
        }
        folded.attempts += row.sent() ? 1 : 0;
        folded.waits += row.kind == Kind::wait ? 1 : 0;
        folded.start = std::min(folded.start, row.start);
        folded.end = std::max(folded.end, row.end());
        if (i + 1 == last) {
            lines.push_back(folded);
        }
    }
    return lines;
}

Duration tick_step(Duration axis, std::size_t count) {
    using std::chrono::hours;
    using std::chrono::minutes;
    static constexpr std::array<Duration, 19> large = {
        minutes(1),      minutes(2),        minutes(5),        minutes(10),       minutes(20),
        hours(1),        hours(2),          hours(6),          hours(12),         hours(24),
        hours(2 * 24),   hours(5 * 24),     hours(10 * 24),    hours(50 * 24),    hours(100 * 24),
        hours(500 * 24), hours(1'000 * 24), hours(5'000 * 24), hours(20'000 * 24)};
    const auto fits = [&](Duration step) {
        return axis / step <= static_cast<std::int64_t>(std::max<std::size_t>(count, 1));
    };
    for (std::int64_t power = 1; power < 60'000'000'000; power *= 10) {
        for (const std::int64_t factor : {1, 2, 5}) {
            const Duration step(power * factor);
            if (step < minutes(1) && fits(step)) {
                return step;
            }
        }
    }
    const auto* const found = std::ranges::find_if(large, fits);
    return found == large.end() ? std::max(axis, Duration(1)) : *found;
}

}  // namespace apilab::observe::internal
