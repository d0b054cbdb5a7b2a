#include <gtest/gtest.h>

#include <string>

#include "apilab/sandbox/internal/test_world.hpp"
#include "apilab/sandbox/judge/judge.hpp"

namespace apilab::sandbox {
namespace {

using internal::World;

Finding judged(std::string_view id, const std::string& board) {
    World world;
    if (!board.empty()) {
        EXPECT_TRUE(world.sandbox->hand_in("failure tests", board));
    }
    world.sandbox->stop_run();
    const auto report = judge_run(*world.sandbox);
    for (const auto& result : report->checks) {
        if (result.card.id == id) {
            return result.finding;
        }
    }
    throw std::logic_error("no such check");
}

std::string board(int alarms, int killed, std::string_view rest = "") {
    return "exercised=9\ncorrect=3\nfalse_alarms=" + std::to_string(alarms) +
           "\nmutants=18\nkilled=" + std::to_string(killed) + "\n" + std::string(rest);
}

TEST(TestChecks, all_but_one_found_and_no_alarm_pass) {
    EXPECT_EQ(judged("TST-01", board(0, 18)).verdict, Verdict::pass);
    EXPECT_EQ(judged("TST-02", board(0, 18)).verdict, Verdict::pass);
    EXPECT_EQ(judged("TST-02", board(0, 17)).verdict, Verdict::pass);
}

TEST(TestChecks, two_survivors_fail_and_are_named_by_their_symptoms) {
    const auto found = judged("TST-02", board(0, 16, "survivor=is early\nsurvivor=is loud\n"));
    EXPECT_EQ(found.verdict, Verdict::fail);
    EXPECT_NE(found.sentence.find("is early; is loud"), std::string::npos);
    EXPECT_EQ(judged("TST-01", board(0, 16)).verdict, Verdict::pass);
}

TEST(TestChecks, two_of_twenty_four_may_get_away) {
    const std::string all = "exercised=9\ncorrect=3\nfalse_alarms=0\nmutants=24\nkilled=";
    EXPECT_EQ(judged("TST-02", all + "22\n").verdict, Verdict::pass);
    EXPECT_EQ(judged("TST-02", all + "21\n").verdict, Verdict::fail);
}

TEST(TestChecks, one_false_alarm_fails) {
    const auto found = judged("TST-01", board(1, 18, "alarm=waits\n"));
    EXPECT_EQ(found.verdict, Verdict::fail);
    EXPECT_NE(found.sentence.find("waits"), std::string::npos);
    EXPECT_EQ(judged("TST-02", board(1, 18)).verdict, Verdict::pass);
}

TEST(TestChecks, a_board_says_what_was_tested) {
    EXPECT_EQ(judged("TST-01", board(0, 18)).sentence, "no alarm on 3 correct clients");
    EXPECT_EQ(judged("TST-01", board(0, 18, "kind=deployments\n")).sentence,
              "no alarm on 3 correct deployments");
}

TEST(TestChecks, who_hands_in_nothing_or_put_nothing_to_the_test_is_not_judged) {
    for (const auto* id : {"TST-01", "TST-02"}) {
        EXPECT_EQ(judged(id, "").reason, UnknownReason::not_applicable);
        EXPECT_EQ(judged(id, "nonsense").reason, UnknownReason::not_exercised);
        EXPECT_EQ(judged(id, "exercised=0\ncorrect=3\nmutants=18\nkilled=0\n").reason,
                  UnknownReason::not_exercised);
    }
}

}  // namespace
}  // namespace apilab::sandbox
