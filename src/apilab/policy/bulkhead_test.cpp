#include "apilab/policy/bulkhead.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace apilab::policy {
namespace {

const SteadyTime now{std::chrono::hours(5)};
const CallFacts here{.origin = "http://a"};

bool goes(Bulkhead& bulkhead, Slot& slot, const CallFacts& call = here) {
    return std::holds_alternative<Proceed>(bulkhead.before(call, slot, now));
}

TEST(Bulkhead, so_many_go_and_the_next_waits_its_turn) {
    Bulkhead bulkhead({.concurrent = 2});
    Slot first = 0;
    Slot second = 0;
    Slot third = 0;
    Slot fourth = 0;
    EXPECT_TRUE(goes(bulkhead, first));
    EXPECT_TRUE(goes(bulkhead, second));
    EXPECT_FALSE(goes(bulkhead, third));
    EXPECT_FALSE(goes(bulkhead, fourth));
    EXPECT_FALSE(bulkhead.next_turn());
    bulkhead.after(here, first, {.status = 200, .at = now});
    EXPECT_EQ(bulkhead.next_turn(), third);
    EXPECT_FALSE(bulkhead.next_turn());
    EXPECT_FALSE(goes(bulkhead, fourth)) << "it is the third's";
    EXPECT_TRUE(goes(bulkhead, third));
    EXPECT_TRUE(goes(bulkhead, third)) << "asked again after another wait";
    EXPECT_EQ(bulkhead.under_way("http://a"), 2U);
    EXPECT_EQ(bulkhead.waiting("http://a"), 1U);
}

TEST(Bulkhead, nobody_who_comes_later_is_faster) {
    Bulkhead bulkhead({.concurrent = 1});
    Slot first = 0;
    Slot second = 0;
    ASSERT_TRUE(goes(bulkhead, first));
    ASSERT_FALSE(goes(bulkhead, second));
    bulkhead.after(here, first, {.status = 200, .at = now});
    Slot late = 0;
    EXPECT_FALSE(goes(bulkhead, late)) << "the permit was the second's at once";
    EXPECT_TRUE(goes(bulkhead, second));
}

TEST(Bulkhead, other_origins_go_on) {
    Bulkhead bulkhead({.concurrent = 1});
    Slot first = 0;
    Slot other = 0;
    ASSERT_TRUE(goes(bulkhead, first));
    EXPECT_TRUE(goes(bulkhead, other, {.origin = "http://b"}));
}

TEST(Bulkhead, a_full_queue_fails_at_once) {
    Bulkhead bulkhead({.concurrent = 1, .waiting_max = 1});
    Slot first = 0;
    Slot second = 0;
    Slot third = 0;
    ASSERT_TRUE(goes(bulkhead, first));
    ASSERT_FALSE(goes(bulkhead, second));
    auto action = bulkhead.before(here, third, now);
    ASSERT_TRUE(std::holds_alternative<Refuse>(action));
    const Error& error = std::get<Refuse>(action).error;
    EXPECT_EQ(error.kind(), ErrorKind::overloaded);
    EXPECT_EQ(error.outcome(), Outcome::not_sent);
    EXPECT_EQ(error.ending(), Ending::overload);
}

TEST(Bulkhead, who_is_cancelled_gives_back_a_permit_a_turn_or_a_place) {
    Bulkhead bulkhead({.concurrent = 1});
    Slot first = 0;
    Slot second = 0;
    Slot third = 0;
    Slot fourth = 0;
    ASSERT_TRUE(goes(bulkhead, first));
    ASSERT_FALSE(goes(bulkhead, second));
    ASSERT_FALSE(goes(bulkhead, third));
    ASSERT_FALSE(goes(bulkhead, fourth));
    bulkhead.withdraw(here, third, now);   // a place
    bulkhead.withdraw(here, first, now);   // the permit: now the second's turn
    bulkhead.withdraw(here, second, now);  // which it never takes
    EXPECT_EQ(bulkhead.next_turn(), fourth);
    EXPECT_FALSE(bulkhead.next_turn());
    EXPECT_TRUE(goes(bulkhead, fourth));
    bulkhead.withdraw(here, fourth, now);
    EXPECT_EQ(bulkhead.under_way("http://a"), 0U);
}

// Whatever comes, goes and is cancelled in whatever order: never more than the limit, nobody is
// passed by, and in the end nothing is held.
RC_GTEST_PROP(Bulkhead, never_lets_more_through_and_loses_nobody, ()) {
    const auto limit = *rc::gen::inRange<std::size_t>(1, 4);
    Bulkhead bulkhead({.concurrent = limit});
    std::deque<Slot> waiting;
    std::vector<Slot> inside;
    const auto steps = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 3));
    for (const int step : steps) {
        if (step == 0) {
            Slot slot = 0;
            goes(bulkhead, slot) ? inside.push_back(slot) : waiting.push_back(slot);
        } else if (step == 1 && !inside.empty()) {
            bulkhead.after(here, inside.back(), {.status = 200, .at = now});
            inside.pop_back();
        } else if (step == 2 && !waiting.empty()) {
            bulkhead.withdraw(here, waiting.back(), now);
            waiting.pop_back();
        }
        while (const auto turn = bulkhead.next_turn()) {
            RC_ASSERT(turn == waiting.front());
            Slot slot = waiting.front();
            waiting.pop_front();
            RC_ASSERT(goes(bulkhead, slot));
            inside.push_back(slot);
        }
        RC_ASSERT(inside.size() <= limit);
        RC_ASSERT(waiting.empty() || inside.size() == limit);
    }
    for (const Slot slot : inside) {
        bulkhead.after(here, slot, {.status = 200, .at = now});
    }
    while (const auto turn = bulkhead.next_turn()) {
        bulkhead.withdraw(here, *turn, now);
    }
    RC_ASSERT(bulkhead.under_way("http://a") == 0U);
}

TEST(BulkheadOptions, out_of_range_are_refused_by_name) {
    EXPECT_THAT(BulkheadOptions{.concurrent = 0}.validate().error().to_string(),
                testing::HasSubstr("bulkhead.concurrent is 0"));
    EXPECT_THAT(BulkheadOptions{.waiting_max = 2'000'000}.validate().error().to_string(),
                testing::HasSubstr("bulkhead.waiting_max"));
    EXPECT_TRUE(BulkheadOptions{}.validate());
}

}  // namespace
}  // namespace apilab::policy
