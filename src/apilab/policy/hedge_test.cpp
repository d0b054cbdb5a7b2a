#include "apilab/policy/hedge.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace apilab::policy {
namespace {

using std::chrono::milliseconds;

const CallFacts here{.origin = "http://a", .operation = "get"};

TEST(Hedge, says_nothing_until_it_has_seen_enough) {
    HedgePolicy hedge({.latencies_min = 20});
    for (int i = 1; i < 20; ++i) {
        hedge.learn(here, milliseconds(100));
        EXPECT_FALSE(hedge.delay(here));
    }
    hedge.learn(here, milliseconds(100));
    EXPECT_EQ(hedge.delay(here), milliseconds(100));
}

TEST(Hedge, is_the_quantile_of_the_latest_hundred) {
    HedgePolicy hedge({});
    for (int i = 0; i < 500; ++i) {
        hedge.learn(here, std::chrono::seconds(9));
    }
    for (int i = 1; i <= 100; ++i) {
        hedge.learn(here, milliseconds(i));
    }
    EXPECT_EQ(hedge.delay(here), milliseconds(95));
    HedgePolicy median({.quantile = 0.5, .delay_min = milliseconds(0)});
    for (int i = 1; i <= 21; ++i) {
        median.learn(here, milliseconds(i));
    }
    EXPECT_EQ(median.delay(here), milliseconds(11));
}

TEST(Hedge, never_earlier_than_its_floor) {
    HedgePolicy hedge({.latencies_min = 1, .delay_min = milliseconds(10)});
    hedge.learn(here, milliseconds(1));
    EXPECT_EQ(hedge.delay(here), milliseconds(10));
}

TEST(Hedge, a_write_and_a_body_that_is_gone_are_never_sent_twice) {
    HedgePolicy hedge({.latencies_min = 1});
    CallFacts call = here;
    hedge.learn(call, milliseconds(50));
    EXPECT_TRUE(hedge.delay(call));
    call.body_replayable = false;
    EXPECT_FALSE(hedge.delay(call));
    call.body_replayable = true;
    call.effect = http::Effect::write;
    EXPECT_FALSE(hedge.delay(call));
    call.effect = http::Effect::idempotent;
    EXPECT_TRUE(hedge.delay(call));
    call.method = "DELETE";
    EXPECT_FALSE(hedge.delay(call));
}

TEST(Hedge, operations_are_known_apart_and_no_more_than_its_limit) {
    HedgePolicy hedge({.latencies_min = 1, .operations_max = 1});
    hedge.learn(here, milliseconds(50));
    EXPECT_FALSE(hedge.delay({.origin = "http://a", .operation = "list"}));
    hedge.learn({.origin = "http://a", .operation = "list"}, milliseconds(70));
    EXPECT_FALSE(hedge.delay(here));
}

TEST(HedgeOptions, out_of_range_are_refused_by_name) {
    for (const auto& [options, field] :
         {std::pair(HedgeOptions{.quantile = 0.4}, "hedge.quantile"),
          std::pair(HedgeOptions{.latencies_min = 101}, "hedge.latencies_min"),
          std::pair(HedgeOptions{.delay_min = std::chrono::hours(1)}, "hedge.delay_min"),
          std::pair(HedgeOptions{.operations_max = 0}, "hedge.operations_max")}) {
        EXPECT_THAT(options.validate().error().to_string(), testing::HasSubstr(field));
    }
    EXPECT_TRUE(HedgeOptions{}.validate());
}

}  // namespace
}  // namespace apilab::policy
