#include "apilab/http/date.hpp"

#include <date/date.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <locale>
#include <sstream>
#include <utility>

#include "apilab/base/ascii.hpp"
#include "apilab/http/headers.hpp"

namespace apilab::http {
namespace {

using Seconds = date::sys_seconds;

std::optional<Seconds> parse_with(const char* format, const std::string& text) {
    std::istringstream in(text);
    in.imbue(std::locale::classic());  // names of days and months are English whatever we run under
    Seconds time;
    in >> date::parse(format, time);
    if (in.fail()) {
        return std::nullopt;
    }
    in.peek();
    return in.eof() ? std::optional(time) : std::nullopt;
}

// Nanoseconds hold years 1678 to 2261; what lies outside is no date that we could compute with.
constexpr Seconds first_second = date::sys_days{date::year{1678} / 1 / 1};
constexpr Seconds last_second = date::sys_days{date::year{2262} / 1 / 1} - std::chrono::seconds(1);

std::optional<SystemTime> in_range(Seconds seconds) {
    return seconds < first_second || seconds > last_second ? std::nullopt
                                                           : std::optional<SystemTime>(seconds);
}

SystemTime clamped(Seconds seconds) {
    return std::clamp(seconds, first_second, last_second);
}

// The library knows no second 60: makes it 59, and says what to add.
std::chrono::seconds take_leap_second(std::string& text) {
    const auto minutes = text.find(':');
    const auto at = minutes == std::string::npos ? minutes : text.find(":60", minutes + 1);
    if (at == std::string::npos) {
        return std::chrono::seconds(0);
    }
    text.replace(at, 3, ":59");
    return std::chrono::seconds(1);
}

/// Takes `Sun, `, `Sunday, ` or `Sun ` from the front; false where no day of the week stands there.
bool take_weekday(std::string& text) {
    static constexpr std::array<std::string_view, 7> days = {
        "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"};
    const auto end = std::min(text.find_first_of(", "), text.size());
    const auto word = std::string_view(text).substr(0, end);
    const bool known = std::ranges::any_of(
        days, [&](auto day) { return iequals(word, day) || iequals(word, day.substr(0, 3)); });
    if (known) {
        text.erase(0, end);
        text.erase(0, text.find_first_not_of(", "));
    }
    return known;
}

/// The same day and time in the latest century that is not more than 50 years after `now`.
std::optional<Seconds> nearest_century(Seconds time, SystemTime now) {
    const auto day = date::floor<date::days>(time);
    const date::year_month_day parsed(day);
    const date::year_month_day latest(date::year_month_day(date::floor<date::days>(now)) +
                                      date::years(50));
    const int last_year = static_cast<int>(latest.year());
    date::year year(last_year - (last_year - static_cast<int>(parsed.year())) % 100);
    const auto limit = date::sys_days(latest.ok() ? latest : latest.year() / latest.month() / 28) +
                       (date::floor<std::chrono::seconds>(now) - date::floor<date::days>(now));
    // That year, with the right two digits, is less than a century after the last one, or before
    // it.
    for (int tries = 0; tries < 2; ++tries, year -= date::years(100)) {
        const auto candidate = year / parsed.month() / parsed.day();
        if (candidate.ok() && date::sys_days(candidate) + (time - day) <= limit) {
            return date::sys_days(candidate) + (time - day);
        }
    }
    return std::nullopt;
}

/// Does `text` look like `shape`, where 0 stands for any digit and T for either case of it?
bool shaped(std::string_view text, std::string_view shape) {
    return std::ranges::equal(text, shape, [](char c, char wanted) {
        return wanted == '0' ? ascii_digit(c) : ascii_lower(c) == ascii_lower(wanted);
    });
}

/// One or two digits.
bool short_number(std::string_view text) {
    return shaped(text, "0") || shaped(text, "00");
}

/// `08:49:37`, each part with one digit or two.
bool is_clock(std::string_view word) {
    const auto minutes = std::min(word.find(':'), word.size());
    const auto seconds = std::min(word.find(':', minutes + 1), word.size());
    return seconds < word.size() && short_number(word.substr(0, minutes)) &&
           short_number(word.substr(minutes + 1, seconds - minutes - 1)) &&
           short_number(word.substr(seconds + 1));
}

bool is_name(std::string_view word) {
    return !word.empty() && std::ranges::all_of(word, [](char c) {
        return ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z';
    });
}

/// `06-Nov-94`
bool is_short_date(std::string_view word) {
    const auto month = std::min(word.find('-'), word.size());
    const auto year = std::min(word.find('-', month + 1), word.size());
    return year < word.size() && short_number(word.substr(0, month)) &&
           is_name(word.substr(month + 1, year - month - 1)) && shaped(word.substr(year + 1), "00");
}

/// Is the text one word for each letter of `kinds`: a day, a Month, a Year of four digits, a Clock
/// time, a whole short Date, or the Zone? The library takes more than that (years as `94` and
/// `-994`, words run together), and where a time breaks off it computes with seconds that it has
/// not read. So it is given nothing else.
bool has_words(std::string_view text, std::string_view kinds) {
    for (const char kind : kinds) {
        text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
        const auto word = text.substr(0, text.find(' '));
        text.remove_prefix(word.size());
        const bool fits = (kind == 'd' && short_number(word)) || (kind == 'M' && is_name(word)) ||
                          (kind == 'Y' && shaped(word, "0000")) ||
                          (kind == 'C' && is_clock(word)) || (kind == 'D' && is_short_date(word)) ||
                          (kind == 'Z' && word == "GMT");
        if (!fits) {
            return false;
        }
    }
    return text.find_first_not_of(' ') == text.npos;
}

std::optional<SystemTime> parse_date(std::string_view original, const SystemTime* now) {
    if (original.size() > 64 || original.contains('+')) {  // the library would read signed numbers
        return std::nullopt;
    }
    std::string text(original);
    const auto leap = take_leap_second(text);
    if (!take_weekday(text)) {
        return std::nullopt;
    }
    if (has_words(text, "DCZ")) {
        auto time = parse_with("%d-%b-%y %T GMT", text);
        time = time && now != nullptr ? nearest_century(*time, *now) : time;
        return time ? std::optional(clamped(*time + leap)) : std::nullopt;
    }
    for (const auto& [kinds, format] :
         {std::pair("dMYCZ", "%d %b %Y %T GMT"), std::pair("MdCY", "%b %e %T %Y")}) {
        if (const auto time = has_words(text, kinds) ? parse_with(format, text) : std::nullopt) {
            return clamped(*time + leap);
        }
    }
    return std::nullopt;
}

/// `.25` at the front, as nanoseconds; what is finer is dropped. Nothing for a point alone.
std::optional<std::chrono::nanoseconds> take_fraction(std::string_view& text) {
    if (!text.starts_with('.')) {
        return std::chrono::nanoseconds(0);
    }
    text.remove_prefix(1);
    if (text.empty() || !ascii_digit(text.front())) {
        return std::nullopt;
    }
    std::int64_t count = 0;
    for (int place = 0; place < 9; ++place) {
        const bool digit = !text.empty() && ascii_digit(text.front());
        count = count * 10 + (digit ? text.front() - '0' : 0);
        text.remove_prefix(digit ? 1 : 0);
    }
    text.remove_prefix(std::min(text.find_first_not_of("0123456789"), text.size()));
    return std::chrono::nanoseconds(count);
}

/// `2026-11-22`, shaped so. By hand: a page of a list has hundreds of times, and the library takes
/// microseconds for each.
std::optional<Seconds> iso_day(std::string_view text) {
    const auto pair = [&](std::size_t at) { return (text[at] - '0') * 10 + text[at + 1] - '0'; };
    const auto day = date::year(pair(0) * 100 + pair(2)) / pair(5) / pair(8);
    return day.ok() ? std::optional<Seconds>(date::sys_days(day)) : std::nullopt;
}

/// `10:00:59`, shaped so; 60 is the next minute's first second.
std::optional<std::chrono::seconds> iso_clock(std::string_view text) {
    const auto pair = [&](std::size_t at) { return (text[at] - '0') * 10 + text[at + 1] - '0'; };
    if (pair(0) > 23 || pair(3) > 59 || pair(6) > 60) {
        return std::nullopt;
    }
    return std::chrono::hours(pair(0)) + std::chrono::minutes(pair(3)) +
           std::chrono::seconds(pair(6));
}

/// `Z` or `+01:00`: how far that place is ahead of UTC.
std::optional<std::chrono::minutes> offset(std::string_view text) {
    if (shaped(text, "Z")) {
        return std::chrono::minutes(0);
    }
    if (!shaped(text, "+00:00") && !shaped(text, "-00:00")) {
        return std::nullopt;
    }
    const auto number = [&](std::size_t at) { return (text[at] - '0') * 10 + text[at + 1] - '0'; };
    if (number(1) > 23 || number(4) > 59) {
        return std::nullopt;
    }
    const std::chrono::minutes ahead(number(1) * 60 + number(4));
    return text.front() == '-' ? -ahead : ahead;
}

}  // namespace

std::optional<SystemTime> parse_http_date(std::string_view text, SystemTime now) {
    return parse_date(text, &now);
}

std::optional<SystemTime> parse_http_date(std::string_view text) {
    return parse_date(text, nullptr);
}

std::string format_http_date(SystemTime time) {
    return date::format(std::locale::classic(), "%a, %d %b %Y %T GMT",
                        std::chrono::floor<std::chrono::seconds>(time));
}

std::optional<SystemTime> parse_iso_time(std::string_view text) {
    constexpr std::size_t day_size = 10;
    constexpr std::size_t second_size = 19;
    if (text.size() > 64) {
        return std::nullopt;
    }
    if (shaped(text, "0000-00-00")) {
        const auto day = iso_day(text);
        return day ? in_range(*day) : std::nullopt;
    }
    const auto whole = text.substr(0, second_size);
    if (!shaped(whole, "0000-00-00T00:00:00")) {
        return std::nullopt;
    }
    text.remove_prefix(second_size);
    const auto day = iso_day(whole.substr(0, day_size));
    const auto clock = iso_clock(whole.substr(day_size + 1));
    const auto fraction = take_fraction(text);
    const auto ahead = offset(text);
    if (!day || !clock || !fraction || !ahead) {
        return std::nullopt;
    }
    const auto seconds = in_range(*day + *clock - *ahead);
    return seconds ? std::optional(*seconds + *fraction) : std::nullopt;
}

std::string format_iso_time(SystemTime time) {
    return date::format(std::locale::classic(), "%FT%TZ",
                        std::chrono::floor<std::chrono::seconds>(time));
}

}  // namespace apilab::http
