// WHK-13: does a program ask for what its subscription told while nobody heard it?

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "apilab/http/json.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"
#include "apilab/sandbox/internal/test_receiver.hpp"
#include "apilab/sandbox/judge/judge.hpp"
#include "apilab/sandbox/scenario.hpp"
#include "apilab/sandbox/webhook/delivery_hub.hpp"
#include "apilab/sandbox/world.hpp"
#include "apilab/transport/loopback_transport.hpp"

namespace apilab::sandbox {
namespace {

using namespace std::chrono_literals;
using internal::finding_of;
using runtime::Task;

constexpr std::string_view lossy = R"(
name = "lossy"
[[fault]]
where = "github:*"
what = { webhook = "lost" }
when = { first = 3 }
)";
constexpr std::string_view calm = "name = \"calm\"\n";

// Has an effect for every delivery whose id is new to it.
class Program final : public runtime::Service {
public:
    Task<Result<http::Response>> call(http::Request request, runtime::CallContext) override {
        const std::string guid(request.headers().value("x-github-delivery"));
        if (answers_503) {
            co_return http::Response(503);
        }
        if (request.headers().value("x-github-event") != "issues" || forgets_all) {
            co_return http::Response(200);
        }
        if (seen.insert(guid).second || forgets) {
            auto effect = http::Request::post(*http::Url::parse("http://sandbox.test/effects"),
                                              R"({"event":)" + http::json_quote(guid) + "}");
            (void)co_await sandbox->call(std::move(effect), {});
        }
        co_return http::Response(200);
    }
    Sandbox* sandbox = nullptr;
    std::set<std::string> seen;
    bool forgets = false;
    bool forgets_all = false;
    bool answers_503 = false;
};

struct GapChecks : testing::Test {
    runtime::VirtualScheduler scheduler;
    Program program;
    transport::LoopbackTransport way{scheduler, program};
    std::unique_ptr<Sandbox> sandbox;
    std::string hook;

    void begin(std::string_view scenario) {
        SandboxOptions options;
        options.scenario = parse_scenario(scenario).value();
        const WorldOptions world_options{.seed = 1};
        options.providers = make_providers(make_world(world_options).value(), world_options);
        sandbox = Sandbox::make(scheduler, std::move(options)).value();
        program.sandbox = sandbox.get();
        sandbox->hub().deliver_over(&way);
        hook = sandbox->hub()
                   .subscribe({.from = "github",
                               .url = "http://127.0.0.1:1/",
                               .secret = Secret("s"),
                               .events = {"*"}})
                   .value();
        for (int i = 0; i < 6; ++i) {
            sandbox->hub().emit({.from = "github", .type = "issues", .scope = {}, .body = "{}"});
            settle();
        }
    }
    void settle() { runtime::run(scheduler, sandbox->hub().settled()); }
    // Of those that did not arrive, or of all.
    void ask(bool all) {
        for (const auto& each : sandbox->hub().deliveries(hook)) {
            if (all || each.status != 200) {
                EXPECT_TRUE(sandbox->hub().redeliver(each.id));
            }
        }
        settle();
    }
    Finding found() {
        sandbox->stop_run();
        return finding_of(judge_run(*sandbox, {}).value(), "WHK-13");
    }
};

TEST_F(GapChecks, who_asks_for_what_did_not_arrive_passes) {
    begin(lossy);
    ask(false);
    const auto finding = found();
    EXPECT_EQ(finding.verdict, Verdict::pass) << finding.sentence;
    EXPECT_EQ(finding.sentence, "3 events that had not arrived were asked for, and worked once");
    EXPECT_FALSE(finding.rows.empty());
}

TEST_F(GapChecks, who_waits_for_github_to_try_again_fails) {
    begin(lossy);
    EXPECT_EQ(found().verdict, Verdict::fail);
}

TEST_F(GapChecks, who_asks_for_everything_fails) {
    begin(lossy);
    ask(true);
    const auto finding = found();
    EXPECT_EQ(finding.verdict, Verdict::fail);
    EXPECT_THAT(finding.sentence, testing::HasSubstr("had arrived"));
}

TEST_F(GapChecks, who_does_the_work_twice_fails) {
    program.forgets = true;
    begin(lossy);
    ask(false);
    for (const auto& each : sandbox->hub().deliveries(hook)) {
        if (each.status != 200) {
            EXPECT_TRUE(sandbox->hub().redeliver(each.id));
        }
    }
    settle();
    EXPECT_THAT(found().sentence, testing::HasSubstr("had 2 effects"));
}

TEST_F(GapChecks, an_outage_that_is_told_with_a_503_is_a_gap_too) {
    begin(calm);
    program.answers_503 = true;
    sandbox->hub().emit({.from = "github", .type = "issues", .scope = {}, .body = "{}"});
    settle();
    program.answers_503 = false;
    EXPECT_EQ(found().verdict, Verdict::fail);
}

TEST_F(GapChecks, where_everything_arrives_nothing_is_judged) {
    begin(calm);
    EXPECT_EQ(found().reason, UnknownReason::not_exercised);
}

TEST_F(GapChecks, who_does_nothing_for_such_events_is_not_judged) {
    program.forgets_all = true;
    begin(lossy);
    EXPECT_EQ(found().verdict, Verdict::unknown);
}

}  // namespace
}  // namespace apilab::sandbox
