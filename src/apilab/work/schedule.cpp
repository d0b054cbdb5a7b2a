#include "apilab/work/schedule.hpp"

#include <date/tz.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <exception>
#include <utility>
#include <vector>

#include "apilab/base/ascii.hpp"
#include "apilab/base/duration.hpp"
#include "apilab/base/try.hpp"
#include "apilab/work/internal/cron_fields.hpp"

namespace apilab::work {

struct Schedule::Rules {
    /// Zero: cron.
    std::chrono::seconds every{0};
    internal::CronFields cron;
    /// Null: UTC. Lives as long as the process.
    const date::time_zone* zone = nullptr;
};

namespace {

using std::chrono::days;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::sys_seconds;

constexpr seconds interval_max = days(31);
constexpr std::size_t zone_max = 64;
// From 29 February 2096 to the next one it is eight years: 2100 has none.
constexpr days ahead_max(8 * 366 + 1);
constexpr sys_seconds end_of_times = sys_days(std::chrono::year(2200) / 1 / 1);

std::unexpected<Error> wrong(std::string_view field, std::string_view message) {
    return fail(Error(ErrorKind::invalid_argument, fmt::format("{}: {}", field, message))
                    .with_detail(std::string(field)));
}

// What a clock on the wall shows, written as if it were UTC.
struct Wall {
    sys_seconds time;
};

Wall wall_of(const date::time_zone* zone, sys_seconds instant) {
    return {zone == nullptr ? instant : instant + zone->get_info(instant).offset};
}

// The moment at which the clock on the wall shows this, the first of two; where it jumps over it,
// the moment of the jump.
sys_seconds instant_of(const date::time_zone* zone, Wall wall) {
    if (zone == nullptr) {
        return wall.time;
    }
    const auto info = zone->get_info(date::local_seconds(wall.time.time_since_epoch()));
    return info.result == date::local_info::nonexistent ? info.first.end
                                                        : wall.time - info.first.offset;
}

// Of this day's times the first one later than `after`. A wall clock at `after` or before is no
// later moment, because instant_of never goes back.
std::optional<sys_seconds> next_of_day(const internal::CronFields& cron,
                                       const date::time_zone* zone, sys_days day,
                                       sys_seconds after) {
    const Wall now = wall_of(zone, after);
    for (unsigned minute = 0; minute < 24 * 60; ++minute) {
        const Wall wall{day + minutes(minute)};
        if (wall.time <= now.time || !internal::CronFields::has(cron.hours, minute / 60) ||
            !internal::CronFields::has(cron.minutes, minute % 60)) {
            continue;
        }
        if (const auto at = instant_of(zone, wall); at > after) {
            return at;
        }
    }
    return std::nullopt;
}

std::optional<sys_seconds> next_by_cron(const internal::CronFields& cron,
                                        const date::time_zone* zone, sys_seconds after) {
    const auto today = std::chrono::floor<days>(wall_of(zone, after).time);
    for (auto day = today; day <= today + ahead_max; day += days(1)) {
        const std::chrono::year_month_day date(day);
        if (!internal::CronFields::has(cron.months, static_cast<unsigned>(date.month()))) {
            day = sys_days(date.year() / date.month() / std::chrono::last);
            continue;
        }
        if (!cron.has_day(static_cast<unsigned>(date.day()),
                          std::chrono::weekday(day).c_encoding())) {
            continue;
        }
        if (const auto at = next_of_day(cron, zone, day, after)) {
            return at;
        }
    }
    return std::nullopt;
}

std::vector<std::string_view> words_of(std::string_view text) {
    std::vector<std::string_view> words;
    for (std::size_t begin = 0; begin < text.size();) {
        const auto end = std::min(text.find(' ', begin), text.size());
        if (end > begin) {
            words.push_back(text.substr(begin, end - begin));
        }
        begin = end + 1;
    }
    return words;
}

Result<seconds> parse_interval(std::string_view text) {
    const auto length = parse_duration(text);
    if (!length) {
        return wrong("interval",
                     fmt::format("`{}` is no length of time; write every 15m or every 6h", text));
    }
    const auto whole = std::chrono::floor<seconds>(*length);
    if (whole != *length || whole < seconds(1) || whole > interval_max) {
        return wrong("interval", fmt::format("{} is not allowed; whole seconds from 1 s to 31 days "
                                             "are",
                                             text));
    }
    return whole;
}

Result<const date::time_zone*> find_zone(std::string_view name) {
    static constexpr std::array<std::string_view, 3> utc{"UTC", "Etc/UTC", "Z"};
    if (std::ranges::find(utc, name) != utc.end()) {
        return nullptr;
    }
    const bool readable = name.size() <= zone_max && !name.empty() && !ascii_digit(name.front()) &&
                          ascii_alnum(name.front()) && std::ranges::all_of(name, [](char c) {
                              return ascii_alnum(c) || c == '_' || c == '-' || c == '+' || c == '/';
                          });
    if (readable) {
        try {
            return date::locate_zone(name);
        } catch (const std::exception&) {  // it is told below
        }
    }
    return wrong("time zone", fmt::format("`{}` is none that this machine's tzdata knows; write a "
                                          "name such as Europe/Berlin, or UTC",
                                          name));
}

}  // namespace

Schedule::Schedule(std::string text, std::shared_ptr<const Rules> rules)
    : text_(std::move(text)), rules_(std::move(rules)) {}

Result<Schedule> Schedule::parse(std::string_view text) {
    if (text.size() > text_max) {
        return wrong("schedule",
                     fmt::format("{} bytes; at most {} are read", text.size(), text_max));
    }
    if (!std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; })) {
        return wrong("schedule", "has characters other than printable ASCII");
    }
    const auto words = words_of(text);
    auto rules = std::make_shared<Rules>();
    if (words.size() == 2 && words[0] == "every") {
        APILAB_TRY(rules->every, parse_interval(words[1]));
    } else if (words.size() == 5 || words.size() == 6) {
        APILAB_TRY(rules->cron,
                   internal::parse_cron_fields(words[0], words[1], words[2], words[3], words[4]));
        APILAB_TRY(rules->zone, find_zone(words.size() == 6 ? words[5] : "UTC"));
    } else {
        return wrong("schedule",
                     fmt::format("`{}` is neither `every LENGTH` (every 15m) nor five fields of "
                                 "cron and perhaps a time zone (0 7 * * mon Europe/Berlin)",
                                 text));
    }
    return Schedule(fmt::format("{}", fmt::join(words, " ")), std::move(rules));
}

std::optional<SystemTime> Schedule::next_after(SystemTime after) const {
    const auto passed =
        std::max(std::chrono::floor<seconds>(after), sys_seconds(seconds(0)) - seconds(1));
    if (passed >= end_of_times) {
        return std::nullopt;
    }
    std::optional<sys_seconds> next;
    if (rules_->every > seconds(0)) {
        const auto count = passed < sys_seconds() ? -1 : passed.time_since_epoch() / rules_->every;
        next = sys_seconds((count + 1) * rules_->every);
    } else {
        next = next_by_cron(rules_->cron, rules_->zone, passed);
    }
    return next && *next < end_of_times ? std::optional<SystemTime>(*next) : std::nullopt;
}

}  // namespace apilab::work
