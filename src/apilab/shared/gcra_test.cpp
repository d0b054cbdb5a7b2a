#include "apilab/shared/gcra.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "apilab/base/rng.hpp"

namespace apilab::shared {
namespace {

using namespace std::chrono_literals;

constexpr SteadyTime start{1h};
constexpr policy::Quota quota{.permits = 10, .window = 1s, .burst = 3};

using Taken = Gcra::Taken;

TEST(Gcra, a_burst_at_once_and_then_one_after_the_other) {
    Gcra budget;
    EXPECT_EQ(budget.take(quota, 5, 0s, start), (Taken{.permits = 3}));
    EXPECT_EQ(budget.take(quota, 5, 0s, start), (Taken{.permits = 0, .wait = 100ms}));
    EXPECT_EQ(budget.take(quota, 5, 0s, start + 99ms), (Taken{.permits = 0, .wait = 1ms}));
    EXPECT_EQ(budget.take(quota, 5, 0s, start + 100ms), (Taken{.permits = 1}));
    EXPECT_EQ(budget.take(quota, 5, 0s, start + 10s), (Taken{.permits = 3}))
        << "no more is saved up than the burst";
}

TEST(Gcra, who_has_patience_takes_the_next_place_and_the_one_after_him_the_next_but_one) {
    Gcra budget;
    (void)budget.take(quota, 3, 0s, start);
    EXPECT_EQ(budget.take(quota, 5, 250ms, start), (Taken{.permits = 1, .wait = 100ms}));
    EXPECT_EQ(budget.take(quota, 5, 250ms, start), (Taken{.permits = 1, .wait = 200ms}));
    EXPECT_EQ(budget.take(quota, 5, 250ms, start), (Taken{.permits = 0, .wait = 300ms}));
}

TEST(Gcra, a_hold_gives_nothing_until_it_is_over) {
    Gcra budget;
    budget.hold(start + 2s);
    budget.hold(start + 1s);
    EXPECT_EQ(budget.take(quota, 1, 1h, start), (Taken{.permits = 0, .wait = 2s}));
    EXPECT_EQ(budget.take(quota, 1, 0s, start + 2s), (Taken{.permits = 1}));
}

TEST(Gcra, in_no_window_is_there_more_than_the_quota_and_one_burst) {
    SeededRng rng(7);
    Gcra budget;
    std::vector<SteadyTime> given;
    SteadyTime now = start;
    for (int i = 0; i < 2'000; ++i) {
        now += std::chrono::milliseconds(rng.between(0, 120));
        const int want = static_cast<int>(rng.between(1, 5));
        const auto taken =
            budget.take(quota, want, std::chrono::milliseconds(rng.between(0, 300)), now);
        given.insert(given.end(), static_cast<std::size_t>(taken.permits), now + taken.wait);
    }
    std::ranges::sort(given);
    for (std::size_t i = 0; i + 13 < given.size(); ++i) {
        ASSERT_GE(given[i + 13] - given[i], Duration(1s))
            << "14 within a second: quota and burst are 13";
    }
    EXPECT_GT(given.size(), 500U);
}

TEST(Gcra, where_there_is_no_quota_everything_is_given) {
    Gcra budget;
    EXPECT_EQ(budget.take({}, 7, 0s, start), (Taken{.permits = 7}));
}

}  // namespace
}  // namespace apilab::shared
