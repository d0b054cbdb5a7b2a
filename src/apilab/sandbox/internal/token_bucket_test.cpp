#include "apilab/sandbox/internal/token_bucket.hpp"

#include <gtest/gtest.h>

namespace apilab::sandbox::internal {
namespace {

using namespace std::chrono_literals;

TEST(TokenBucket, gives_what_it_holds_and_then_says_how_long_it_takes) {
    TokenBucket bucket(2, 4);
    const SteadyTime start{};
    EXPECT_EQ(bucket.take(start), 0ns);
    EXPECT_EQ(bucket.take(start), 0ns);
    EXPECT_EQ(bucket.take(start), 250ms);
    EXPECT_EQ(bucket.take(start + 250ms), 0ns);
    EXPECT_EQ(bucket.take(start + 250ms, 2), 500ms);
}

TEST(TokenBucket, never_holds_more_than_its_capacity) {
    TokenBucket bucket(2, 4);
    const SteadyTime later = SteadyTime{} + 1h;
    EXPECT_EQ(bucket.take(later, 2), 0ns);
    EXPECT_GT(bucket.take(later), 0ns);
}

TEST(TokenBucket, waits_are_told_in_whole_seconds_and_at_least_one) {
    EXPECT_EQ(retry_after_seconds(1ms), 1);
    EXPECT_EQ(retry_after_seconds(1001ms), 2);
}

}  // namespace
}  // namespace apilab::sandbox::internal
