#include "apilab/work/internal/cron_fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <span>
#include <string>

#include "apilab/base/ascii.hpp"
#include "apilab/base/try.hpp"

namespace apilab::work::internal {
namespace {

constexpr std::array<std::string_view, 12> month_names{"jan", "feb", "mar", "apr", "may", "jun",
                                                       "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> weekday_names{"sun", "mon", "tue", "wed",
                                                        "thu", "fri", "sat"};

struct FieldRule {
    std::string_view name;
    int low = 0;
    int high = 0;
    /// The last value that `*` means: of the week's days 7 is 0 again.
    int star_high = 0;
    std::span<const std::string_view> names = {};
};

constexpr FieldRule minute_rule{.name = "minute", .high = 59, .star_high = 59};
constexpr FieldRule hour_rule{.name = "hour", .high = 23, .star_high = 23};
constexpr FieldRule day_rule{.name = "day of month", .low = 1, .high = 31, .star_high = 31};
constexpr FieldRule month_rule{
    .name = "month", .low = 1, .high = 12, .star_high = 12, .names = month_names};
constexpr FieldRule weekday_rule{
    .name = "day of week", .high = 7, .star_high = 6, .names = weekday_names};

std::unexpected<Error> wrong(const FieldRule& rule, std::string_view text, std::string_view why) {
    return fail(Error(ErrorKind::invalid_argument, fmt::format("{}: `{}` {}", rule.name, text, why))
                    .with_detail(std::string(rule.name)));
}

std::string allowed(const FieldRule& rule) {
    auto text = fmt::format("{} to {}", rule.low, rule.high);
    if (!rule.names.empty()) {
        text += fmt::format(" or {} to {}", rule.names.front(), rule.names.back());
    }
    return text;
}

// Up to three digits, nothing else: no sign, no space.
std::optional<int> number(std::string_view text) {
    int value = 0;
    if (text.empty() || text.size() > 3 || !std::ranges::all_of(text, ascii_digit)) {
        return std::nullopt;
    }
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

Result<int> parse_value(std::string_view text, const FieldRule& rule) {
    if (const auto named = std::ranges::find(rule.names, ascii_lowered(text));
        named != rule.names.end()) {
        return rule.low + static_cast<int>(named - rule.names.begin());
    }
    const auto value = number(text);
    if (!value || *value < rule.low || *value > rule.high) {
        return wrong(rule, text, "is none of " + allowed(rule));
    }
    return *value;
}

struct Range {
    int from = 0;
    int to = 0;
};

Result<Range> parse_range(std::string_view text, const FieldRule& rule) {
    if (text == "*") {
        return Range{rule.low, rule.star_high};
    }
    const auto dash = text.find('-');
    APILAB_TRY(const int from, parse_value(text.substr(0, dash), rule));
    if (dash == std::string_view::npos) {
        return Range{from, from};
    }
    APILAB_TRY(int to, parse_value(text.substr(dash + 1), rule));
    if (rule.high == 7 && to == 0 && from > 0) {
        to = 7;  // sat-sun
    }
    if (from > to) {
        return wrong(rule, text, "runs backwards; write two ranges with a comma");
    }
    return Range{from, to};
}

Result<std::uint64_t> parse_item(std::string_view text, const FieldRule& rule) {
    const auto slash = text.find('/');
    const auto range_text = text.substr(0, slash);
    APILAB_TRY(const Range range, parse_range(range_text, rule));
    int step = 1;
    if (slash != std::string_view::npos) {
        if (range_text != "*" && !range_text.contains('-')) {
            return wrong(rule, text,
                         fmt::format("has a step without a range; write {}-{}{}", range_text,
                                     rule.star_high, text.substr(slash)));
        }
        const auto said = number(text.substr(slash + 1));
        const int most = rule.star_high - rule.low;
        if (!said || *said < 1 || *said > most) {
            return wrong(rule, text, fmt::format("has a step that is none of 1 to {}", most));
        }
        step = *said;
    }
    std::uint64_t bits = 0;
    for (int value = range.from; value <= range.to; value += step) {
        bits |= std::uint64_t{1} << static_cast<unsigned>(value);
    }
    return bits;
}

Result<std::uint64_t> parse_field(std::string_view text, const FieldRule& rule) {
    std::uint64_t bits = 0;
    for (std::size_t begin = 0; begin <= text.size();) {
        const auto end = std::min(text.find(',', begin), text.size());
        APILAB_TRY(const auto item, parse_item(text.substr(begin, end - begin), rule));
        bits |= item;
        begin = end + 1;
    }
    return bits;
}

// 29 in February: that day comes, if only every fourth year.
bool ever_comes(const CronFields& fields) {
    constexpr std::array<unsigned, 13> length{0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (!fields.any_weekday) {
        return true;
    }
    for (unsigned month = 1; month <= 12; ++month) {
        for (unsigned day = 1; day <= length.at(month); ++day) {
            if (CronFields::has(fields.months, month) && CronFields::has(fields.days, day)) {
                return true;
            }
        }
    }
    return false;
}

}  // namespace

bool CronFields::has_day(unsigned day, unsigned weekday) const {
    const bool by_day = has(days, day);
    const bool by_weekday = has(weekdays, weekday);
    return any_day || any_weekday ? by_day && by_weekday : by_day || by_weekday;
}

Result<CronFields> parse_cron_fields(std::string_view minute, std::string_view hour,
                                     std::string_view day, std::string_view month,
                                     std::string_view weekday) {
    CronFields fields{.any_day = day == "*", .any_weekday = weekday == "*"};
    APILAB_TRY(fields.minutes, parse_field(minute, minute_rule));
    APILAB_TRY(fields.hours, parse_field(hour, hour_rule));
    APILAB_TRY(fields.days, parse_field(day, day_rule));
    APILAB_TRY(fields.months, parse_field(month, month_rule));
    APILAB_TRY(fields.weekdays, parse_field(weekday, weekday_rule));
    constexpr std::uint64_t second_sunday = std::uint64_t{1} << 7U;
    if ((fields.weekdays & second_sunday) != 0) {
        fields.weekdays = (fields.weekdays & ~second_sunday) | 1U;
    }
    if (!ever_comes(fields)) {
        return wrong(day_rule, day, "never comes in these months; 29 February is the rarest day");
    }
    return fields;
}

}  // namespace apilab::work::internal
