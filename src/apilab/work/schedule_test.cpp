#include "apilab/work/schedule.hpp"

#include <date/date.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

namespace apilab::work {
namespace {

using namespace std::chrono_literals;

SystemTime at(const std::string& text) {
    std::istringstream in(text);
    std::chrono::sys_seconds time;
    in >> date::parse("%FT%TZ", time);
    EXPECT_FALSE(in.fail()) << text;
    return time;
}

std::string shown(std::optional<SystemTime> time) {
    return time ? date::format("%FT%TZ", std::chrono::floor<std::chrono::seconds>(*time)) : "never";
}

Schedule schedule(const std::string& text) {
    auto parsed = Schedule::parse(text);
    EXPECT_TRUE(parsed) << text << ": " << parsed.error().to_string();
    return *parsed;
}

// The next so many times, as one line.
std::string times(const std::string& text, const std::string& after, int count) {
    const auto parsed = schedule(text);
    std::string line;
    auto time = at(after);
    for (int i = 0; i < count; ++i) {
        const auto next = parsed.next_after(time);
        line += (i == 0 ? "" : " ") + shown(next);
        if (!next) {
            break;
        }
        time = *next;
    }
    return line;
}

struct Row {
    std::string name;
    std::string spec;
    std::string after;
    std::string next;
};

void PrintTo(const Row& row, std::ostream* out) {
    *out << row.spec << " after " << row.after;
}

class ScheduleRow : public testing::TestWithParam<Row> {};

TEST_P(ScheduleRow, comes_when_it_says) {
    const Row& row = GetParam();
    EXPECT_EQ(times(row.spec, row.after, 1 + static_cast<int>(std::ranges::count(row.next, ' '))),
              row.next);
}

const std::vector<Row> plain{
    {"every_counts_from_the_epoch", "every 15m", "2026-01-01T00:07:00Z",
     "2026-01-01T00:15:00Z 2026-01-01T00:30:00Z"},
    {"every_is_later_than_its_own_time", "every 15m", "2026-01-01T00:15:00Z",
     "2026-01-01T00:30:00Z"},
    {"every_day", "every 1d", "2026-01-01T00:00:01Z", "2026-01-02T00:00:00Z"},
    {"every_before_the_epoch", "every 1h", "1960-01-01T00:00:00Z", "1970-01-01T00:00:00Z"},
    {"a_minute", "* * * * *", "2026-01-01T00:00:59Z", "2026-01-01T00:01:00Z 2026-01-01T00:02:00Z"},
    {"its_own_time_is_over", "30 7 * * *", "2026-01-01T07:30:00Z", "2026-01-02T07:30:00Z"},
    {"the_second_before", "30 7 * * *", "2026-01-01T07:29:59Z", "2026-01-01T07:30:00Z"},
    {"lists", "0 8,20 * * *", "2026-01-01T09:00:00Z", "2026-01-01T20:00:00Z 2026-01-02T08:00:00Z"},
    {"ranges_with_steps", "0-30/10 9-17/8 * * *", "2026-01-01T09:15:00Z",
     "2026-01-01T09:20:00Z 2026-01-01T09:30:00Z 2026-01-01T17:00:00Z"},
    {"a_step_over_all", "*/20 * * * *", "2026-01-01T23:40:00Z",
     "2026-01-02T00:00:00Z 2026-01-02T00:20:00Z"},
    {"names_of_days", "0 7 * * mon-fri", "2026-01-02T07:00:00Z", "2026-01-05T07:00:00Z"},
    {"names_in_any_case", "0 7 * JAN Sun", "2026-01-01T00:00:00Z", "2026-01-04T07:00:00Z"},
    {"sunday_is_seven_as_well", "0 0 * * 7", "2026-01-01T00:00:00Z", "2026-01-04T00:00:00Z"},
    {"a_weekend_ends_on_sunday", "0 0 * * sat-sun", "2026-01-01T00:00:00Z",
     "2026-01-03T00:00:00Z 2026-01-04T00:00:00Z 2026-01-10T00:00:00Z"},
    {"months", "0 0 1 mar,jun *", "2026-01-01T00:00:00Z",
     "2026-03-01T00:00:00Z 2026-06-01T00:00:00Z 2027-03-01T00:00:00Z"},
    {"either_day_is_enough", "0 0 13 * fri", "2026-02-01T00:00:00Z",
     "2026-02-06T00:00:00Z 2026-02-13T00:00:00Z 2026-02-20T00:00:00Z"},
    {"one_free_day_does_not_count", "0 0 13 * *", "2026-02-01T00:00:00Z", "2026-02-13T00:00:00Z"},
    {"short_months_are_left_out", "0 0 31 * *", "2026-01-31T00:00:00Z",
     "2026-03-31T00:00:00Z 2026-05-31T00:00:00Z"},
    {"the_29th_of_february", "0 0 29 2 *", "2026-01-01T00:00:00Z",
     "2028-02-29T00:00:00Z 2032-02-29T00:00:00Z"},
    {"a_century_without_one", "59 23 29 2 *", "2096-02-29T23:59:00Z", "2104-02-29T23:59:00Z"},
    {"the_end_of_times", "0 0 1 1 *", "2198-12-31T00:00:00Z", "2199-01-01T00:00:00Z never"},
    {"beyond_the_end_of_times", "every 1d", "2250-01-01T00:00:00Z", "never"},
};
INSTANTIATE_TEST_SUITE_P(Plain, ScheduleRow, testing::ValuesIn(plain),
                         [](const auto& row) { return row.param.name; });

// Berlin: 29 March 2026, 02:00 is 03:00 (01:00Z); 25 October 2026, 03:00 is 02:00 (01:00Z).
const std::vector<Row> zoned{
    {"a_wall_clock_in_winter_and_summer", "0 7 * * mon Europe/Berlin", "2026-03-20T00:00:00Z",
     "2026-03-23T06:00:00Z 2026-03-30T05:00:00Z"},
    {"the_day_is_that_of_the_zone", "0 1 1 * * Asia/Tokyo", "2026-05-20T00:00:00Z",
     "2026-05-31T16:00:00Z"},
    {"a_gap_runs_at_its_end", "30 2 * * * Europe/Berlin", "2026-03-28T12:00:00Z",
     "2026-03-29T01:00:00Z 2026-03-30T00:30:00Z"},
    {"a_gap_runs_once", "0,15,30 2 * * * Europe/Berlin", "2026-03-28T12:00:00Z",
     "2026-03-29T01:00:00Z 2026-03-30T00:00:00Z"},
    {"a_gap_and_what_comes_at_its_end_are_one", "30 2,3 * * * Europe/Berlin",
     "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z 2026-03-29T01:30:00Z"},
    {"the_end_of_a_gap_itself", "0 2,3 * * * Europe/Berlin", "2026-03-28T12:00:00Z",
     "2026-03-29T01:00:00Z 2026-03-30T00:00:00Z"},
    {"what_exists_twice_runs_the_first_time", "30 2 * * * Europe/Berlin", "2026-10-24T12:00:00Z",
     "2026-10-25T00:30:00Z 2026-10-26T01:30:00Z"},
    {"between_the_two_it_is_over", "30 2 * * * Europe/Berlin", "2026-10-25T00:45:00Z",
     "2026-10-26T01:30:00Z"},
    {"in_the_second_hour_it_is_over", "30 2 * * * Europe/Berlin", "2026-10-25T01:10:00Z",
     "2026-10-26T01:30:00Z"},
    {"after_the_doubled_hour_it_goes_on", "0 * * * * Europe/Berlin", "2026-10-24T23:00:00Z",
     "2026-10-25T00:00:00Z 2026-10-25T02:00:00Z"},
    {"half_an_hour_on_lord_howe", "15 2 * * * Australia/Lord_Howe", "2026-10-03T00:00:00Z",
     "2026-10-03T15:30:00Z 2026-10-04T15:15:00Z"},
    {"a_day_that_samoa_left_out", "0 12 30 12 * Pacific/Apia", "2011-12-29T12:00:00Z",
     "2011-12-30T10:00:00Z 2012-12-29T22:00:00Z"},
    {"new_york", "30 2 8 3 * America/New_York", "2026-03-01T00:00:00Z",
     "2026-03-08T07:00:00Z 2027-03-08T07:30:00Z"},
    {"utc_by_name", "0 0 * * * UTC", "2026-01-01T12:00:00Z", "2026-01-02T00:00:00Z"},
};
INSTANTIATE_TEST_SUITE_P(Zoned, ScheduleRow, testing::ValuesIn(zoned),
                         [](const auto& row) { return row.param.name; });

TEST(Schedule, a_year_of_a_daily_task_has_every_day_once_over_both_changes) {
    const auto daily = schedule("30 2 * * * Europe/Berlin");
    auto time = at("2025-12-31T12:00:00Z");
    int runs = 0;
    for (;; ++runs) {
        time = daily.next_after(time).value();
        if (time >= at("2026-12-31T12:00:00Z")) {
            break;
        }
    }
    EXPECT_EQ(runs, 365);
}

TEST(Schedule, keeps_its_text_with_single_spaces) {
    EXPECT_EQ(schedule("  0  7 * * 1   Europe/Berlin ").text(), "0 7 * * 1 Europe/Berlin");
    EXPECT_EQ(schedule("every 15m").text(), "every 15m");
}

struct BadRow {
    std::string spec;
    std::string field;
    std::string says;
};

class BadSchedule : public testing::TestWithParam<BadRow> {};

TEST_P(BadSchedule, names_the_field_and_what_would_be_right) {
    const auto parsed = Schedule::parse(GetParam().spec);
    ASSERT_FALSE(parsed) << GetParam().spec;
    EXPECT_EQ(parsed.error().kind(), ErrorKind::invalid_argument);
    EXPECT_EQ(parsed.error().detail(), GetParam().field) << GetParam().spec;
    EXPECT_THAT(parsed.error().message(), testing::HasSubstr(GetParam().says));
}

INSTANTIATE_TEST_SUITE_P(
    Rows, BadSchedule,
    testing::Values(
        BadRow{"", "schedule", "every 15m"}, BadRow{"* * * *", "schedule", "five fields"},
        BadRow{"* * * * * Europe/Berlin x", "schedule", "five fields"},
        BadRow{"@daily", "schedule", "five fields"}, BadRow{"every", "schedule", "every 15m"},
        BadRow{"every 15", "interval", "every 15m"}, BadRow{"every 0s", "interval", "1 s to 31"},
        BadRow{"every 500ms", "interval", "1 s to 31"},
        BadRow{"every 1500ms", "interval", "whole seconds"},
        BadRow{"every 32d", "interval", "31 days"}, BadRow{"60 * * * *", "minute", "0 to 59"},
        BadRow{"-1 * * * *", "minute", "0 to 59"}, BadRow{"1, * * * *", "minute", "0 to 59"},
        BadRow{"+5 * * * *", "minute", "0 to 59"}, BadRow{"0005 * * * *", "minute", "0 to 59"},
        BadRow{"5/15 * * * *", "minute", "write 5-59/15"},
        BadRow{"*/0 * * * *", "minute", "1 to 59"}, BadRow{"*/90 * * * *", "minute", "1 to 59"},
        BadRow{"*/ * * * *", "minute", "1 to 59"}, BadRow{"0 24 * * *", "hour", "0 to 23"},
        BadRow{"0 17-9 * * *", "hour", "backwards"}, BadRow{"0 0 0 * *", "day of month", "1 to 31"},
        BadRow{"0 0 L * *", "day of month", "1 to 31"},
        BadRow{"0 0 30 2 *", "day of month", "never comes"},
        BadRow{"0 0 31 apr,jun *", "day of month", "never comes"},
        BadRow{"0 0 * 13 *", "month", "jan to dec"}, BadRow{"0 0 * foo *", "month", "jan to dec"},
        BadRow{"0 0 * * 8", "day of week", "sun to sat"},
        BadRow{"0 0 * * fri-mon", "day of week", "backwards"},
        BadRow{"0 0 * * * Europe/Bonn", "time zone", "Europe/Berlin"},
        BadRow{"0 0 * * * ../../etc/passwd", "time zone", "Europe/Berlin"},
        BadRow{"0 0 * * * /etc/localtime", "time zone", "Europe/Berlin"},
        BadRow{"0\t0 * * *", "schedule", "printable"},
        BadRow{std::string(256, '*'), "schedule", "at most 255"}));

TEST(Schedule, a_30th_of_february_is_fine_where_a_weekday_is_enough) {
    EXPECT_EQ(times("0 0 30 2 mon", "2026-01-30T00:00:00Z", 1), "2026-02-02T00:00:00Z");
}

}  // namespace
}  // namespace apilab::work
