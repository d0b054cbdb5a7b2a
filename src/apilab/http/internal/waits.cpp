#include "apilab/http/internal/waits.hpp"

#include <algorithm>
#include <cmath>
#include <ranges>

#include "apilab/base/ascii.hpp"

namespace apilab::http::internal {

std::string_view trim(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) {
        text.remove_prefix(1);
    }
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) {
        text.remove_suffix(1);
    }
    return text;
}

std::optional<double> decimal(std::string_view text) {
    const bool negative = text.starts_with('-');
    text.remove_prefix(negative ? 1 : 0);
    const auto point = std::min(text.find('.'), text.size());
    const auto whole = text.substr(0, point);
    const auto fraction = text.substr(std::min(point + 1, text.size()));
    if (whole.empty() || !std::ranges::all_of(whole, ascii_digit) ||
        !std::ranges::all_of(fraction, ascii_digit)) {
        return std::nullopt;
    }
    double value = 0;
    for (const char digit : whole) {
        value = value * 10 + (digit - '0');
    }
    double part = 0;
    for (const char digit : fraction | std::views::reverse) {
        part = (part + (digit - '0')) / 10;
    }
    return negative ? -(value + part) : value + part;
}

Duration clamped_wait(double amount, double nanoseconds_per_unit) {
    if (amount <= 0) {
        return Duration::zero();
    }
    const double nanoseconds = amount * nanoseconds_per_unit;
    const auto limit = static_cast<double>(wait_max.count());
    return nanoseconds >= limit ? wait_max : Duration(std::llround(nanoseconds));
}

// Two dates may be further apart than nanoseconds can count.
Duration wait_between(SystemTime from, SystemTime to) {
    using std::chrono::floor;
    using std::chrono::seconds;
    if (to <= from) {
        return Duration::zero();
    }
    const seconds whole = floor<seconds>(to) - floor<seconds>(from);
    return whole >= floor<seconds>(wait_max) ? wait_max : std::min(to - from, wait_max);
}

}  // namespace apilab::http::internal
