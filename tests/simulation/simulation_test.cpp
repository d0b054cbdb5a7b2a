#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "chart.hpp"
#include "fleet.hpp"
#include "strategies.hpp"

namespace apilab::simulation {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::AllOf;
using ::testing::Each;
using ::testing::Field;
using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

FleetStory through(const Weather& weather, const client::ClientOptions& client = {}) {
    return run_fleet({.clients = 30, .length = minutes(4), .client = client}, weather);
}

// Five minutes of 60 clients; a day of 200 in ./lab soak fleet.
TEST(Fleet, on_twenty_seeds_every_promise_is_kept_and_every_recovery_is_calm) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        const FleetOptions options{.seed = seed, .clients = 60, .length = minutes(5)};
        const auto story = run_fleet(options, Weather::draw(seed, options.length));
        const auto again = fmt::format(
            "again: fleet_soak --seeds 1 --clients 60 --hours {} --seed {}", 5.0 / 60, seed);
        EXPECT_THAT(story.broken.first(), IsEmpty()) << again;
        EXPECT_THAT(missed_bars(options, story), IsEmpty()) << again;
        EXPECT_EQ(story.calls, 60U * 300U) << again;
        EXPECT_GT(story.answered, story.calls / 2) << again;
    }
}

TEST(Fleet, the_same_seed_is_the_same_day) {
    const auto weather = Weather::draw(3, minutes(4));
    const auto once = through(weather);
    const auto again = through(weather);
    EXPECT_EQ(once.requests_each_second, again.requests_each_second);
    EXPECT_EQ(once.answered, again.answered);
}

// What holds the default to the bars lets the others through to where they miss them.
TEST(Fleet, clients_without_a_budget_and_a_breaker_miss_the_bars) {
    const Weather outage({{Trouble::unavailable, seconds(60), seconds(120)}});
    auto all = strategies();
    const auto last = std::move(all.back());
    all.pop_back();
    for (const auto& strategy : all) {
        const auto story = through(outage, strategy.options);
        EXPECT_THAT(missed_bars({.clients = 30}, story), Not(IsEmpty())) << strategy.name;
        EXPECT_GT(story.recoveries.at(0).requests_per_call, 2) << strategy.name;
    }
    EXPECT_LT(through(outage, last.options).requests,
              through(outage, all.back().options).requests / 2);
}

TEST(Fleet, who_does_not_wait_as_told_is_seen) {
    const Weather limited({{Trouble::limited, seconds(30), seconds(90)}});
    client::ClientOptions hasty;
    hasty.freeze.reset();
    hasty.limiter.reset();
    EXPECT_GT(through(limited, hasty).broken.count(), 0U);
    EXPECT_EQ(through(limited).broken.count(), 0U);
}

TEST(Weather, troubles_come_in_order_and_end_before_the_last_minute) {
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        const auto weather = Weather::draw(seed, std::chrono::hours(24));
        Duration last{};
        for (const auto& spell : weather.spells()) {
            EXPECT_GE(spell.from - last, minutes(3));
            EXPECT_GE(spell.until - spell.from, seconds(20));
            EXPECT_EQ(weather.at(spell.from), spell.trouble);
            EXPECT_EQ(weather.at(spell.until), Trouble::none);
            last = spell.until;
        }
        EXPECT_LE(last, std::chrono::hours(24) - seconds(90));
        EXPECT_GE(weather.spells().size(), 20U);
    }
}

TEST(Chart, has_a_curve_for_each_and_shades_the_outage) {
    const Weather outage({{Trouble::refused, seconds(1), seconds(2)}});
    const auto svg = chart_svg("Title", {{"one", {1, 2, 3}}, {"two", {3, 2, 1}}}, outage, 2);
    EXPECT_THAT(svg, HasSubstr(">one</text>"));
    EXPECT_THAT(svg, HasSubstr(">two</text>"));
    EXPECT_THAT(svg, HasSubstr("peak 3 requests/s"));
    EXPECT_THAT(svg, HasSubstr("class='outage'"));
}

}  // namespace
}  // namespace apilab::simulation
