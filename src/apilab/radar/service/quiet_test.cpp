#include <gtest/gtest.h>

#include <chrono>
#include <string_view>

#include "apilab/base/rng.hpp"
#include "apilab/radar/internal/test_plan.hpp"
#include "apilab/radar/service/plan.hpp"

namespace apilab::radar {
namespace {

using namespace std::chrono_literals;
using testing::at;

const QuietHours night{.from = 22h, .to = 7h, .zone = "Europe/Berlin"};

TEST(Quiet, hours_over_midnight_end_in_the_morning) {
    EXPECT_EQ(quiet_until(night, at("2026-11-23T20:59:59Z")), std::nullopt);
    EXPECT_EQ(quiet_until(night, at("2026-11-23T21:00:00Z")), at("2026-11-24T06:00:00Z"));
    EXPECT_EQ(quiet_until(night, at("2026-11-23T23:30:00Z")), at("2026-11-24T06:00:00Z"));
    EXPECT_EQ(quiet_until(night, at("2026-11-24T05:59:59Z")), at("2026-11-24T06:00:00Z"));
    EXPECT_EQ(quiet_until(night, at("2026-11-24T06:00:00Z")), std::nullopt);
    // The last instant of them.
    EXPECT_EQ(quiet_until(night, at("2026-11-24T06:00:00Z") - 1ns), at("2026-11-24T06:00:00Z"));
}

TEST(Quiet, hours_within_a_day_end_on_it) {
    const QuietHours lunch{.from = 12h, .to = 13h + 30min, .zone = "UTC"};
    EXPECT_EQ(quiet_until(lunch, at("2026-11-23T11:59:59Z")), std::nullopt);
    EXPECT_EQ(quiet_until(lunch, at("2026-11-23T12:00:00Z")), at("2026-11-23T13:30:00Z"));
    EXPECT_EQ(quiet_until(lunch, at("2026-11-23T13:30:00Z")), std::nullopt);
}

TEST(Quiet, hours_that_begin_when_they_end_are_none) {
    for (const auto time : {0h, 7h, 23h}) {
        EXPECT_EQ(quiet_until({.from = time, .to = time}, at("2026-11-23T07:00:00Z")),
                  std::nullopt);
    }
}

TEST(Quiet, hours_have_the_zone_s_summer_time) {
    EXPECT_EQ(quiet_until(night, at("2026-07-01T20:30:00Z")), at("2026-07-02T05:00:00Z"));
    EXPECT_EQ(quiet_until(night, at("2026-07-01T05:30:00Z")), std::nullopt);
    // The night in which it begins (29 March) and the one in which it ends (25 October 2026).
    EXPECT_EQ(quiet_until(night, at("2026-03-28T21:00:00Z")), at("2026-03-29T05:00:00Z"));
    EXPECT_EQ(quiet_until(night, at("2026-10-24T20:00:00Z")), at("2026-10-25T06:00:00Z"));
}

TEST(Quiet, hours_whose_end_the_clock_jumps_over_end_with_the_jump) {
    const QuietHours early{.from = 22h, .to = 2h + 30min, .zone = "Europe/Berlin"};
    EXPECT_EQ(quiet_until(early, at("2026-03-29T00:50:00Z")), at("2026-03-29T01:00:00Z"));
    EXPECT_EQ(quiet_until(early, at("2026-03-29T01:00:00Z")), std::nullopt);
}

TEST(Quiet, hours_whose_end_comes_twice_end_twice) {
    const QuietHours early{.from = 22h, .to = 2h + 30min, .zone = "Europe/Berlin"};
    EXPECT_EQ(quiet_until(early, at("2026-10-25T00:10:00Z")), at("2026-10-25T00:30:00Z"));
    EXPECT_EQ(quiet_until(early, at("2026-10-25T00:40:00Z")), std::nullopt);
    EXPECT_EQ(quiet_until(early, at("2026-10-25T01:10:00Z")), at("2026-10-25T01:30:00Z"));
}

TEST(Quiet, hours_of_a_zone_that_is_unknown_are_those_of_utc) {
    EXPECT_EQ(quiet_until({.from = 1h, .to = 2h, .zone = "Moon/Tycho"}, at("2026-11-23T01:30:00Z")),
              at("2026-11-23T02:00:00Z"));
}

TEST(Quiet, hours_end_later_and_are_over_then_whatever_the_zone) {
    SeededRng rng(11);
    const auto begin = at("2026-01-01T00:00:00Z");
    for (int i = 0; i < 20'000; ++i) {
        static constexpr std::string_view zones[] = {"Europe/Berlin", "America/New_York",
                                                     "Asia/Kathmandu", "Australia/Lord_Howe"};
        const QuietHours quiet{.from = std::chrono::minutes(rng.between(0, 1439)),
                               .to = std::chrono::minutes(rng.between(0, 1439)),
                               .zone = std::string(zones[rng.between(0, 3)])};
        const auto now = begin + std::chrono::seconds(rng.between(0, 366 * 86'400));
        const auto end = quiet_until(quiet, now);
        if (!end) {
            continue;
        }
        ASSERT_GT(*end, now);
        ASSERT_LE(*end, now + 25h);
        ASSERT_EQ(quiet_until(quiet, *end), std::nullopt)
            << quiet.zone << ' ' << quiet.from.count() << ' ' << quiet.to.count() << ' '
            << http::format_iso_time(now);
        ASSERT_NE(quiet_until(quiet, *end - 1ns), std::nullopt);
    }
}

}  // namespace
}  // namespace apilab::radar
