#include "apilab/base/duration.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <optional>
#include <ranges>

namespace apilab {
namespace {

struct Unit {
    std::string_view name;
    std::int64_t nanoseconds;
};

constexpr std::array<Unit, 7> units = {{{"ns", 1},
                                        {"us", 1'000},
                                        {"ms", 1'000'000},
                                        {"s", 1'000'000'000},
                                        {"m", 60'000'000'000},
                                        {"h", 3'600'000'000'000},
                                        {"d", 86'400'000'000'000}}};
constexpr std::int64_t nanoseconds_max = 36'525 * units.back().nanoseconds;

std::string_view take_digits(std::string_view& text) {
    const auto end = std::min(text.find_first_not_of("0123456789"), text.size());
    const auto digits = text.substr(0, end);
    text.remove_prefix(end);
    return digits;
}

/// `whole.fraction` units, exact in the whole part; nothing beyond 100 years.
std::optional<Duration> scaled(std::string_view whole, std::string_view fraction,
                               std::int64_t unit) {
    std::int64_t count = 0;
    const auto [end, error] = std::from_chars(whole.data(), whole.data() + whole.size(), count);
    if (error == std::errc::result_out_of_range || count > nanoseconds_max / unit) {
        return std::nullopt;
    }
    double part = 0;
    for (const char digit : fraction | std::views::reverse) {
        part = (part + (digit - '0')) / 10;
    }
    const Duration sum(count * unit + std::llround(part * static_cast<double>(unit)));
    return sum.count() <= nanoseconds_max ? std::optional(sum) : std::nullopt;
}

}  // namespace

Result<Duration> parse_duration(std::string_view text) {
    const auto wrong = [&](std::string_view why) {
        return fail(
            Error(ErrorKind::invalid_argument, fmt::format("'{}' {}", text.substr(0, 40), why))
                .with_remedy("write a number with its unit: 250us, 50ms, 2s, 3m, 1h, 2d"));
    };
    if (text == "0") {
        return Duration::zero();
    }
    std::string_view rest = text;
    const bool negative = rest.starts_with('-');
    rest.remove_prefix(negative ? 1 : 0);
    const auto whole = take_digits(rest);
    std::string_view fraction;
    if (rest.starts_with('.')) {
        rest.remove_prefix(1);
        fraction = take_digits(rest);
    }
    if (whole.empty() && fraction.empty()) {
        return wrong("is not a duration");
    }
    const auto* unit = std::ranges::find(units, rest, &Unit::name);
    if (unit == units.end()) {
        return wrong(rest.empty() ? "has no unit" : "has an unknown unit");
    }
    const auto duration = scaled(whole, fraction, unit->nanoseconds);
    if (!duration || negative) {
        return wrong("is out of range (0 to 100 years)");
    }
    return *duration;
}

namespace {

/// A count of tenths or hundredths without needless zeros: `1.5 s`, `2 s`.
std::string decimal(std::int64_t count, int decimals, std::string_view unit) {
    const double scale = decimals == 1 ? 10 : 100;
    std::string text = fmt::format("{:.{}f}", static_cast<double>(count) / scale, decimals);
    text.erase(text.find_last_not_of('0') + 1);
    if (text.ends_with('.')) {
        text.pop_back();
    }
    return fmt::format("{} {}", text, unit);
}

/// `2 m 5 s`, `2 m`.
std::string two_units(std::int64_t count, std::int64_t ratio, std::string_view large,
                      std::string_view small) {
    std::string text = fmt::format("{} {}", count / ratio, large);
    if (count % ratio != 0) {
        text += fmt::format(" {} {}", count % ratio, small);
    }
    return text;
}

// Each limit is where rounding would reach the next unit: no "1000 us", no "60.00 s".
std::string format_positive(std::int64_t nanoseconds) {
    if (nanoseconds < 999'500) {
        return fmt::format("{} us", (nanoseconds + 500) / 1000);
    }
    if (nanoseconds < 9'950'000) {
        return decimal((nanoseconds + 50'000) / 100'000, 1, "ms");
    }
    if (nanoseconds < 999'500'000) {
        return fmt::format("{} ms", (nanoseconds + 500'000) / 1'000'000);
    }
    if (nanoseconds < 59'995'000'000) {
        return decimal((nanoseconds + 5'000'000) / 10'000'000, 2, "s");
    }
    const auto seconds =
        nanoseconds / 1'000'000'000 + (nanoseconds % 1'000'000'000 + 500'000'000) / 1'000'000'000;
    if (seconds < 3600) {
        return two_units(seconds, 60, "m", "s");
    }
    if (seconds < 2 * 86400) {
        return two_units(seconds / 60, 60, "h", "m");
    }
    return two_units(seconds / 3600, 24, "d", "h");
}

}  // namespace

std::string format_duration(Duration duration) {
    if (duration.count() >= 0) {
        return format_positive(duration.count());
    }
    // The most negative count has no positive counterpart.
    return "-" + format_positive(-std::max(duration.count(), -INT64_MAX));
}

}  // namespace apilab
