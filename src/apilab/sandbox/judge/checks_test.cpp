// The matrix: every check has a client that passes, at least one that fails, and one that does
// nothing and is not judged.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <string>

#include "apilab/base/file.hpp"
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
World::Call post(int item) {
    return {.method = "POST", .target = "/github/items", .body = std::to_string(item)};
}
std::vector<World::Call> gets(int count) {
    std::vector<World::Call> calls;
    calls.reserve(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) {
        calls.push_back(get(i));
    }
    return calls;
}

struct Trial {
    std::string check;
    /// Faults in TOML.
    std::string faults;
    std::vector<World::Call> calls;
    TestClient passes;
    std::vector<std::pair<std::string, TestClient>> mutants;
    JudgeOptions options = {};
};

std::string fault(std::string_view what, std::string_view when = "",
                  std::string_view where = "github:*") {
    std::string text =
        "[[fault]]\nwhere = \"" + std::string(where) + "\"\nwhat = " + std::string(what) + "\n";
    return when.empty() ? text : text + "when = " + std::string(when) + "\n";
}

std::vector<Trial> wait_trials() {
    return {
        {.check = "BKO-01",
         .faults = fault("{ status = 503 }"),
         .calls = gets(2),
         .passes = {},
         .mutants = {{"never waits", {.backs_off = false}}}},
        {.check = "BKO-04",
         .faults = fault("{ status = 503 }"),
         .calls = gets(12),
         .passes = {},
         .mutants = {{"waits exactly the same", {.jitters = false}}}},
        {.check = "BKO-05",
         .faults = fault("{ status = 503 }"),
         .calls = gets(24),
         .passes = {},
         .mutants = {{"comes back in step", {.jitters = false}}}},
    };
}

std::vector<Trial> retry_trials() {
    const auto once_503 = fault("{ status = 503 }", "{ every = 2 }");
    return {
        {.check = "FIRED", .faults = once_503, .calls = gets(2), .passes = {}, .mutants = {}},
        {.check = "RL-01",
         .faults = fault("{ status = 429, retry_after = \"3s\" }", "{ nth = 1 }"),
         .calls = gets(1),
         .passes = {},
         .mutants = {{"ignores the header", {.obeys_retry_after = false}}}},
        {.check = "RL-01",
         .faults = fault("{ status = 503, retry_after = \"http-date:3s\" }", "{ nth = 1 }"),
         .calls = gets(1),
         .passes = {},
         .mutants = {{"cannot read dates", {.understands_dates = false}}}},
        {.check = "RL-06",
         .faults = fault("{ status = 429, retry_after = \"2s\" }", "{ nth = 1 }") +
                   fault("{ delay = \"100ms\" }"),
         .calls = gets(6),
         .passes = {},
         .mutants = {{"only the refused call waits", {.stops_everything = false}},
                     {"ignores the header", {.obeys_retry_after = false}}}},
        {.check = "RTY-01",
         .faults = once_503 + fault("{ reset = \"before_response\" }", "{ nth = 3 }") +
                   fault("{ truncate = 5 }", "{ nth = 4 }"),
         .calls = gets(6),
         .passes = {},
         .mutants = {{"never retries", {.max_attempts = 1}}}},
        {.check = "RTY-03",
         .faults = fault("{ status = 422 }", "", "github:GET /items/0"),
         .calls = gets(3),
         .passes = {},
         .mutants = {{"retries every error", {.retries_permanent = true}}}},
        {.check = "RTY-03",
         .faults = fault("{ status = 503 }", "{ nth = 9 }"),
         .calls = {{.target = "/github/items/missing"}},
         .passes = {},
         .mutants = {{"retries every error", {.retries_permanent = true}}}},
        {.check = "RTY-04",
         .faults = fault("{ status = 503 }"),
         .calls = gets(1),
         .passes = {},
         .mutants = {{"goes on for ever", {.max_attempts = 30}}}},
        {.check = "TMO-06",
         .faults = fault("{ status = 503 }"),
         .calls = gets(2),
         .passes = {.max_attempts = 30, .deadline = Duration(2s)},
         .mutants = {{"goes on after its deadline",
                      {.max_attempts = 8, .deadline = Duration(2s), .ignores_deadline = true}}},
         .options = {.deadline = Duration(2s)}},
        {.check = "IDM-01",
         .faults = fault("{ reset = \"after_commit\" }", "{ nth = 1 }", "github:create_item"),
         .calls = {post(1)},
         .passes = {},
         .mutants = {{"sends it again", {.resends_unsafe = true}}}},
        {.check = "IDM-01",
         .faults = fault("{ reset = \"after_commit\" }", "{ nth = 1 }", "github:create_item"),
         .calls = {post(1)},
         .passes = {.looks_first = true},
         .mutants = {}},
        {.check = "OBS-01", .faults = once_503, .calls = gets(1), .passes = {}, .mutants = {}},
    };
}

std::vector<Trial> trials() {
    auto all = retry_trials();
    std::ranges::move(wait_trials(), std::back_inserter(all));
    return all;
}

const CheckResult& result_of(const RunReport& report, std::string_view id) {
    for (const auto& result : report.checks) {
        if (result.card.id == id) {
            return result;
        }
    }
    throw std::logic_error("no such check in the report");
}

Finding finding(const Trial& trial, const std::optional<TestClient>& client,
                std::vector<World::Call> calls) {
    World world("name = \"trial\"\n" + trial.faults, 1, "github");
    if (client) {
        client->run(world, std::move(calls));
    }
    world.sandbox->stop_run();
    const auto report = judge_run(*world.sandbox, trial.options);
    return result_of(*report, trial.check).finding;
}

TEST(Checks, a_good_client_passes_each_of_them) {
    for (const auto& trial : trials()) {
        const auto found = finding(trial, trial.passes, trial.calls);
        EXPECT_EQ(found.verdict, Verdict::pass) << trial.check << ": " << found.sentence;
        EXPECT_FALSE(found.warning) << trial.check << ": " << found.sentence;
    }
}

TEST(Checks, every_mutant_fails_and_its_rows_prove_it) {
    for (const auto& trial : trials()) {
        for (const auto& [sin, client] : trial.mutants) {
            const auto found = finding(trial, client, trial.calls);
            EXPECT_EQ(found.verdict, Verdict::fail)
                << trial.check << ", " << sin << ": " << found.sentence;
            EXPECT_FALSE(found.rows.empty()) << trial.check << ", " << sin;
        }
    }
}

TEST(Checks, a_client_that_does_nothing_is_not_judged) {
    for (const auto& trial : trials()) {
        const auto found = finding(trial, std::nullopt, {});
        EXPECT_EQ(found.verdict, Verdict::unknown) << trial.check << ": " << found.sentence;
        EXPECT_NE(found.reason, UnknownReason::none) << trial.check;
    }
}

TEST(Checks, each_one_is_in_the_matrix) {
    std::set<std::string_view> tried;
    const auto all = trials();
    for (const auto& trial : all) {
        tried.insert(trial.check);
    }
    // Others have their matrix in a file of their own, which names them.
    std::string beside;
    for (const auto& entry : std::filesystem::directory_iterator(
             std::filesystem::path(APILAB_SOURCE_DIR) / "src/apilab/sandbox/judge")) {
        if (entry.path().filename() != "checks_test.cpp" &&
            entry.path().string().ends_with("_test.cpp")) {
            beside += *read_file(entry.path(), std::size_t{1} << 20U);
        }
    }
    // These have their trials in a file of their own, beside the world that they need.
    tried.insert({"AUT-02", "AUT-03", "AUT-06", "AUT-08", "AUT-11"});  // checks_auth_test.cpp
    tried.insert("RL-04");               // checks_limit_reset_test.cpp
    tried.insert({"TST-01", "TST-02"});  // checks_tests_test.cpp
    for (const auto& check : all_checks()) {
        const auto id = check->card().id;
        EXPECT_TRUE(tried.contains(id) || beside.contains("\"" + std::string(id) + "\"")) << id;
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
    EXPECT_EQ(other_after(250ms), Verdict::pass);
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
