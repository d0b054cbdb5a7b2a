#include "apilab/sandbox/judge/judge.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "apilab/sandbox/internal/test_client.hpp"
#include "apilab/sandbox/world.hpp"

namespace apilab::sandbox {
namespace {

using internal::TestClient;
using internal::World;
using testing::HasSubstr;

const std::string told_to_wait =
    "name = \"x\"\n[[fault]]\nwhere = \"things:*\"\n"
    "what = { status = 429, retry_after = \"2s\" }\nwhen = { nth = 1 }\n";

std::vector<World::Call> two_gets() {
    return {{.target = "/things/items/1"}, {.target = "/things/items/2"}};
}
std::vector<World::Call> three_gets() {
    return {{.target = "/things/items/1"},
            {.target = "/things/items/2"},
            {.target = "/things/items/3"}};
}

TEST(JudgeRun, passes_a_client_that_does_what_it_should) {
    World world(told_to_wait, 7);
    TestClient().run(world, two_gets());
    world.sandbox->stop_run();
    const auto report = judge_run(*world.sandbox);
    ASSERT_TRUE(report);
    EXPECT_EQ(report->verdict, Verdict::pass) << report->sentence;
    EXPECT_EQ(report->run.seed, 7U);
    EXPECT_EQ(report->requests, 3U);
    EXPECT_EQ(report->operations, 2U);
    EXPECT_EQ(report->faulted, 1U);
}

TEST(JudgeRun, fails_with_the_sentence_of_what_failed) {
    World world(told_to_wait);
    TestClient{.obeys_retry_after = false}.run(world, two_gets());
    const auto report = judge_run(*world.sandbox);
    EXPECT_EQ(report->verdict, Verdict::fail);
    EXPECT_THAT(report->sentence, HasSubstr("RL-01"));
}

TEST(JudgeRun, is_unknown_where_no_fault_fired) {
    World world("name = \"none\"");
    world.get("/things/items/1");
    EXPECT_EQ(judge_run(*world.sandbox)->verdict, Verdict::unknown);
    World idle(told_to_wait);
    EXPECT_EQ(judge_run(*idle.sandbox)->verdict, Verdict::unknown);
}

TEST(JudgeRun, is_unknown_without_faults_even_where_a_deciding_check_passed) {
    World world("name = \"none\"", 1, "github");
    world.get("/github/items/1");
    const auto report = judge_run(*world.sandbox);
    EXPECT_EQ(report->verdict, Verdict::unknown);
    EXPECT_THAT(report->sentence, HasSubstr("no fault"));
    EXPECT_TRUE(std::ranges::any_of(report->checks, [](const CheckResult& result) {
        return result.decides && result.finding.verdict == Verdict::pass;
    }));
}

TEST(JudgeRun, should_decides_only_when_asked) {
    const TestClient others_go_on{.stops_everything = false};
    const auto verdict = [&](const std::string& scenario, JudgeOptions options) {
        World world(scenario + "[[fault]]\nwhere = \"things:*\"\nwhat = { delay = \"300ms\" }\n");
        others_go_on.run(world, three_gets());
        world.sandbox->stop_run();
        return judge_run(*world.sandbox, options)->verdict;
    };
    EXPECT_EQ(verdict(told_to_wait, {}), Verdict::pass);
    EXPECT_EQ(verdict(told_to_wait, {.strict = true}), Verdict::fail);
    const auto decides = told_to_wait + "[[check]]\nid = \"RL-06\"\ndecides = true\n";
    EXPECT_EQ(verdict(decides, {}), Verdict::fail);
}

TEST(JudgeRun, a_scenario_chooses_its_checks) {
    World world(told_to_wait + "[[check]]\nid = \"RL-01\"\n");
    TestClient().run(world, two_gets());
    const auto report = judge_run(*world.sandbox);
    ASSERT_EQ(report->checks.size(), 1U);
    EXPECT_EQ(report->checks[0].card.id, "RL-01");
    EXPECT_EQ(report->verdict, Verdict::pass);
}

TEST(JudgeRun, an_unknown_check_is_an_error_that_lists_the_known) {
    World world("name = \"x\"\n[[check]]\nid = \"RL-99\"\n");
    const auto report = judge_run(*world.sandbox);
    ASSERT_FALSE(report);
    EXPECT_THAT(report.error().message(), HasSubstr("RL-01"));
}

TEST(JudgeRun, counts_what_the_sandbox_does_not_know) {
    World world(told_to_wait);
    world.get("/things/nowhere");
    EXPECT_EQ(judge_run(*world.sandbox)->unsupported, 1U);
}

TEST(JudgeRun, the_built_in_scenarios_fit_the_providers_and_the_checks_that_there_are) {
    const auto world = make_world();
    ASSERT_TRUE(world) << world.error().to_string();
    for (const auto& info : built_in_scenarios()) {
        runtime::VirtualScheduler scheduler;
        SandboxOptions options;
        options.providers = make_providers(*world, {});
        options.scenario = *built_in_scenario(info.name);
        const auto sandbox = Sandbox::make(scheduler, std::move(options));
        ASSERT_TRUE(sandbox) << sandbox.error().to_string();
        const auto report = judge_run(**sandbox);
        EXPECT_TRUE(report) << info.name << ": " << report.error().to_string();
    }
}

}  // namespace
}  // namespace apilab::sandbox
