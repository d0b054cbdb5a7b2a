// Where a check draws its line. The clients that pass and fail are in trials/.

#include <gtest/gtest.h>

#include <string>

#include "apilab/sandbox/internal/test_client.hpp"
#include "apilab/sandbox/judge/judge.hpp"

namespace apilab::sandbox {
namespace {

using namespace std::chrono_literals;
using internal::TestClient;
using internal::World;

World::Call get(int item) {
    return {.target = "/github/items/" + std::to_string(item)};
}
std::vector<World::Call> gets(int count) {
    std::vector<World::Call> calls;
    calls.reserve(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) {
        calls.push_back(get(i));
    }
    return calls;
}

std::string fault(std::string_view what, std::string_view when = "",
                  std::string_view where = "github:*") {
    std::string text =
        "[[fault]]\nwhere = \"" + std::string(where) + "\"\nwhat = " + std::string(what) + "\n";
    return when.empty() ? text : text + "when = " + std::string(when) + "\n";
}

const CheckResult& result_of(const RunReport& report, std::string_view id) {
    for (const auto& result : report.checks) {
        if (result.card.id == id) {
            return result;
        }
    }
    throw std::logic_error("no such check in the report");
}

TEST(Checks, each_one_has_a_card_and_an_id_of_its_own) {
    for (const auto& check : all_checks()) {
        EXPECT_EQ(find_check(check->card().id), check.get());
        EXPECT_FALSE(check->card().title.empty());
        EXPECT_FALSE(check->card().source.empty());
    }
}

TEST(Checks, a_nameless_request_to_github_fails_and_elsewhere_does_not_matter) {
    World world("name = \"x\"", 1, "github");
    world.send({.target = "/github/items", .headers = {}});
    EXPECT_EQ(result_of(*judge_run(*world.sandbox), "OBS-01").finding.verdict, Verdict::fail);
    World elsewhere("name = \"x\"", 1, "npm");
    elsewhere.send({.target = "/npm/items", .headers = {}});
    EXPECT_EQ(result_of(*judge_run(*elsewhere.sandbox), "OBS-01").finding.reason,
              UnknownReason::not_applicable);
}

Finding sequence(std::string_view faults, std::string_view check, const JudgeOptions& options,
                 const std::vector<Duration>& waits) {
    World world("name = \"x\"\n" + std::string(faults));
    for (const Duration wait : waits) {
        world.wait(wait);
        world.get("/things/items/a");
    }
    world.sandbox->stop_run();
    return result_of(*judge_run(*world.sandbox, options), check).finding;
}

TEST(RetryAfterCheck, fifty_milliseconds_early_are_forgiven_and_not_one_more) {
    const auto told = fault("{ status = 429, retry_after = \"2s\" }", "{ nth = 1 }", "things:*");
    EXPECT_EQ(sequence(told, "RL-01", {}, {0s, 1950ms}).verdict, Verdict::pass);
    EXPECT_EQ(sequence(told, "RL-01", {}, {0s, 1949ms}).verdict, Verdict::fail);
    EXPECT_EQ(sequence(told, "RL-01", {}, {0s, 40s}).verdict, Verdict::pass) << "late is fine";
    EXPECT_EQ(sequence(told, "RL-01", {}, {0s}).reason, UnknownReason::not_exercised);
}

TEST(RetryAfterCheck, is_judged_against_what_was_announced_and_that_is_rounded_up) {
    const auto told =
        fault("{ status = 429, retry_after = \"1200ms\" }", "{ nth = 1 }", "things:*");
    EXPECT_EQ(sequence(told, "RL-01", {}, {0s, 1300ms}).verdict, Verdict::fail);
    EXPECT_EQ(sequence(told, "RL-01", {}, {0s, 2s}).verdict, Verdict::pass);
}

TEST(WholeClientCheck, requests_already_on_their_way_are_forgiven) {
    const auto told = fault("{ status = 429, retry_after = \"2s\" }", "{ nth = 1 }", "things:*");
    const auto other_after = [&](Duration wait) {
        World world("name = \"x\"\n" + told);
        world.get("/things/items/a");
        world.wait(wait);
        world.get("/things/items/b");
        return result_of(*judge_run(*world.sandbox), "RL-06").finding.verdict;
    };
    EXPECT_EQ(other_after(250ms), Verdict::unknown) << "it could not know yet";
    EXPECT_EQ(other_after(251ms), Verdict::fail);
    EXPECT_EQ(other_after(1960ms), Verdict::pass);
}

TEST(AttemptsCheck, four_to_ten_attempts_are_remarked_on) {
    const auto down = fault("{ status = 503 }", "", "things:*");
    EXPECT_FALSE(sequence(down, "RTY-04", {}, {0s, 1s, 1s}).warning);
    EXPECT_TRUE(sequence(down, "RTY-04", {}, {0s, 1s, 1s, 1s}).warning);
    EXPECT_EQ(sequence(down, "RTY-04", {}, std::vector<Duration>(10, 1s)).verdict, Verdict::pass);
    EXPECT_EQ(sequence(down, "RTY-04", {}, std::vector<Duration>(11, 1s)).verdict, Verdict::fail);
    EXPECT_EQ(sequence(down, "RTY-04", {.attempts_hard = 3}, std::vector<Duration>(4, 1s)).verdict,
              Verdict::fail);
}

TEST(RecoveryCheck, giving_up_is_right_where_the_wait_is_too_long_or_the_deadline_near) {
    const auto long_wait =
        fault("{ status = 503, retry_after = \"2m\" }", "{ nth = 1 }", "things:*");
    EXPECT_EQ(sequence(long_wait, "RTY-01", {}, {0s}).reason, UnknownReason::not_exercised);
    const auto short_wait =
        fault("{ status = 503, retry_after = \"5s\" }", "{ nth = 1 }", "things:*");
    EXPECT_EQ(sequence(short_wait, "RTY-01", {}, {0s}).verdict, Verdict::fail);
    EXPECT_EQ(sequence(short_wait, "RTY-01", {.deadline = Duration(4s)}, {0s}).reason,
              UnknownReason::not_exercised);
}

TEST(RecoveryCheck, while_the_run_goes_on_a_fresh_failure_does_not_count) {
    World world("name = \"x\"\n" + fault("{ status = 503 }", "{ nth = 1 }", "things:*"));
    world.get("/things/items/a");
    const auto verdict = [&] {
        return result_of(*judge_run(*world.sandbox), "RTY-01").finding.verdict;
    };
    EXPECT_EQ(verdict(), Verdict::unknown);
    world.wait(5s);
    EXPECT_EQ(verdict(), Verdict::fail);
}

TEST(BackoffCheck, one_short_wait_proves_nothing) {
    const auto once = fault("{ status = 503 }", "{ nth = 1 }", "things:*");
    EXPECT_EQ(sequence(once, "BKO-01", {}, {0s, 0s}).reason, UnknownReason::inconclusive);
    const auto twice = fault("{ status = 503 }", "{ first = 2 }", "things:*");
    EXPECT_EQ(sequence(twice, "BKO-01", {}, {0s, 0s, 0s}).verdict, Verdict::fail);
    EXPECT_EQ(sequence(twice, "BKO-01", {}, {0s, 0s, 80ms}).verdict, Verdict::pass);
}

TEST(BackoffCheck, who_does_not_wait_is_late_now_and_then) {
    const auto down = fault("{ status = 503 }", "", "things:*");
    const std::vector<Duration> late = {0s, 0s, 0s, 0s, 20ms, 20ms};
    EXPECT_EQ(sequence(down, "BKO-01", {}, late).verdict, Verdict::fail);
    const std::vector<Duration> short_ones = {0s, 0s, 0s, 5ms, 20ms};
    EXPECT_EQ(sequence(down, "BKO-01", {}, short_ones).reason, UnknownReason::inconclusive);
}

TEST(BackoffCheck, a_reset_on_a_used_connection_may_be_repeated_at_once) {
    World world("name = \"x\"\n" +
                fault("{ reset = \"before_response\" }", "{ first = 2 }", "things:*"));
    for (int i = 0; i < 3; ++i) {
        world.send({.target = "/things/items/a", .request_on_connection = 2});
    }
    EXPECT_EQ(result_of(*judge_run(*world.sandbox), "BKO-01").finding.reason,
              UnknownReason::not_exercised);
}

TEST(JitterCheck, fewer_than_eight_calls_are_inconclusive) {
    World world("name = \"x\"\n" + fault("{ status = 503 }"), 1, "github");
    TestClient{.jitters = false}.run(world, gets(7));
    EXPECT_EQ(result_of(*judge_run(*world.sandbox), "BKO-04").finding.reason,
              UnknownReason::inconclusive);
}

TEST(IdempotencyCheck, a_key_makes_a_repetition_safe) {
    World world("name = \"x\"\n" +
                fault("{ reset = \"after_commit\" }", "{ nth = 1 }", "things:*"));
    const World::Call call{.method = "POST",
                           .target = "/things/items",
                           .body = "{}",
                           .headers = {{"idempotency-key", "k-1"}}};
    world.send(call);
    world.send(call);
    EXPECT_EQ(result_of(*judge_run(*world.sandbox), "IDM-01").finding.reason,
              UnknownReason::not_exercised);
}

}  // namespace
}  // namespace apilab::sandbox
