// Each check of checks_limits.cpp has a client that passes, one that fails, and one that does
// nothing.

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "apilab/sandbox/internal/test_world.hpp"
#include "apilab/sandbox/judge/judge.hpp"

namespace apilab::sandbox {
namespace {

using namespace std::chrono_literals;
using internal::World;

std::string fault(std::string_view what, std::string_view when = "{ nth = 1 }") {
    return "[[fault]]\nwhere = \"github:*\"\nwhat = " + std::string(what) +
           "\nwhen = " + std::string(when) + "\n";
}

Finding found(World& world, std::string_view id) {
    world.sandbox->stop_run();
    const auto report = judge_run(*world.sandbox);
    for (const auto& result : report->checks) {
        if (result.card.id == id) {
            return result.finding;
        }
    }
    throw std::logic_error("no such check");
}

// One request again and again, with these waits before it.
Finding after(std::string_view faults, std::string_view id, const std::vector<Duration>& waits) {
    World world("name = \"x\"\n" + std::string(faults), 1, "github");
    for (const Duration wait : waits) {
        world.wait(wait);
        world.get("/github/items/a");
    }
    return found(world, id);
}

TEST(LimitChecks, a_client_that_does_nothing_is_not_judged) {
    for (const auto* id : {"RL-02", "RL-03", "RL-05", "RL-08", "RL-09"}) {
        EXPECT_EQ(after("", id, {}).reason, UnknownReason::not_exercised) << id;
    }
}

TEST(DateByAnotherClock, is_read_against_the_answers_own_date) {
    const auto slow_clock = fault(R"({ auth = "skew:-90s" })") +
                            fault(R"({ status = 503, retry_after = "http-date:5s" })");
    EXPECT_EQ(after(slow_clock, "RL-02", {0s, 0s, 5s}).verdict, Verdict::pass);
    EXPECT_EQ(after(slow_clock, "RL-02", {0s, 0s, 100ms}).verdict, Verdict::fail)
        << "by the client's own clock the date is long past";
    const auto fast_clock = fault(R"({ auth = "skew:+90s" })") +
                            fault(R"({ status = 503, retry_after = "http-date:5s" })");
    const auto late = after(fast_clock, "RL-02", {0s, 0s, 95s});
    EXPECT_EQ(late.verdict, Verdict::pass) << "late is no failure";
    EXPECT_TRUE(late.warning);
}

TEST(RetryAfterElsewhere, counts_on_503_and_403) {
    for (const auto* what : {R"({ status = 503, retry_after = "3s" })",
                             R"({ limit = "secondary", status = 403, retry_after = "3s" })"}) {
        EXPECT_EQ(after(fault(what), "RL-03", {0s, 3s}).verdict, Verdict::pass) << what;
        const auto early = after(fault(what), "RL-03", {0s, 1s});
        EXPECT_EQ(early.verdict, Verdict::fail) << what;
        EXPECT_EQ(early.rows.size(), 2U) << what;
    }
}

TEST(SecondaryLimit, wants_a_minute_and_more_each_time) {
    const auto twice = fault(R"({ limit = "secondary" })", "{ first = 2 }");
    EXPECT_EQ(after(twice, "RL-05", {0s, 61s, 122s}).verdict, Verdict::pass);
    EXPECT_EQ(after(twice, "RL-05", {0s, 2s, 122s}).verdict, Verdict::fail);
    EXPECT_EQ(after(twice, "RL-05", {0s, 61s, 61s}).verdict, Verdict::fail) << "no longer";
}

TEST(TwoWords, the_longer_one_wins) {
    const auto both = fault(
        R"({ status = 429, retry_after = "4s", headers = { ratelimit = "\"default\";r=0;t=1" } })");
    EXPECT_EQ(after(both, "RL-08", {0s, 4s}).verdict, Verdict::pass);
    EXPECT_EQ(after(both, "RL-08", {0s, 1s}).verdict, Verdict::fail);
}

TEST(WordsWithoutSense, are_answered_by_a_back_off_of_ones_own) {
    for (const auto* word : {"soon", "-1", "1, 2", "1e12", "0"}) {
        const auto told =
            fault("{ status = 503, retry_after = \"" + std::string(word) + "\" }", "{ first = 2 }");
        EXPECT_EQ(after(told, "RL-09", {0s, 200ms, 40ms}).verdict, Verdict::pass) << word;
        EXPECT_EQ(after(told, "RL-09", {0s, 1ms, 1ms}).verdict, Verdict::fail) << word;
        EXPECT_EQ(after(told, "RL-09", {0s, 1ms}).reason, UnknownReason::inconclusive) << word;
        EXPECT_EQ(after(told, "RL-09", {0s}).reason, UnknownReason::not_exercised) << word;
    }
    const auto clear = fault(R"({ status = 503, retry_after = "2s" })");
    EXPECT_EQ(after(clear, "RL-09", {0s, 2s}).reason, UnknownReason::not_exercised);
    const auto odd = fault(R"({ status = 503, retry_after = "1e12" })");
    EXPECT_EQ(after(odd, "RL-09", {0s, 119s}).verdict, Verdict::pass);
}

}  // namespace
}  // namespace apilab::sandbox
