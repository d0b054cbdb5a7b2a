#include "apilab/sandbox/notion/internal/moments.hpp"

#include <charconv>
#include <chrono>

namespace apilab::sandbox::notion {
namespace {

using namespace std::chrono;

/// From the first second to the last but one.
struct Span {
    sys_seconds begin;
    sys_seconds end;
};

// `digits` digits at `at`; nothing where there is something else.
std::optional<int> number_at(std::string_view text, std::size_t at, std::size_t digits) {
    if (at + digits > text.size()) {
        return std::nullopt;
    }
    int value = 0;
    const char* const end = text.data() + at + digits;
    const auto read = std::from_chars(text.data() + at, end, value);
    return read.ec == std::errc() && read.ptr == end && value >= 0 ? std::optional(value)
                                                                   : std::nullopt;
}

std::optional<seconds> offset_in(std::string_view rest) {
    const auto sign = rest.find_first_of("+-");
    if (sign == std::string_view::npos) {
        return seconds(0);
    }
    const auto hour = number_at(rest, sign + 1, 2);
    const auto minute = number_at(rest, sign + 4, 2);
    if (!hour) {
        return std::nullopt;
    }
    const auto offset = hours(*hour) + minutes(minute.value_or(0));
    return rest[sign] == '+' ? offset : -offset;
}

std::optional<Span> span_of(std::string_view text) {
    const auto year_number = number_at(text, 0, 4);
    const auto month_number = number_at(text, 5, 2);
    const auto day_number = number_at(text, 8, 2);
    if (!year_number || !month_number || !day_number) {
        return std::nullopt;
    }
    const year_month_day date{year(*year_number), month(static_cast<unsigned>(*month_number)),
                              day(static_cast<unsigned>(*day_number))};
    if (!date.ok()) {
        return std::nullopt;
    }
    const sys_seconds midnight = sys_days(date);
    if (text.size() <= 10) {
        return Span{midnight, midnight + days(1)};
    }
    const auto hour = number_at(text, 11, 2);
    const auto minute = number_at(text, 14, 2);
    const auto offset = offset_in(text.substr(16 < text.size() ? 16 : text.size()));
    if (!hour || !minute || !offset) {
        return std::nullopt;
    }
    const auto at = midnight + hours(*hour) + minutes(*minute) +
                    seconds(number_at(text, 17, 2).value_or(0)) - *offset;
    return Span{at, at + seconds(1)};
}

// `past_week`, `next_month`, ...: days around now.
std::optional<Span> window_of(std::string_view operation, SystemTime now) {
    const auto today = floor<days>(now);
    const sys_seconds start = today;
    const sys_seconds end = today + days(1);
    const auto named = operation.substr(operation.find('_') + 1);
    const int length = named == "week" ? 7 : named == "month" ? 30 : named == "year" ? 365 : 0;
    if (length == 0) {
        return std::nullopt;
    }
    if (operation.starts_with("past_")) {
        return Span{start - days(length), end};
    }
    if (operation.starts_with("next_")) {
        return Span{start, end + days(length)};
    }
    if (operation == "this_week") {
        const auto since_monday = (weekday(today) - Monday).count();
        return Span{start - days(since_monday), start + days(7 - since_monday)};
    }
    return std::nullopt;
}

}  // namespace

std::optional<bool> moment_fits(std::string_view held, std::string_view operation,
                                std::string_view wanted, SystemTime now) {
    if (operation == "is_empty" || operation == "is_not_empty") {
        return held.empty() == (operation == "is_empty");
    }
    const auto window = window_of(operation, now);
    const auto other = window ? window : span_of(wanted);
    if (!other) {
        return std::nullopt;
    }
    const auto one = span_of(held);
    if (!one) {
        return false;
    }
    if (window || operation == "equals") {
        return one->begin >= other->begin && one->begin < other->end;
    }
    if (operation == "before" || operation == "on_or_after") {
        return (one->begin < other->begin) == (operation == "before");
    }
    if (operation == "after" || operation == "on_or_before") {
        return (one->begin >= other->end) == (operation == "after");
    }
    return std::nullopt;
}

}  // namespace apilab::sandbox::notion
