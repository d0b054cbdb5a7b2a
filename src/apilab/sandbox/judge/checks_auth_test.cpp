// Each check has a client that passes, one that fails, and one that does nothing.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "apilab/sandbox/internal/test_tokens.hpp"

namespace apilab::sandbox {
namespace {

using namespace std::chrono_literals;
using internal::TokenWorld;

constexpr auto rotate = R"(
[[fault]]
where = "oauth:token"
what = { auth = "rotate" }
)";

TEST(AuthChecks, who_does_nothing_is_not_judged) {
    for (const auto* id : {"AUT-02", "AUT-03", "AUT-06", "AUT-08", "AUT-11"}) {
        EXPECT_EQ(TokenWorld().judged(id).reason, UnknownReason::not_exercised) << id;
    }
}

class StaleToken : public ::testing::Test {
protected:
    TokenWorld world;
    TokenWorld::Reply first = world.send(TokenWorld::token("seed-refresh-token"));

    void SetUp() override {
        ASSERT_EQ(first.status, 200);
        world.scheduler.advance(1h);
    }
};

TEST_F(StaleToken, one_refresh_and_one_replay_each_pass) {
    world.documents("a", 8, first.access);
    const auto next = world.send(TokenWorld::token(first.refresh));
    world.documents("a", 8, next.access);
    for (const auto* id : {"AUT-02", "AUT-03", "AUT-08", "AUT-11"}) {
        const auto found = world.judged(id);
        EXPECT_EQ(found.verdict, Verdict::pass) << id << ": " << found.sentence;
        EXPECT_FALSE(found.warning) << id;
    }
    EXPECT_EQ(world.judged("AUT-06").reason, UnknownReason::not_exercised);
}

TEST_F(StaleToken, giving_up_fails) {
    world.documents("a", 1, first.access);
    EXPECT_EQ(world.judged("AUT-02").verdict, Verdict::fail);
}

TEST_F(StaleToken, sending_it_again_with_the_same_token_fails) {
    world.documents("a", 1, first.access);
    world.documents("a", 1, first.access);
    const auto next = world.send(TokenWorld::token(first.refresh));
    world.documents("a", 1, next.access);
    const auto found = world.judged("AUT-02");
    EXPECT_EQ(found.verdict, Verdict::fail);
    EXPECT_FALSE(found.rows.empty());
}

TEST_F(StaleToken, giving_up_is_right_where_no_fresh_token_can_be_had) {
    world.documents("a", 1, first.access);
    world.send(TokenWorld::token("seed-refresh-token"));  // exchanged before
    EXPECT_EQ(world.judged("AUT-02").reason, UnknownReason::not_exercised);
}

TEST_F(StaleToken, a_stampede_fails) {
    world.documents("a", 8, first.access);
    world.send(std::vector(4, TokenWorld::token(first.refresh)));
    const auto found = world.judged("AUT-03");
    EXPECT_EQ(found.verdict, Verdict::fail) << found.sentence;
    EXPECT_EQ(found.rows.size(), 4U);
}

TEST_F(StaleToken, two_or_three_requests_for_one_token_are_remarked_on) {
    world.documents("a", 8, first.access);
    world.send(std::vector(3, TokenWorld::token(first.refresh)));
    const auto found = world.judged("AUT-03");
    EXPECT_EQ(found.verdict, Verdict::pass);
    EXPECT_TRUE(found.warning);
}

TEST_F(StaleToken, one_after_the_other_is_a_stampede_too) {
    world.documents("a", 8, first.access);
    std::string newest = first.refresh;
    for (int i = 0; i < 4; ++i) {
        newest = world.send(TokenWorld::token(newest)).refresh;
    }
    EXPECT_EQ(world.judged("AUT-03").verdict, Verdict::fail);
}

TEST_F(StaleToken, the_old_refresh_token_again_fails_but_not_for_those_who_set_out_together) {
    world.send({TokenWorld::token(first.refresh), TokenWorld::token(first.refresh)});
    EXPECT_EQ(world.judged("AUT-08").verdict, Verdict::pass);
    world.scheduler.advance(1s);
    world.send(TokenWorld::token(first.refresh));
    const auto found = world.judged("AUT-08");
    EXPECT_EQ(found.verdict, Verdict::fail);
    EXPECT_EQ(found.rows.size(), 2U);
}

TEST(LostRefresh, the_old_refresh_token_is_all_that_is_left_where_the_answer_was_lost) {
    TokenWorld world(R"(
[[fault]]
where = "oauth:token"
what = { reset = "after_commit" }
when = { nth = 1 }
)");
    world.send(TokenWorld::token("seed-refresh-token"));
    world.scheduler.advance(1s);
    world.send(TokenWorld::token("seed-refresh-token"));
    EXPECT_NE(world.judged("AUT-08").verdict, Verdict::fail);
}

TEST_F(StaleToken, a_refresh_token_in_a_call_is_a_leak) {
    world.documents("a", 1, first.refresh);
    const auto found = world.judged("AUT-11");
    EXPECT_EQ(found.verdict, Verdict::fail);
    EXPECT_EQ(found.rows.size(), 1U);
}

TEST(InvalidGrant, silence_passes_one_look_more_is_forgiven_and_a_loop_fails) {
    TokenWorld world(rotate);
    const auto first = world.send(TokenWorld::token("seed-refresh-token"));
    world.send(TokenWorld::token("seed-refresh-token"));  // ends the family
    EXPECT_EQ(world.judged("AUT-06").verdict, Verdict::pass);
    world.scheduler.advance(1s);
    world.send(TokenWorld::token(first.refresh));
    EXPECT_EQ(world.judged("AUT-06").verdict, Verdict::pass);
    world.send(TokenWorld::token(first.refresh));
    EXPECT_EQ(world.judged("AUT-06").verdict, Verdict::fail);
}

TEST(InvalidGrant, calls_with_the_dead_token_fail) {
    TokenWorld world(rotate);
    const auto first = world.send(TokenWorld::token("seed-refresh-token"));
    world.send(TokenWorld::token("seed-refresh-token"));
    world.scheduler.advance(1s);
    world.documents("a", 1, first.access);
    const auto found = world.judged("AUT-06");
    EXPECT_EQ(found.verdict, Verdict::fail);
    EXPECT_FALSE(found.rows.empty());
}

}  // namespace
}  // namespace apilab::sandbox
