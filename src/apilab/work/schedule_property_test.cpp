#include <date/tz.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <string>

#include "apilab/work/internal/cron_fields.hpp"
#include "apilab/work/schedule.hpp"

namespace apilab::work {
namespace {

using namespace std::chrono_literals;
using std::chrono::sys_seconds;

constexpr std::array zones{"UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe",
                           "Pacific/Apia"};

std::string number(int from, int to) {
    return std::to_string(*rc::gen::inRange(from, to + 1));
}

std::string field(int from, int to) {
    switch (*rc::gen::inRange(0, 4)) {
        case 0:
            return "*";
        case 1:
            return number(from, to) + "," + number(from, to);
        case 2:
            return "*/" + number(1, to - from);
        default:
            return number(from, to);
    }
}

// Days up to the 28th: each of them comes.
std::string any_spec() {
    if (*rc::gen::inRange(0, 5) == 0) {
        return "every " + number(1, 100'000) + "s";
    }
    return field(0, 59) + " " + field(0, 23) + " " + field(1, 28) + " " + field(1, 12) + " " +
           field(0, 6) + " " + zones.at(*rc::gen::inRange<std::size_t>(0, zones.size()));
}

SystemTime any_time() {
    return SystemTime(
        std::chrono::milliseconds(*rc::gen::inRange<std::int64_t>(0, 2'000'000'000) * 1000) +
        std::chrono::milliseconds(*rc::gen::inRange(0, 1000)));
}

RC_GTEST_PROP(ScheduleProperties, the_next_time_is_strictly_later, ()) {
    const auto schedule = Schedule::parse(any_spec()).value();
    const auto time = any_time();
    const auto next = schedule.next_after(time);
    RC_ASSERT(next.has_value());
    RC_ASSERT(*next > time);
}

RC_GTEST_PROP(ScheduleProperties, who_asks_later_is_told_no_earlier_time, ()) {
    const auto schedule = Schedule::parse(any_spec()).value();
    const auto first = any_time();
    const auto second = first + std::chrono::seconds(*rc::gen::inRange(0, 200'000));
    RC_ASSERT(*schedule.next_after(first) <= *schedule.next_after(second));
}

RC_GTEST_PROP(ScheduleProperties, nothing_comes_between_now_and_the_next_time, ()) {
    const auto schedule = Schedule::parse(any_spec()).value();
    const auto time = any_time();
    const auto next = *schedule.next_after(time);
    const auto between =
        time + Duration((next - time).count() / 1000 * *rc::gen::inRange<std::int64_t>(0, 1000));
    RC_ASSERT(*schedule.next_after(between) == next);
}

RC_GTEST_PROP(ScheduleProperties, its_text_read_again_means_the_same, ()) {
    const auto schedule = Schedule::parse(any_spec()).value();
    const auto again = Schedule::parse(schedule.text()).value();
    const auto time = any_time();
    RC_ASSERT(schedule.next_after(time) == again.next_after(time));
}

// The rule said in another way, minute by minute of the machine's clock.
class MinuteByMinute {
public:
    MinuteByMinute(internal::CronFields fields, const char* zone)
        : fields_(fields), zone_(date::locate_zone(zone)) {}

    [[nodiscard]] sys_seconds next_after(sys_seconds time) const {
        auto at = std::chrono::floor<std::chrono::minutes>(time) + 1min;
        while (!runs_at(at)) {
            at += 1min;
        }
        return at;
    }

private:
    [[nodiscard]] bool runs_at(sys_seconds at) const {
        const auto now = zone_->get_info(at);
        const auto wall = at.time_since_epoch() + now.offset;
        if (at == now.begin) {
            const auto before = zone_->get_info(at - 1s);
            for (auto left_out = at.time_since_epoch() + before.offset; left_out < wall;
                 left_out += 1min) {
                if (shows(left_out)) {
                    return true;
                }
            }
        }
        const auto before = zone_->get_info(now.begin - 1s);
        const bool second_time = at < now.begin + (before.offset - now.offset);
        return !second_time && shows(wall);
    }
    [[nodiscard]] bool shows(std::chrono::seconds wall) const {
        const sys_seconds time(wall);
        const auto day = std::chrono::floor<std::chrono::days>(time);
        const std::chrono::year_month_day date(day);
        const auto minute = static_cast<unsigned>((time - day) / 1min);
        return internal::CronFields::has(fields_.minutes, minute % 60) &&
               internal::CronFields::has(fields_.hours, minute / 60) &&
               internal::CronFields::has(fields_.months, static_cast<unsigned>(date.month())) &&
               fields_.has_day(static_cast<unsigned>(date.day()),
                               std::chrono::weekday(day).c_encoding());
    }

    internal::CronFields fields_;
    const date::time_zone* zone_;
};

// Within two days of a change of the clocks.
RC_GTEST_PROP(ScheduleProperties, agrees_with_a_minute_by_minute_search_around_changes, ()) {
    struct Change {
        const char* zone;
        sys_seconds at;
    };
    static const std::array changes{
        Change{"Europe/Berlin", std::chrono::sys_days(std::chrono::year(2026) / 3 / 29) + 1h},
        Change{"Europe/Berlin", std::chrono::sys_days(std::chrono::year(2026) / 10 / 25) + 1h},
        Change{"America/New_York", std::chrono::sys_days(std::chrono::year(2026) / 3 / 8) + 7h},
        Change{"Australia/Lord_Howe", std::chrono::sys_days(std::chrono::year(2026) / 4 / 4) + 15h},
        Change{"Australia/Lord_Howe",
               std::chrono::sys_days(std::chrono::year(2026) / 10 / 3) + 15h + 30min},
        Change{"Pacific/Apia", std::chrono::sys_days(std::chrono::year(2011) / 12 / 30) + 10h}};
    const auto& change = changes.at(*rc::gen::inRange<std::size_t>(0, changes.size()));
    const std::string minute = field(0, 59);
    const std::string hour = *rc::gen::element<std::string>("*", "0-4", "1,2,3", "2", "1", "3");
    const auto time = change.at + std::chrono::seconds(*rc::gen::inRange(-180'000, 180'000));
    const auto fields = internal::parse_cron_fields(minute, hour, "*", "*", "*").value();
    const auto schedule = Schedule::parse(minute + " " + hour + " * * * " + change.zone).value();
    RC_ASSERT(schedule.next_after(time) ==
              SystemTime(MinuteByMinute(fields, change.zone).next_after(time)));
}

}  // namespace
}  // namespace apilab::work
