#include "apilab/sandbox/sandbox.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apilab/http/date.hpp"
#include "apilab/http/wire.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/sandbox/internal/test_world.hpp"

namespace apilab::sandbox {
namespace {

using namespace std::chrono_literals;
using internal::World;
using testing::HasSubstr;

std::string one_fault(std::string_view what, std::string_view when = "{ first = 1 }",
                      std::string_view where = "things:*") {
    return "name = \"t\"\n[[fault]]\nwhere = \"" + std::string(where) +
           "\"\nwhat = " + std::string(what) + "\nwhen = " + std::string(when) + "\n";
}

TEST(Sandbox, answers_with_the_provider_and_notes_it) {
    World world;
    const auto seen = world.send({.target = "/things/items/a%20b?x=1&y=%2B", .connection = 4});
    EXPECT_EQ(seen.status, 200);
    EXPECT_THAT(seen.body, HasSubstr("\"base\":\"http://sandbox.test/things\""));
    EXPECT_EQ(world.things->last().path.at("id"), "a b");
    EXPECT_EQ(world.things->last().param("y"), "+");
    EXPECT_EQ(world.things->last().param("z"), std::nullopt);
    ASSERT_EQ(world.rows().size(), 1U);
    const Exchange& row = world.rows()[0];
    EXPECT_EQ(row.provider, "things");
    EXPECT_EQ(row.operation, "get_item");
    EXPECT_EQ(row.path, "/items/a%20b");
    EXPECT_EQ(row.connection, 4U);
    EXPECT_EQ(row.decision, Exchange::Decision::served);
    EXPECT_TRUE(row.answered());
    EXPECT_EQ(row.status, 200);
    EXPECT_FALSE(row.applied);
}

TEST(Sandbox, lists_its_providers_at_the_root) {
    World world;
    EXPECT_EQ(world.get("/").body, R"({"sandbox":"apilab","providers":[{"name":"things",)"
                                   R"("url":"http://sandbox.test/things"}]})");
    EXPECT_EQ(world.get("/nobody/x").status, 404);
    EXPECT_EQ(world.rows()[1].decision, Exchange::Decision::unsupported);
    EXPECT_EQ(world.get("/thingsandmore/items").status, 404) << "a prefix is a whole segment";
}

TEST(Sandbox, an_unknown_path_answers_as_the_provider_does_and_is_noted) {
    World world(one_fault("{ status = 503 }", "{ every = 1 }"));
    for (const auto* target : {"/things", "/things/", "/things/nothing", "/things/items/a/b"}) {
        EXPECT_THAT(world.get(target).body, HasSubstr("things has no such path")) << target;
        EXPECT_EQ(world.rows().back().decision, Exchange::Decision::unsupported);
    }
    EXPECT_EQ(world.send({.method = "DELETE"}).status, 404);
    EXPECT_EQ(world.sandbox->faults().status(world.scheduler.now())[0].matches, 0U);
}

TEST(Sandbox, head_is_routed_as_get) {
    World world;
    EXPECT_EQ(world.send({.method = "HEAD"}).status, 200);
    EXPECT_EQ(world.rows()[0].operation, "get_item");
    EXPECT_EQ(world.rows()[0].method, "HEAD");
}

TEST(Sandbox, a_status_fault_speaks_with_the_providers_voice) {
    World world(one_fault("{ status = 503, retry_after = \"1500ms\" }"));
    const auto seen = world.get("/things/items");
    EXPECT_EQ(seen.status, 503);
    EXPECT_EQ(seen.body, "{\"refused\":503}");
    EXPECT_EQ(seen.headers.value("retry-after"), "2") << "rounded up";
    const Exchange& row = world.rows()[0];
    EXPECT_EQ(row.decision, Exchange::Decision::fault);
    EXPECT_EQ(row.faults[0].id, "f1");
    EXPECT_EQ(row.faults[0].kind, "status");
    EXPECT_EQ(row.announced, Duration(2s));
    EXPECT_EQ(row.not_before(), world.scheduler.now() + 2s);
    EXPECT_EQ(world.get("/things/items").status, 200);
}

TEST(Sandbox, a_status_fault_with_headers_and_body_of_its_own) {
    World world(one_fault("{ status = 418, body = { a = 1 }, headers = { x-b = \"c\" } }"));
    const auto seen = world.get("/things/items");
    EXPECT_EQ(seen.status, 418);
    EXPECT_EQ(seen.body, "{\"a\":1}");
    EXPECT_EQ(seen.headers.value("x-b"), "c");
    EXPECT_THAT(std::string(seen.headers.value("content-type")), HasSubstr("application/json"));
    World plain(one_fault("{ status = 500, body = \"oops\" }"));
    EXPECT_EQ(plain.get("/things/items").body, "oops");
}

TEST(Sandbox, retry_after_as_a_date_is_never_early) {
    World world(one_fault("{ status = 429, retry_after = \"http-date:2s\" }"));
    world.wait(300ms);
    const auto seen = world.get("/things/items");
    const auto date = http::parse_http_date(seen.headers.value("retry-after"));
    ASSERT_TRUE(date);
    EXPECT_EQ(*date - world.scheduler.system_now(), Duration(2700ms));
    EXPECT_EQ(world.rows()[0].not_before(), world.scheduler.now() + 2700ms);
}

TEST(Sandbox, retry_after_verbatim_announces_nothing_that_can_be_judged) {
    World world(one_fault("{ status = 429, retry_after = \"soon\" }"));
    EXPECT_EQ(world.get("/things/items").headers.value("retry-after"), "soon");
    EXPECT_FALSE(world.rows()[0].announced);
}

TEST(Sandbox, a_limit_is_refused_as_the_provider_refuses_and_not_applied) {
    World world(one_fault("{ limit = \"secondary\", retry_after = \"3s\" }"));
    const auto seen = world.send({.method = "POST", .target = "/things/items", .body = "{}"});
    EXPECT_EQ(seen.status, 429);
    EXPECT_EQ(seen.headers.value("x-limit"), "secondary");
    EXPECT_EQ(seen.headers.value("retry-after"), "3");
    EXPECT_EQ(world.things->created(), 0);
    EXPECT_FALSE(world.rows()[0].applied);
}

TEST(Sandbox, hold_refuses_until_the_wait_is_over) {
    World world(
        one_fault("{ limit = \"primary\", retry_after = \"2s\", hold = true }", "{ nth = 1 }"));
    EXPECT_EQ(world.get("/things/items/a").status, 429);
    world.wait(500ms);
    const auto held = world.get("/things/items/b");
    EXPECT_EQ(held.status, 429);
    EXPECT_EQ(held.headers.value("retry-after"), "2") << "1.5 s are left, rounded up";
    EXPECT_TRUE(world.rows()[1].held);
    world.wait(1500ms);
    EXPECT_EQ(world.get("/things/items/c").status, 200);
}

TEST(Sandbox, a_delay_takes_its_time_before_the_provider_acts) {
    World world(one_fault("{ delay = \"250ms\" }"));
    const auto before = world.scheduler.now();
    EXPECT_EQ(world.get("/things/items").status, 200);
    EXPECT_EQ(world.scheduler.now() - before, Duration(250ms));
    EXPECT_EQ(world.rows()[0].delay, Duration(250ms));
    EXPECT_EQ(world.rows()[0].decision, Exchange::Decision::served);
}

TEST(Sandbox, a_reset_after_commit_applies_the_effect_and_loses_the_answer) {
    World world(one_fault("{ reset = \"after_commit\" }"));
    const auto seen = world.send({.method = "POST", .target = "/things/items", .body = "{}"});
    EXPECT_FALSE(seen.complete());
    EXPECT_EQ(world.things->created(), 1);
    const Exchange& row = world.rows()[0];
    EXPECT_TRUE(row.applied);
    EXPECT_TRUE(row.cut);
    EXPECT_FALSE(row.answered());
}

TEST(Sandbox, what_strikes_before_the_request_is_acted_on_applies_nothing) {
    for (const auto* what : {"{ reset = \"before_response\" }", "{ close = \"before_request\" }",
                             "{ stall = { at = \"accept\" } }"}) {
        World world(one_fault(what));
        const auto seen = world.send({.method = "POST", .target = "/things/items", .body = "{}"});
        EXPECT_FALSE(seen.complete()) << what;
        EXPECT_EQ(world.things->created(), 0) << what;
        EXPECT_FALSE(world.rows()[0].applied) << what;
        EXPECT_EQ(world.rows()[0].status, 0) << what;
    }
}

TEST(Sandbox, plans_say_what_the_faults_said) {
    using Reset = http::WirePlan::Reset;
    const auto plan = [](std::string_view what) {
        World world(one_fault(what));
        auto answer =
            runtime::run(world.scheduler,
                         world.sandbox->call(
                             http::Request::get(*http::Url::parse("http://h/things/items")), {}));
        return *answer->wire();
    };
    EXPECT_EQ(plan("{ reset = \"before_response\" }").reset, Reset::before_response);
    EXPECT_EQ(plan("{ reset = \"mid_headers\" }").reset, Reset::mid_headers);
    EXPECT_EQ(plan("{ reset = \"mid_body\" }").reset, Reset::mid_body);
    EXPECT_EQ(plan("{ reset = \"after_commit\" }").reset, Reset::before_response);
    EXPECT_TRUE(plan("{ close = \"before_request\" }").close_before_response);
    EXPECT_EQ(plan("{ truncate = 7 }").truncate_body_at, 7U);
    EXPECT_EQ(plan("{ stall = { at = \"accept\" } }").stall_at, 0U);
    EXPECT_GT(*plan("{ stall = { at = \"headers\" } }").stall_at, 0U);
    EXPECT_LT(*plan("{ stall = { at = \"headers\" } }").stall_at, 17U);
    EXPECT_GT(*plan("{ stall = { at = \"body\" } }").stall_body_at, 80U);
    EXPECT_EQ(plan("{ stall = { at = \"body\", for = \"2s\" } }").stall_for, 2s);
}

TEST(Sandbox, a_client_that_goes_away_during_a_delay_is_noted) {
    World world(one_fault("{ delay = \"10s\" }"));
    runtime::TaskGroup group(world.scheduler);
    group.spawn([](World& w) -> runtime::Task<void> { (void)co_await w.attempt({}); }(world));
    world.wait(1s);
    EXPECT_FALSE(world.rows()[0].finished);
    group.cancel();
    runtime::run(world.scheduler, group.join());
    EXPECT_TRUE(world.rows()[0].peer_closed);
    EXPECT_EQ(world.rows()[0].status, 0);
}

TEST(Sandbox, the_same_seed_gives_the_same_journal) {
    const auto faults = one_fault("{ status = 503 }", "{ probability = 0.4 }");
    const auto statuses = [&](std::uint64_t seed) {
        World world(faults, seed);
        std::string text;
        for (int i = 0; i < 40; ++i) {
            text += world.get("/things/items").status == 200 ? '.' : '#';
        }
        return text;
    };
    EXPECT_EQ(statuses(5), statuses(5));
    EXPECT_NE(statuses(5), statuses(6));
}

TEST(Sandbox, a_run_starts_with_everything_anew) {
    World world(one_fault("{ status = 503 }"));
    world.send({.method = "POST", .target = "/things/items"});
    world.send({.method = "POST", .target = "/things/items"});
    EXPECT_EQ(world.things->created(), 1);
    EXPECT_EQ(world.sandbox->run().id, "r-0001");
    const auto run = world.sandbox->start_run(*built_in_scenario("none"), 9);
    ASSERT_TRUE(run);
    EXPECT_EQ(run->id, "r-0002");
    EXPECT_EQ(run->seed, 9U);
    EXPECT_EQ(world.things->created(), 0);
    EXPECT_TRUE(world.rows().empty());
    EXPECT_EQ(world.get("/things/items").status, 200);
    EXPECT_EQ(world.rows()[0].seq, 3U) << "sequence numbers go on";
}

TEST(Sandbox, reset_repeats_the_run) {
    World world(one_fault("{ status = 503 }"));
    EXPECT_EQ(world.get("/things/items").status, 503);
    EXPECT_EQ(world.get("/things/items").status, 200);
    world.sandbox->reset();
    EXPECT_EQ(world.get("/things/items").status, 503);
    EXPECT_EQ(world.sandbox->run().scenario, "t");
}

TEST(Sandbox, a_stopped_run_has_no_faults_and_keeps_its_journal) {
    World world(one_fault("{ status = 503 }", "{ every = 1 }"));
    EXPECT_EQ(world.get("/things/items").status, 503);
    world.sandbox->stop_run();
    EXPECT_EQ(world.get("/things/items").status, 200);
    EXPECT_EQ(world.rows().size(), 2U);
    EXPECT_TRUE(world.sandbox->run().stopped);
}

TEST(Sandbox, a_scenario_for_another_provider_is_refused_and_changes_nothing) {
    World world(one_fault("{ status = 503 }", "{ every = 1 }"));
    const auto other = parse_scenario(one_fault("{ status = 500 }", "{ first = 1 }", "slack:*"));
    const auto run = world.sandbox->start_run(*other, 1);
    ASSERT_FALSE(run);
    EXPECT_EQ(run.error().detail(), "/fault/0/where");
    EXPECT_THAT(run.error().message(), HasSubstr("served are: things"));
    EXPECT_EQ(world.sandbox->run().id, "r-0001");
    EXPECT_EQ(world.get("/things/items").status, 503);
}

TEST(Sandbox, an_end_told_after_the_sandbox_has_gone_harms_nothing) {
    std::shared_ptr<const http::WirePlan> plan;
    {
        World world;
        auto answer =
            runtime::run(world.scheduler,
                         world.sandbox->call(
                             http::Request::get(*http::Url::parse("http://h/things/items")), {}));
        plan = answer->wire();
    }
    plan->on_finished({});
}

TEST(Sandbox, two_providers_of_one_name_are_refused) {
    runtime::VirtualScheduler scheduler;
    SandboxOptions options;
    options.providers.push_back(std::make_unique<internal::ThingsProvider>());
    options.providers.push_back(std::make_unique<internal::ThingsProvider>());
    EXPECT_FALSE(Sandbox::make(scheduler, std::move(options)));
}

TEST(Flaky, every_operation_gets_through_with_three_attempts) {
    runtime::VirtualScheduler scheduler;
    SandboxOptions options;
    options.scenario = *built_in_scenario("flaky");
    World world;
    ASSERT_TRUE(world.sandbox->start_run(options.scenario, 3));
    int failed_attempts = 0;
    for (int item = 0; item < 200; ++item) {
        bool done = false;
        for (int attempt = 0; attempt < 3 && !done; ++attempt) {
            done = world.get("/things/items/" + std::to_string(item)).status == 200;
            failed_attempts += done ? 0 : 1;
        }
        EXPECT_TRUE(done) << item;
    }
    EXPECT_GT(failed_attempts, 20);
    for (const auto& status : world.sandbox->faults().status(world.scheduler.now())) {
        EXPECT_GT(status.hits, 0U) << status.id;
    }
}

TEST(RateLimited, refuses_every_fourth_within_ten_seconds_and_what_comes_too_soon) {
    World world;
    ASSERT_TRUE(world.sandbox->start_run(*built_in_scenario("rate-limited"), 1));
    std::string text;
    for (int item = 0; item < 8; ++item) {
        text += world.get("/things/items/" + std::to_string(item)).status == 429 ? '#' : '.';
    }
    EXPECT_EQ(text, "...#####") << "from the fourth on everything comes within the second";
    world.wait(1s);
    EXPECT_EQ(world.get("/things/items/x").status, 200);
}

}  // namespace
}  // namespace apilab::sandbox
