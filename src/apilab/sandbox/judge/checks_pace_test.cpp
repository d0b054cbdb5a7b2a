// Each check of checks_pace.cpp has a client that passes, one that fails, and one that does
// nothing.

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "apilab/sandbox/internal/test_walker.hpp"
#include "apilab/sandbox/internal/test_world.hpp"
#include "apilab/sandbox/judge/judge.hpp"

namespace apilab::sandbox {
namespace {

using namespace std::chrono_literals;
using internal::World;

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

struct Step {
    Duration wait;
    World::Call call;
};
Step get(Duration wait, std::string target, std::string token = "") {
    World::Call call{.target = std::move(target)};
    if (!token.empty()) {
        call.headers.add("authorization", "Bearer " + token);
    }
    return {.wait = wait, .call = std::move(call)};
}

Finding after(std::string_view scenario, std::string_view id, const std::vector<Step>& steps,
              const std::string& provider = "api") {
    World world("name = \"x\"\n" + std::string(scenario), 1, provider);
    for (const Step& step : steps) {
        world.wait(step.wait);
        world.send(step.call);
    }
    return found(world, id);
}

TEST(PaceChecks, a_client_that_does_nothing_is_not_judged) {
    for (const auto* id : {"RL-07", "RL-10", "RL-12", "RL-13", "RL-14", "RL-15"}) {
        EXPECT_EQ(after("", id, {}).reason, UnknownReason::not_exercised) << id;
    }
}

// Two limits: lists, and everything by name.
constexpr auto two_limits = R"(
[[limits.api]]
name = "lists"
kind = "window"
limit = 1
window = "10s"
dialect = "twitter"
operations = ["list_items"]
[[limits.api]]
name = "names"
kind = "window"
limit = 100
window = "10s"
dialect = "twitter"
operations = ["get_item"]
)";

TEST(OtherBuckets, go_on_or_it_is_remarked_on) {
    EXPECT_EQ(after(two_limits, "RL-07",
                    {get(0s, "/api/items/a"), get(0s, "/api/items"), get(0s, "/api/items"),
                     get(1s, "/api/items/b")})
                  .verdict,
              Verdict::pass);
    const auto stopped = after(two_limits, "RL-07",
                               {get(0s, "/api/items/a"), get(0s, "/api/items"),
                                get(0s, "/api/items"), get(10s, "/api/items/b")});
    EXPECT_EQ(stopped.verdict, Verdict::fail);
    EXPECT_EQ(stopped.rows.size(), 2U);
}

TEST(OtherBuckets, are_no_offence_against_the_one_that_is_used_up) {
    const std::vector<Step> steps{get(0s, "/api/items"), get(0s, "/api/items"),
                                  get(1s, "/api/items/b"), get(10s, "/api/items")};
    EXPECT_EQ(after(two_limits, "RL-04", steps).verdict, Verdict::pass);
    const std::vector<Step> early{get(0s, "/api/items"), get(0s, "/api/items"),
                                  get(1s, "/api/items"), get(10s, "/api/items")};
    EXPECT_EQ(after(two_limits, "RL-04", early).verdict, Verdict::fail);
}

TEST(TheDayAndTheMinute, are_told_apart) {
    const auto minute =
        "[[fault]]\nwhere = \"google:*\"\nwhat = { limit = \"method\", status = "
        "403 }\nwhen = { nth = 1 }\n";
    const auto day =
        "[[fault]]\nwhere = \"google:*\"\nwhat = { limit = \"quota\", status = "
        "403 }\nwhen = { first = 9 }\n";
    const auto a = std::string("/google/items/a");
    EXPECT_EQ(after(minute, "RL-10", {get(0s, a), get(1s, a)}, "google").verdict, Verdict::pass);
    EXPECT_EQ(after(minute, "RL-10", {get(0s, a)}, "google").verdict, Verdict::fail);
    EXPECT_EQ(after(minute, "RL-10", {get(0s, a), get(10ms, a)}, "google").verdict, Verdict::fail);
    EXPECT_EQ(after(day, "RL-10", {get(0s, a)}, "google").verdict, Verdict::pass);
    EXPECT_EQ(after(day, "RL-10", {get(0s, a), get(1s, a)}, "google").verdict, Verdict::fail);
}

TEST(PostsToAChannel, come_a_second_apart_after_a_refusal) {
    const auto post = [](Duration pace, int count) {
        internal::Walker walker(
            "name = \"x\"\n[[fault]]\nwhere = \"slack:chat.postMessage\"\nwhat = { limit = "
            "\"method\", retry_after = \"1s\" }\nwhen = { nth = 1 }\n");
        const http::Headers headers{{"authorization", "Bearer xoxb-stub"},
                                    {"content-type", "application/x-www-form-urlencoded"}};
        for (int i = 0; i < count; ++i) {
            walker.send("POST", "/slack/api/chat.postMessage",
                        "channel=C012345&text=m" + std::to_string(i), headers);
            walker.wait(pace);
        }
        return walker.judged("RL-12");
    };
    EXPECT_EQ(post(1s, 20).verdict, Verdict::pass);
    EXPECT_EQ(post(100ms, 20).verdict, Verdict::fail);
    EXPECT_EQ(post(1s, 5).reason, UnknownReason::inconclusive);
}

TEST(WritesToGitHub, come_one_by_one) {
    const auto write = [](Duration pace) {
        std::vector<Step> steps;
        for (int i = 0; i < 30; ++i) {
            steps.push_back(
                {.wait = pace,
                 .call = {.method = "PUT", .target = "/github/items/" + std::to_string(i)}});
        }
        return after("", "RL-13", steps, "github").verdict;
    };
    EXPECT_EQ(write(1s), Verdict::pass);
    EXPECT_EQ(write(200ms), Verdict::fail);
}

TEST(SwappedCredentials, are_an_evasion) {
    const auto once =
        "[[fault]]\nwhere = \"api:*\"\nwhat = { status = 429, retry_after = \"2s\" }"
        "\nwhen = { nth = 1 }\n";
    const auto a = std::string("/api/items/a");
    EXPECT_EQ(after(once, "RL-14", {get(0s, a, "one"), get(2s, a, "one")}).verdict, Verdict::pass);
    EXPECT_EQ(after(once, "RL-14", {get(0s, a, "one"), get(0s, a, "two")}).verdict, Verdict::fail);
    EXPECT_EQ(after(once, "RL-14", {get(0s, a, "one"), get(3s, a)}).verdict, Verdict::fail)
        << "as nobody";
    EXPECT_EQ(after(once, "RL-14", {get(0s, a, "one"), get(0s, "/api/items/b", "two")}).reason,
              UnknownReason::not_exercised)
        << "another's own request";
}

TEST(NothingLeft, is_a_reason_to_wait_before_one_is_refused) {
    const auto three = "[limits.api]\nkind = \"window\"\nlimit = 3\nwindow = \"10s\"\n";
    const auto a = std::string("/api/items/a");
    EXPECT_EQ(after(three, "RL-15", {get(0s, a), get(0s, a), get(0s, a), get(10s, a)}).verdict,
              Verdict::pass);
    const auto over = after(three, "RL-15", {get(0s, a), get(0s, a), get(0s, a), get(1s, a)});
    EXPECT_EQ(over.verdict, Verdict::fail);
    EXPECT_EQ(over.rows.size(), 2U);
}

}  // namespace
}  // namespace apilab::sandbox
