#include "apilab/policy/backoff.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace apilab::policy {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Backoff, exponential_doubles_up_to_the_cap) {
    BackoffPolicy backoff(
        {.kind = BackoffKind::exponential, .base = milliseconds(50), .cap = seconds(1)});
    SeededRng rng(1);
    std::vector<Duration> delays;
    delays.reserve(7);
    for (int retry = 0; retry < 7; ++retry) {
        delays.push_back(backoff.delay(retry, rng));
    }
    EXPECT_THAT(delays,
                testing::ElementsAre(milliseconds(50), milliseconds(100), milliseconds(200),
                                     milliseconds(400), milliseconds(800), seconds(1), seconds(1)));
}

TEST(Backoff, no_number_of_retries_overflows) {
    BackoffPolicy backoff(
        {.kind = BackoffKind::exponential, .base = milliseconds(1), .cap = hours(1)});
    SeededRng rng(1);
    EXPECT_EQ(backoff.delay(1'000'000, rng), hours(1));
}

TEST(Backoff, full_jitter_spreads_over_the_whole_interval) {
    SeededRng rng(7);
    int low = 0;
    int high = 0;
    for (int i = 0; i < 1000; ++i) {
        BackoffPolicy backoff({.base = milliseconds(100), .cap = seconds(20)});
        const auto delay = backoff.delay(2, rng);
        ASSERT_GE(delay, Duration::zero());
        ASSERT_LE(delay, milliseconds(400));
        low += delay < milliseconds(100) ? 1 : 0;
        high += delay > milliseconds(300) ? 1 : 0;
    }
    EXPECT_GT(low, 150);  // a quarter each is expected
    EXPECT_GT(high, 150);
}

TEST(Backoff, equal_jitter_keeps_half) {
    SeededRng rng(7);
    for (int i = 0; i < 1000; ++i) {
        BackoffPolicy backoff(
            {.kind = BackoffKind::equal_jitter, .base = milliseconds(100), .cap = seconds(20)});
        const auto delay = backoff.delay(1, rng);
        ASSERT_GE(delay, milliseconds(100));
        ASSERT_LE(delay, milliseconds(200));
    }
}

TEST(Backoff, decorrelated_jitter_stays_between_base_and_three_times_the_last) {
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        SeededRng rng(seed);
        BackoffPolicy backoff({.kind = BackoffKind::decorrelated_jitter,
                               .base = milliseconds(50),
                               .cap = seconds(2)});
        Duration previous = milliseconds(50);
        for (int retry = 0; retry < 20; ++retry) {
            const auto delay = backoff.delay(retry, rng);
            ASSERT_GE(delay, milliseconds(50)) << "seed " << seed;
            ASSERT_LE(delay, std::min<Duration>(previous * 3, seconds(2))) << "seed " << seed;
            previous = delay;
        }
    }
}

TEST(Backoff, every_kind_is_capped_on_every_seed) {
    for (const auto kind :
         {BackoffKind::full_jitter, BackoffKind::equal_jitter, BackoffKind::decorrelated_jitter,
          BackoffKind::exponential, BackoffKind::constant}) {
        for (std::uint64_t seed = 0; seed < 100; ++seed) {
            SeededRng rng(seed);
            BackoffPolicy backoff(
                {.kind = kind, .base = milliseconds(70), .cap = milliseconds(900)});
            for (int retry = 0; retry < 64; ++retry) {
                ASSERT_LE(backoff.delay(retry, rng), milliseconds(900));
            }
        }
    }
}

TEST(Backoff, options_out_of_range_are_refused_by_name) {
    const auto base = BackoffOptions{.base = Duration(0)}.validate();
    ASSERT_FALSE(base);
    EXPECT_THAT(base.error().message(), testing::HasSubstr("backoff.base"));
    EXPECT_FALSE(BackoffOptions({.base = seconds(30), .cap = seconds(20)}).validate());
    const auto cap = BackoffOptions{.cap = hours(2)}.validate();
    ASSERT_FALSE(cap);
    EXPECT_THAT(cap.error().message(), testing::HasSubstr("backoff.cap"));
    EXPECT_TRUE(BackoffOptions{}.validate());
}

}  // namespace
}  // namespace apilab::policy
