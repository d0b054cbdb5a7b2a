#include "apilab/sandbox/limits.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "apilab/http/date.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"
#include "apilab/sandbox/github/provider.hpp"
#include "apilab/sandbox/internal/test_world.hpp"
#include "apilab/sandbox/judge/judge.hpp"
#include "apilab/sandbox/scenario.hpp"
#include "apilab/sandbox/world.hpp"

namespace apilab::sandbox {
namespace {

using namespace std::chrono_literals;
using internal::World;
using testing::HasSubstr;

std::string limits(std::string_view fields, std::string_view provider = "api") {
    return "name = \"x\"\n[limits." + std::string(provider) + "]\n" + std::string(fields) + "\n";
}

// A set of one limit, asked at times since the start.
class Counters {
public:
    explicit Counters(const LimitRule& rule) : set_({{"api", {rule}}}) {}

    LimitAnswer ask(Duration at, std::string_view bucket = "a", std::int64_t cost = 1,
                    std::string_view operation = "list_items") {
        return set_.ask({.provider = "api",
                         .operation = operation,
                         .bucket = bucket,
                         .cost = cost,
                         .now = SteadyTime(at),
                         .system_now = SystemTime(std::chrono::days(20'000)) + at});
    }
    bool served(Duration at, std::string_view bucket = "a", std::int64_t cost = 1) {
        return !ask(at, bucket, cost).refused;
    }
    LimitSet& set() { return set_; }

private:
    LimitSet set_;
};

TEST(Limits, a_window_begins_with_its_first_request_and_ends_whole) {
    Counters window({.kind = LimitKind::window, .limit = 2, .window = 10s});
    EXPECT_TRUE(window.served(3s));
    EXPECT_TRUE(window.served(4s));
    const auto refused = window.ask(5s);
    EXPECT_TRUE(refused.refused);
    EXPECT_EQ(refused.view().remaining, 0);
    EXPECT_EQ(refused.view().reset_after, 8s);
    EXPECT_FALSE(window.served(12999ms));
    EXPECT_TRUE(window.served(13s));
    EXPECT_TRUE(window.served(5s, "b")) << "another's";
}

TEST(Limits, a_bucket_gives_its_burst_and_then_its_rate) {
    for (const auto kind : {LimitKind::token_bucket, LimitKind::leaky_bucket}) {
        Counters bucket({.kind = kind, .limit = 2, .window = 1s, .burst = 3});
        for (int i = 0; i < 3; ++i) {
            EXPECT_TRUE(bucket.served(0s));
        }
        EXPECT_EQ(bucket.ask(0s).view().reset_after, 500ms);
        EXPECT_FALSE(bucket.served(499ms));
        EXPECT_TRUE(bucket.served(500ms));
        EXPECT_FALSE(bucket.served(999ms));
        EXPECT_TRUE(bucket.served(1s));
        EXPECT_EQ(bucket.ask(1h).view().remaining, 2) << "no more than its burst";
    }
}

TEST(Limits, a_day_ends_at_midnight) {
    Counters day({.kind = LimitKind::daily, .limit = 1});
    EXPECT_TRUE(day.served(23h));
    EXPECT_EQ(day.ask(23h + 30min).view().reset_after, 30min);
    EXPECT_TRUE(day.served(24h));
}

TEST(Limits, those_under_way_make_room_when_they_end) {
    Counters two({.kind = LimitKind::concurrency, .limit = 2});
    const auto first = two.ask(0s);
    EXPECT_TRUE(two.served(0s));
    const auto refused = two.ask(1h);
    EXPECT_TRUE(refused.refused);
    two.set().finished(refused);
    EXPECT_TRUE(two.ask(1h).refused) << "who was refused took no place";
    two.set().finished(first);
    EXPECT_TRUE(two.served(1h));
}

TEST(Limits, a_request_takes_what_it_costs) {
    LimitRule rule{.kind = LimitKind::cost, .limit = 60, .window = 60s, .burst = 10};
    rule.costs = {{"get_item", 0}};
    Counters units(rule);
    EXPECT_TRUE(units.served(0s, "a", 7));
    EXPECT_EQ(units.ask(0s, "a", 7).view().reset_after, 4s);
    EXPECT_TRUE(units.served(0s, "a", 3));
    EXPECT_FALSE(units.ask(0s, "a", 7, "get_item").refused) << "the scenario says it is free";
    EXPECT_FALSE(units.served(9s, "a", 1000)) << "more than all there is waits for all there is";
    EXPECT_TRUE(units.served(10s, "a", 1000));
}

TEST(Limits, what_one_limit_refuses_costs_nothing_of_another) {
    LimitSet set({{"api",
                   {{.name = "burst", .kind = LimitKind::window, .limit = 1, .window = 1s},
                    {.name = "day", .kind = LimitKind::daily, .limit = 2}}}});
    const auto ask = [&](Duration at) {
        return set.ask({.provider = "api",
                        .operation = "x",
                        .bucket = "a",
                        .now = SteadyTime(at),
                        .system_now = SystemTime(at)});
    };
    EXPECT_FALSE(ask(0s).refused);
    const auto burst = ask(0s);
    EXPECT_EQ(burst.bucket, "burst/a");
    EXPECT_EQ(burst.buckets, "burst/a day/a");
    EXPECT_FALSE(ask(1s).refused);
    EXPECT_EQ(ask(2s).bucket, "day/a") << "the longest wait is told";
}

TEST(Limits, those_who_come_after_ten_thousand_share_a_counter) {
    Counters window({.kind = LimitKind::window, .limit = 2, .window = 1h});
    for (std::size_t i = 0; i < LimitSet::counters_max; ++i) {
        ASSERT_TRUE(window.served(0s, std::to_string(i)));
    }
    EXPECT_TRUE(window.served(0s, "x"));
    EXPECT_TRUE(window.served(0s, "y"));
    EXPECT_FALSE(window.served(0s, "z"));
    EXPECT_TRUE(window.served(0s, "7"));
}

struct Dialect {
    std::string_view name;
    int status;
    std::vector<std::pair<std::string_view, std::string_view>> served;
    std::vector<std::pair<std::string_view, std::string_view>> refused;
    std::string_view body;
};

std::vector<Dialect> dialects() {
    return {
        {"plain", 429, {{"ratelimit", ""}, {"x-ratelimit-limit", ""}}, {{"retry-after", "10"}}, ""},
        {"github",
         403,
         {{"x-ratelimit-limit", "2"},
          {"x-ratelimit-remaining", "1"},
          {"x-ratelimit-used", "1"},
          {"x-ratelimit-reset", "1767225610"},
          {"x-ratelimit-resource", "core"}},
         {{"x-ratelimit-remaining", "0"}, {"retry-after", ""}},
         "API rate limit exceeded"},
        {"zalando", 429, {{"x-ratelimit-reset", "10"}}, {{"x-ratelimit-remaining", "0"}}, ""},
        {"twitter",
         429,
         {{"x-rate-limit-limit", "2"}, {"x-rate-limit-reset", "1767225610"}},
         {{"x-rate-limit-remaining", "0"}, {"retry-after", ""}},
         "\"code\":88"},
        {"ietf",
         429,
         {{"ratelimit-policy", "\"default\";q=2;w=10"}, {"ratelimit", "\"default\";r=1;t=10"}},
         {{"ratelimit", "\"default\";r=0;t=10"}, {"retry-after", "10"}},
         "quota-exceeded"},
        {"ietf_old",
         429,
         {{"ratelimit-limit", "2"}, {"ratelimit-remaining", "1"}, {"ratelimit-reset", "10"}},
         {{"ratelimit-remaining", "0"}, {"retry-after", "10"}},
         ""},
        {"hubspot",
         429,
         {{"x-hubspot-ratelimit-max", "2"}, {"x-hubspot-ratelimit-interval-milliseconds", "10000"}},
         {{"x-hubspot-ratelimit-remaining", "0"}, {"retry-after", ""}},
         "RATE_LIMIT"},
        {"discord",
         429,
         {{"x-ratelimit-reset-after", "10.000"}, {"x-ratelimit-reset", "1767225610.000"}},
         {{"retry-after", "10"}, {"x-ratelimit-scope", "user"}},
         "\"retry_after\":10.000"},
        {"shopify",
         429,
         {{"x-shopify-shop-api-call-limit", "1/2"}},
         {{"x-shopify-shop-api-call-limit", "2/2"}, {"retry-after", "10.0"}},
         "Exceeded"},
        {"stripe",
         429,
         {{"stripe-should-retry", ""}},
         {{"stripe-should-retry", "true"}, {"retry-after", ""}},
         "rate_limit"},
        {"slack", 429, {{"retry-after", ""}}, {{"retry-after", "10"}}, "ratelimited"},
        {"notion", 429, {{"retry-after", ""}}, {{"retry-after", "10"}}, "rate_limited"},
        {"openai",
         429,
         {{"x-ratelimit-limit-requests", "2"}, {"x-ratelimit-reset-requests", "10s"}},
         {{"x-ratelimit-remaining-requests", "0"}, {"retry-after-ms", "10000"}},
         "rate_limit_exceeded"},
        {"seconds", 429, {{"x-ratelimit-reset", "10"}}, {{"retry-after", "10"}}, ""},
        {"millis",
         429,
         {{"x-ratelimit-reset", "1767225610000"}},
         {{"x-ratelimit-remaining", "0"}, {"retry-after", ""}},
         ""},
        {"http_date",
         429,
         {{"retry-after", ""}},
         {{"retry-after", "Thu, 01 Jan 2026 00:00:10 GMT"}},
         ""},
        {"unavailable", 503, {{"retry-after", ""}}, {{"retry-after", "10"}}, ""},
        {"silent", 429, {{"x-ratelimit-reset", ""}}, {{"retry-after", ""}}, ""},
        {"google", 403, {}, {{"retry-after", ""}}, "rateLimitExceeded"},
    };
}

// One request of two in ten seconds, then two more at once. Virtual time begins on 2026-01-01 at
// midnight.
TEST(LimitDialects, each_tells_it_in_its_own_headers) {
    for (const auto& dialect : dialects()) {
        World world(limits("kind = \"window\"\nlimit = 2\nwindow = \"10s\"\ndialect = \"" +
                           std::string(dialect.name) + '"'),
                    1, "api");
        const auto served = world.get("/api/items");
        EXPECT_EQ(served.status, 200) << dialect.name;
        for (const auto& [name, value] : dialect.served) {
            EXPECT_EQ(served.headers.value(name), value) << dialect.name << ' ' << name;
        }
        world.get("/api/items");
        const auto refused = world.get("/api/items");
        EXPECT_EQ(refused.status, dialect.status) << dialect.name;
        for (const auto& [name, value] : dialect.refused) {
            EXPECT_EQ(refused.headers.value(name), value) << dialect.name << ' ' << name;
        }
        EXPECT_THAT(refused.body, HasSubstr(std::string(dialect.body))) << dialect.name;
        world.wait(10s);
        EXPECT_EQ(world.get("/api/items").status, 200) << dialect.name;
    }
}

TEST(LimitDialects, several_limits_stand_side_by_side_in_the_new_ietf_form) {
    World world(
        "name = \"x\"\n[[limits.api]]\nname = \"burst\"\nkind = \"window\"\nlimit = 2\n"
        "window = \"1s\"\n[[limits.api]]\nname = \"many\"\nkind = \"concurrency\"\nlimit = 9\n",
        1, "api");
    const auto answer = world.get("/api/items");
    EXPECT_EQ(answer.headers.value("ratelimit-policy"),
              "\"burst\";q=2;w=1, \"many\";q=9;qu=\"concurrent-requests\"");
    EXPECT_EQ(answer.headers.value("ratelimit"), "\"burst\";r=1;t=1, \"many\";r=8");
}

TEST(LimitsInASandbox, rows_say_what_was_left_and_refusals_are_faults) {
    World world(limits("kind = \"window\"\nlimit = 1\nwindow = \"10s\"\ndialect = \"twitter\""), 1,
                "api");
    world.get("/api/items");
    world.wait(4s);
    world.send({.method = "POST", .target = "/api/items"});
    const auto& served = world.rows().at(0);
    EXPECT_EQ(served.facts.at("limit"), "1");
    EXPECT_EQ(served.facts.at("remaining"), "0");
    EXPECT_EQ(served.facts.at("reset"), "10000");
    EXPECT_EQ(served.decision, Exchange::Decision::served);
    const auto& refused = world.rows().at(1);
    EXPECT_EQ(refused.facts.at("reset"), "6000");
    EXPECT_EQ(refused.decision, Exchange::Decision::fault);
    EXPECT_EQ(refused.faults.at(0).id, "limits.api.default");
    EXPECT_EQ(refused.limit_reset, refused.first_byte + 6s);
    EXPECT_EQ(world.things->created(), 0) << "the provider was not asked";
}

TEST(LimitsInASandbox, those_under_way_are_counted_from_arrival_to_the_last_byte) {
    World world(limits("kind = \"concurrency\"\nlimit = 2") +
                    "[[fault]]\nwhere = \"api:*\"\nwhat = { delay = \"1s\" }\n",
                1, "api");
    runtime::TaskGroup group(world.scheduler);
    std::vector<int> seen;
    struct Ask {
        static runtime::Task<void> one(World& world, std::vector<int>& seen) {
            const auto answer = co_await world.attempt({.target = "/api/items"});
            seen.push_back(answer.status);
        }
    };
    for (int i = 0; i < 3; ++i) {
        group.spawn(Ask::one(world, seen));
    }
    runtime::run(world.scheduler, group.join());
    EXPECT_THAT(seen, testing::UnorderedElementsAre(200, 200, 429));
    EXPECT_EQ(world.get("/api/items").status, 200);
}

TEST(LimitsInASandbox, a_fault_that_answers_in_place_takes_nothing_of_a_limit) {
    World world(limits("kind = \"window\"\nlimit = 1\nwindow = \"10s\"") +
                    "[[fault]]\nwhere = \"api:*\"\nwhat = { status = 503 }\nwhen = { nth = 1 }\n",
                1, "api");
    EXPECT_EQ(world.get("/api/items").status, 503);
    EXPECT_EQ(world.get("/api/items").status, 200);
    EXPECT_EQ(world.get("/api/items").status, 429);
}

TEST(LimitsInASandbox, can_be_set_and_lifted_while_it_runs) {
    World world("name = \"x\"", 1, "api");
    EXPECT_EQ(world.get("/api/items").headers.value("ratelimit"), "");
    ASSERT_TRUE(world.sandbox->set_limits("api", {{.limit = 1, .window = 1h}}));
    EXPECT_EQ(world.get("/api/items").status, 200);
    EXPECT_EQ(world.get("/api/items").status, 429);
    ASSERT_TRUE(world.sandbox->set_limits("api", {}));
    EXPECT_EQ(world.get("/api/items").status, 200);
    const auto refused = world.sandbox->set_limits("nobody", {LimitRule()});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().detail(), "/limits/nobody");
}

TEST(LimitsInASandbox, github_speaks_as_it_does_and_a_304_is_free) {
    runtime::VirtualScheduler scheduler;
    SandboxOptions options;
    options.scenario =
        *parse_scenario(limits("kind = \"window\"\nlimit = 2\nwindow = \"5s\"", "github"));
    options.providers.push_back(
        std::make_unique<github::GitHubProvider>(make_world().value().github));
    const auto sandbox = *Sandbox::make(scheduler, std::move(options));
    const auto get = [&](const std::string& etag) {
        http::Request request("GET",
                              *http::Url::parse("http://sandbox.test/github/repos/octo/hello"));
        request.header("user-agent", "test/1").header("authorization", "Bearer ghp_stubtoken");
        if (!etag.empty()) {
            request.header("if-none-match", etag);
        }
        return *runtime::run(scheduler, sandbox->call(std::move(request), {}));
    };
    const auto first = get("");
    EXPECT_EQ(first.headers().value("x-ratelimit-limit"), "2");
    EXPECT_EQ(first.headers().value("x-ratelimit-remaining"), "1");
    const std::string etag(first.headers().value("etag"));
    if (!etag.empty()) {
        const auto same = get(etag);
        EXPECT_EQ(same.status(), 304);
        EXPECT_EQ(same.headers().value("x-ratelimit-remaining"), "1");
    }
    EXPECT_EQ(get("").status(), 200);
    const auto refused = get("");
    EXPECT_EQ(refused.status(), 403);
    EXPECT_EQ(refused.headers().value("x-ratelimit-remaining"), "0");
    EXPECT_EQ(refused.headers().value("x-ratelimit-limit"), "2");
    EXPECT_EQ(refused.headers().value("retry-after"), "");
}

TEST(LimitsInAScenario, every_wrong_key_is_named_with_its_line) {
    const auto wrong = [](std::string_view fields, std::string_view provider = "api") {
        const auto scenario = parse_scenario(limits(fields, provider));
        return scenario ? std::string("accepted") : scenario.error().to_string();
    };
    EXPECT_THAT(wrong("limit = 3"), HasSubstr("/limits/api/kind"));
    EXPECT_THAT(wrong("kind = \"window\"\nlimit = 3\nwindwo = \"1s\""),
                HasSubstr("line 5: /limits/api/windwo"));
    EXPECT_THAT(wrong("kind = \"window\"\nlimit = 0"), HasSubstr("line 4: /limits/api/limit"));
    EXPECT_THAT(wrong("kind = \"daily\"\nlimit = 1\nwindow = \"1s\""), HasSubstr("line 5"));
    EXPECT_THAT(wrong("kind = \"window\"\nlimit = 1\nburst = 2"), HasSubstr("/limits/api/burst"));
    EXPECT_THAT(wrong("kind = \"window\"\nlimit = 1\ndialect = \"x\""), HasSubstr("ietf_old"));
    EXPECT_THAT(wrong("kind = \"window\"\nlimit = 1\ndialect = \"ietf\"", "github"),
                HasSubstr("only api chooses"));
    EXPECT_THAT(wrong("kind = \"window\"\nlimit = 1\nstatus = 200"), HasSubstr("403, 429 or 503"));
    EXPECT_THAT(wrong("kind = \"window\"\nlimit = 1\nsays = \"no\""), HasSubstr("secondary"));
    EXPECT_THAT(wrong("kind = \"window\"\nlimit = 1\nname = \"a\\\"b\""), HasSubstr("/name"));
    EXPECT_THAT(wrong("kind = \"window\"\nlimit = 1\ncosts = { a = 1 }"), HasSubstr("/costs"));
    EXPECT_THAT(wrong("kind = \"cost\"\nlimit = 1\ncosts = { a = -1 }"),
                HasSubstr("line 5: /limits/api/costs/a"));
    EXPECT_THAT(wrong("kind = \"window\"\nlimit = 1\noperations = []"), HasSubstr("/operations"));
    EXPECT_EQ(wrong("kind = \"cost\"\nlimit = 1\nburst = 5\nwindow = \"1s\""), "accepted");
}

TEST(LimitsInAScenario, an_operation_that_is_not_served_is_refused_at_the_start) {
    World world("name = \"x\"", 1, "api");
    const auto scenario =
        parse_scenario(limits("kind = \"window\"\nlimit = 1\noperations = [\"list_nothing\"]"));
    ASSERT_TRUE(scenario);
    const auto run = world.sandbox->start_run(*scenario, 1);
    ASSERT_FALSE(run);
    EXPECT_EQ(run.error().detail(), "/limits/api/operations");
    EXPECT_EQ(world.get("/api/items").status, 200) << "the run before goes on";
}

}  // namespace
}  // namespace apilab::sandbox
