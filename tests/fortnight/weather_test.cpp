#include "weather.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <set>

namespace apilab::fortnight {
namespace {

using namespace std::chrono_literals;

TEST(Weather, has_an_hour_of_each_trouble_and_a_long_outage_that_stripe_outlasts) {
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        const auto spells = plan_weather(seed, 14 * 24h);
        std::set<Trouble> hours;
        Duration longest{};
        Duration at{};
        for (const Spell& spell : spells) {
            EXPECT_GE(spell.from, at + 2h) << "hours of peace between them";
            at = spell.until;
            const Duration lasts = spell.until - spell.from;
            longest = std::max(longest, lasts);
            if (lasts == 1h) {
                hours.insert(spell.trouble);
            }
        }
        EXPECT_EQ(hours.size(), 6U);
        EXPECT_GE(longest, 20h);
        EXPECT_LE(longest, 40h);
        EXPECT_LE(at, 14 * 24h - 2h);
        EXPECT_GE(spells.size(), 20U);
    }
}

}  // namespace
}  // namespace apilab::fortnight
