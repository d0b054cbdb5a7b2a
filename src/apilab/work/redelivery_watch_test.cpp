#include "apilab/work/redelivery_watch.hpp"

#include <gtest/gtest.h>

namespace apilab::work {
namespace {

using namespace std::chrono_literals;
using State = RedeliveryWatch::State;

const SystemTime start{1'700'000'000s};

TEST(RedeliveryWatch, raises_the_alarm_a_day_before_github_forgets) {
    RedeliveryWatch watch;
    EXPECT_EQ(watch.state(start), State::fine);
    watch.refused("a", start);
    EXPECT_EQ(watch.state(start), State::missing);
    EXPECT_EQ(watch.state(start + 48h - 1s), State::missing);
    EXPECT_EQ(watch.state(start + 48h), State::alarm);
    EXPECT_EQ(watch.state(start + 72h - 1s), State::alarm);
    EXPECT_EQ(watch.state(start + 72h), State::lost);
}

TEST(RedeliveryWatch, the_oldest_counts_and_what_arrived_does_not) {
    RedeliveryWatch watch;
    watch.refused("a", start);
    watch.refused("b", start + 40h);
    watch.refused("a", start + 47h);
    EXPECT_EQ(watch.state(start + 48h), State::alarm) << "a counts from the first time";
    watch.stored("a");
    watch.stored("somebody else's");
    EXPECT_EQ(watch.oldest(), start + 40h);
    EXPECT_EQ(watch.state(start + 48h), State::missing);
    watch.stored("b");
    EXPECT_EQ(watch.state(start + 480h), State::fine);
}

TEST(RedeliveryWatch, a_look_at_the_senders_list_ends_what_came_before) {
    RedeliveryWatch watch;
    watch.refused("a", start);
    watch.refused("b", start + 2h);
    watch.checked_until(start + 1h);
    EXPECT_EQ(watch.missing(), 1);
    EXPECT_EQ(watch.oldest(), start + 2h);
    watch.checked_until(start + 3h);
    EXPECT_EQ(watch.state(start + 480h), State::fine);
}

TEST(RedeliveryWatch, beyond_its_room_it_still_knows_how_old_the_oldest_is) {
    RedeliveryWatch watch({.ids_max = 1});
    watch.refused("a", start);
    watch.refused("b", start + 1h);
    watch.refused("c", start + 2h);
    watch.stored("a");
    watch.stored("b");
    EXPECT_EQ(watch.missing(), 0);
    EXPECT_EQ(watch.oldest(), start + 1h) << "nobody knows which these were";
    watch.checked_until(start + 90min);
    EXPECT_EQ(watch.oldest(), start + 90min);
    watch.checked_until(start + 3h);
    EXPECT_EQ(watch.oldest(), std::nullopt);
}

TEST(RedeliveryWatch, options_out_of_range_are_named) {
    EXPECT_TRUE(RedeliveryWatchOptions{}.validate());
    EXPECT_EQ(RedeliveryWatchOptions{.horizon = 1min}.validate().error().detail(), "horizon");
    EXPECT_EQ(RedeliveryWatchOptions{.margin = 73h}.validate().error().detail(), "margin");
    EXPECT_EQ(RedeliveryWatchOptions{.ids_max = 0}.validate().error().detail(), "ids_max");
}

}  // namespace
}  // namespace apilab::work
