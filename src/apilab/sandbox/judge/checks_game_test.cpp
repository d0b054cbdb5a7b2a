// GAM-01 to GAM-05: troubles that nobody announced, and what was made of them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <utility>

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
using testing::HasSubstr;

// npm is down from the tenth minute to the thirtieth.
constexpr std::string_view down = R"(
name = "down"
[[fault]]
where = "npm:*"
what = { status = 503 }
when = { window = ["10m", "30m"] }
[[fault]]
where = "oauth:*"
what = { status = 401 }
when = { window = ["10m", "30m"] }
)";

// Has so many effects for every delivery.
class Program final : public runtime::Service {
public:
    Task<Result<http::Response>> call(http::Request request, runtime::CallContext) override {
        const std::string guid(request.headers().value("x-github-delivery"));
        for (int i = 0; i < effects; ++i) {
            auto effect = http::Request::post(*http::Url::parse("http://sandbox.test/effects"),
                                              R"({"event":)" + http::json_quote(guid) + "}");
            (void)co_await sandbox->call(std::move(effect), {});
        }
        co_return http::Response(200);
    }
    Sandbox* sandbox = nullptr;
    int effects = 1;
};

struct GameChecks : testing::Test {
    runtime::VirtualScheduler scheduler;
    Program program;
    transport::LoopbackTransport way{scheduler, program};
    std::unique_ptr<Sandbox> sandbox;

    GameChecks() {
        SandboxOptions options;
        options.scenario = parse_scenario(down).value();
        const WorldOptions world_options{.seed = 1};
        options.providers = make_providers(make_world(world_options).value(), world_options);
        sandbox = Sandbox::make(scheduler, std::move(options)).value();
        program.sandbox = sandbox.get();
    }
    static Task<void> after(runtime::Scheduler& scheduler, Duration duration) {
        (void)co_await scheduler.sleep_for(duration);
    }
    void pass_time(Duration duration) { runtime::run(scheduler, after(scheduler, duration)); }
    void befalls(std::string name, std::string cure, Duration from = 10min,
                 Duration until = 30min) {
        sandbox->note_outbound({.from = "incident",
                                .facts = {{"name", std::move(name)},
                                          {"cure", std::move(cure)},
                                          {"from", std::to_string(from / 1ms)},
                                          {"until", std::to_string(until / 1ms)}}});
    }
    void ask(const std::string& path, std::string method = "GET") {
        http::Request request(std::move(method), *http::Url::parse("http://sandbox.test" + path));
        (void)runtime::run(scheduler, sandbox->call(std::move(request), {}));
    }
    void asks_every_half_minute(const std::string& path, Duration from, Duration until) {
        pass_time(from);
        for (Duration at = from; at < until; at += 30s) {
            ask(path);
            pass_time(30s);
        }
    }
    void log(std::string text) { EXPECT_TRUE(sandbox->hand_in("incident log", std::move(text))); }
    Finding found(std::string_view id) {
        sandbox->stop_run();
        return finding_of(judge_run(*sandbox, {}).value(), id);
    }
    void tell() {
        sandbox->hub().deliver_over(&way);
        ASSERT_TRUE(sandbox->hub().subscribe({.from = "github",
                                              .url = "http://127.0.0.1:1/",
                                              .secret = Secret("s"),
                                              .events = {"*"}}));
        sandbox->hub().emit({.from = "github", .type = "issues", .scope = {}, .body = "{}"});
        runtime::run(scheduler, sandbox->hub().settled());
    }
};

std::string at(Duration time, std::string_view name) {
    return std::to_string(time / 1ms) + " " + std::string(name) + "\n";
}

TEST_F(GameChecks, who_had_a_quiet_day_is_not_judged) {
    log(at(5min, "down npm"));
    for (const auto* id : {"GAM-01", "GAM-02", "GAM-03", "GAM-04", "GAM-05"}) {
        EXPECT_EQ(found(id).reason, UnknownReason::not_exercised) << id;
    }
}

TEST_F(GameChecks, a_name_counts_while_the_trouble_lasts) {
    befalls("down npm", "leave npm");
    log(at(9min, "down npm") + at(31min, "down npm") + at(15min, "hangs npm"));
    const auto finding = found("GAM-01");
    EXPECT_EQ(finding.verdict, Verdict::fail);
    EXPECT_EQ(finding.sentence,
              "0 of 1 incidents were called by their name while they lasted; not: down npm");
    EXPECT_EQ(finding.rows.size(), 1U);
}

TEST_F(GameChecks, each_trouble_has_to_be_named) {
    befalls("down npm", "leave npm");
    befalls("silence", "reconcile");
    log(at(11min, "down npm") + at(12min, "silence"));
    EXPECT_EQ(found("GAM-01").verdict, Verdict::pass);
    log(at(11min, "down npm"));
    EXPECT_EQ(found("GAM-01").verdict, Verdict::fail);
    EXPECT_THAT(found("GAM-01").sentence, HasSubstr("1 of 2"));
}

TEST_F(GameChecks, what_nobody_wrote_down_was_not_seen) {
    befalls("down npm", "leave npm");
    EXPECT_EQ(found("GAM-01").verdict, Verdict::fail);
    EXPECT_EQ(found("GAM-02").verdict, Verdict::fail);
    EXPECT_THAT(found("GAM-02").sentence, HasSubstr("never seen"));
}

TEST_F(GameChecks, half_of_the_troubles_are_seen_within_two_minutes_under_whatever_name) {
    befalls("down npm", "leave npm");
    log(at(12min, "something"));
    EXPECT_EQ(found("GAM-02").verdict, Verdict::pass) << found("GAM-02").sentence;
    log(at(12min + 1ms, "something"));
    EXPECT_EQ(found("GAM-02").verdict, Verdict::fail);
}

TEST_F(GameChecks, one_that_was_seen_soon_is_not_half_of_three) {
    befalls("down npm", "leave npm", 10min, 11min);
    befalls("silence", "reconcile", 20min, 29min);
    befalls("dead token", "rotate", 40min, 49min);
    log(at(10min, "a") + at(25min, "b") + at(45min, "c"));
    EXPECT_EQ(found("GAM-02").verdict, Verdict::fail) << found("GAM-02").sentence;
    log(at(10min, "a") + at(21min, "b") + at(45min, "c"));
    EXPECT_EQ(found("GAM-02").verdict, Verdict::pass) << found("GAM-02").sentence;
}

TEST_F(GameChecks, an_alarm_about_nothing_fails_and_one_just_after_the_end_does_not) {
    befalls("down npm", "leave npm");
    log(at(10min, "a") + at(33min, "b"));
    EXPECT_EQ(found("GAM-03").verdict, Verdict::pass);
    log(at(10min, "a") + at(33min + 1ms, "b") + at(9min, "c"));
    EXPECT_EQ(found("GAM-03").sentence, "2 of 3 alarms were about nothing: b, c");
}

TEST_F(GameChecks, who_leaves_alone_what_is_down_may_ask_once_a_minute) {
    befalls("down npm", "leave npm");
    asks_every_half_minute("/npm/axios", 10min, 15min);
    for (int i = 0; i < 15; ++i) {
        ask("/npm/axios");
        pass_time(1min);
    }
    EXPECT_EQ(found("GAM-04").verdict, Verdict::pass) << found("GAM-04").sentence;
}

TEST_F(GameChecks, who_goes_on_asking_what_is_down_fails) {
    befalls("down npm", "leave npm");
    asks_every_half_minute("/npm/axios", 10min, 29min);
    const auto finding = found("GAM-04");
    EXPECT_EQ(finding.verdict, Verdict::fail);
    EXPECT_EQ(finding.sentence, "1 of 1 incidents went on although there is a cure: down npm");
    EXPECT_EQ(finding.rows.size(), 1U);
}

TEST_F(GameChecks, a_dead_token_may_be_refused_for_five_minutes) {
    befalls("dead token", "rotate");
    asks_every_half_minute("/oauth/documents/d", 10min, 15min);
    EXPECT_EQ(found("GAM-04").verdict, Verdict::pass) << found("GAM-04").sentence;
}

TEST_F(GameChecks, who_goes_on_with_the_dead_token_fails) {
    befalls("dead token", "rotate");
    asks_every_half_minute("/oauth/documents/d", 10min, 16min);
    EXPECT_EQ(found("GAM-04").verdict, Verdict::fail);
}

TEST_F(GameChecks, silence_is_cured_by_asking_for_what_did_not_arrive) {
    befalls("silence", "reconcile");
    pass_time(9min);
    ask("/github/repos/octo/hello/hooks/1/deliveries/1/attempts", "POST");
    EXPECT_EQ(finding_of(judge_run(*sandbox, {}).value(), "GAM-04").verdict, Verdict::fail)
        << "before there was anything to ask for";
    pass_time(10min);
    ask("/github/repos/octo/hello/hooks/1/deliveries/1/attempts", "POST");
    EXPECT_EQ(found("GAM-04").verdict, Verdict::pass) << found("GAM-04").sentence;
}

TEST_F(GameChecks, an_event_has_one_effect_at_the_end_of_the_day) {
    befalls("down npm", "leave npm");
    tell();
    EXPECT_EQ(found("GAM-05").verdict, Verdict::pass) << found("GAM-05").sentence;
}

TEST_F(GameChecks, an_event_without_an_effect_is_blamed) {
    befalls("down npm", "leave npm");
    program.effects = 0;
    tell();
    EXPECT_THAT(found("GAM-05").sentence, HasSubstr("had 0 effects"));
}

TEST_F(GameChecks, an_event_with_two_effects_is_blamed) {
    befalls("down npm", "leave npm");
    program.effects = 2;
    tell();
    EXPECT_THAT(found("GAM-05").sentence, HasSubstr("had 2 effects"));
}

}  // namespace
}  // namespace apilab::sandbox
