// RBK-01 to RBK-03: a page for the night, and what became of each of its steps.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "apilab/http/json.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"
#include "apilab/sandbox/credentials.hpp"
#include "apilab/sandbox/internal/test_receiver.hpp"
#include "apilab/sandbox/judge/judge.hpp"
#include "apilab/sandbox/scenario.hpp"
#include "apilab/sandbox/world.hpp"

namespace apilab::sandbox {
namespace {

using namespace std::chrono_literals;
using internal::finding_of;
using runtime::Task;
using testing::HasSubstr;

constexpr std::string_view refuses_once = R"(
name = "refuses-once"
[[fault]]
where = "effects:*"
what = { status = 422 }
when = { first = 1 }
)";

/// A drill with one step that may be left out, or done without effect.
struct Drill {
    std::string left_out;
    std::string without_effect;
    bool npm_stays_off = false;
    bool replays_another = false;
    bool loses_what_it_took = false;
    bool stops_for_good = false;
};

struct RunbookChecks : testing::Test {
    runtime::VirtualScheduler scheduler;
    std::unique_ptr<Sandbox> sandbox;
    std::string transcript;
    std::string key;
    int events = 0;

    RunbookChecks() {
        SandboxOptions options;
        options.scenario = parse_scenario(refuses_once).value();
        const WorldOptions world_options{.seed = 1};
        options.providers = make_providers(make_world(world_options).value(), world_options);
        options.seed = 1;
        sandbox = Sandbox::make(scheduler, std::move(options)).value();
        for (const auto& [name, value] : seed_credentials(1)) {
            key = name == "APILAB_API_KEY" ? value : key;
        }
    }
    static Task<void> after(runtime::Scheduler& scheduler, Duration duration) {
        (void)co_await scheduler.sleep_for(duration);
    }
    void pass_time(Duration duration) { runtime::run(scheduler, after(scheduler, duration)); }
    void send(std::string method, const std::string& path, std::string body = {}) {
        http::Request request(std::move(method), *http::Url::parse("http://sandbox.test" + path));
        request.header("x-api-key", key);
        (void)runtime::run(scheduler, sandbox->call(request.body(std::move(body)), {}));
    }
    void effect(const std::string& event) {
        send("POST", "/effects", R"({"event":)" + http::json_quote(event) + "}");
    }
    void work() {
        send("GET", "/npm/axios/latest");
        effect("e" + std::to_string(++events));
    }
    void told(std::string event, std::string path, int status) {
        sandbox->note_outbound({.from = event.empty() ? "visitor" : "slack",
                                .path = std::move(path),
                                .status = status,
                                .facts = event.empty()
                                             ? std::map<std::string, std::string>{}
                                             : std::map<std::string, std::string>{
                                                   {"event", event}, {"truth", "genuine"}}});
    }
    // One step: begins, does what it does, ends five seconds later.
    void step(const Drill& drill, const std::string& name, auto does) {
        const auto begun = scheduler.now();
        pass_time(2s);
        if (name != drill.without_effect) {
            does();
        } else if (name == "disable") {
            work();  // asks npm as before
        }
        pass_time(3s);
        if (name != drill.left_out) {
            transcript += name + " " + std::to_string(begun.time_since_epoch() / 1ms) + " " +
                          std::to_string(scheduler.now().time_since_epoch() / 1ms) + "\n";
        }
        pass_time(500ms);
    }
    void play(const Drill& drill) {
        effect("refused");
        work();
        step(drill, "rotate", [&] { send("POST", "/api/keys/rotate"); });
        step(drill, "replay", [&] { effect(drill.replays_another ? "new" : "refused"); });
        step(drill, "drain", [&] { told("", "/readyz", 503); });
        step(drill, "disable", [&] { effect("without npm"); });
        step(drill, "restore", [&] { told("kept", "/slack", 200); });
        if (drill.without_effect != "restore" && !drill.loses_what_it_took) {
            effect("kept");
        }
        pass_time(5s);
        if (!drill.stops_for_good) {
            drill.npm_stays_off ? effect("last") : work();
        }
        pass_time(1s);
        EXPECT_TRUE(sandbox->hand_in("runbook transcript", transcript));
        page("owner: Mara\n");
    }
    void page(std::string text) {
        EXPECT_TRUE(sandbox->hand_in("runbook page", std::move(text)));
        EXPECT_TRUE(sandbox->hand_in("runbook configuration", "owner = \"Mara\"\nlimit = 3\n"));
    }
    Finding found(std::string_view id) {
        sandbox->stop_run();
        return finding_of(judge_run(*sandbox, {}).value(), id);
    }
};

TEST_F(RunbookChecks, a_drill_of_all_steps_with_their_effects_passes) {
    play({});
    for (const auto* id : {"RBK-01", "RBK-02", "RBK-03"}) {
        EXPECT_EQ(found(id).verdict, Verdict::pass) << id << ": " << found(id).sentence;
    }
}

TEST_F(RunbookChecks, who_has_no_runbook_or_nothing_to_do_is_not_judged) {
    for (const auto* id : {"RBK-01", "RBK-02", "RBK-03"}) {
        EXPECT_EQ(found(id).reason, UnknownReason::not_applicable) << id;
    }
    page("owner: Mara\n");
    for (const auto* id : {"RBK-01", "RBK-02", "RBK-03"}) {
        EXPECT_EQ(found(id).reason, UnknownReason::not_exercised) << id;
    }
}

TEST_F(RunbookChecks, a_source_that_stays_off_fails) {
    play({.npm_stays_off = true});
    EXPECT_EQ(found("RBK-02").sentence, "after the last step npm was not asked any more");
    EXPECT_EQ(found("RBK-01").verdict, Verdict::pass);
}

TEST_F(RunbookChecks, a_service_that_stays_drained_fails) {
    play({.stops_for_good = true});
    EXPECT_EQ(found("RBK-02").sentence, "after the last step nothing was done any more");
}

TEST_F(RunbookChecks, what_was_never_refused_is_no_replay) {
    play({.replays_another = true});
    EXPECT_EQ(found("RBK-01").sentence, "replay changed nothing");
}

TEST_F(RunbookChecks, what_was_accepted_and_lost_with_the_store_is_not_restored) {
    play({.loses_what_it_took = true});
    EXPECT_EQ(found("RBK-01").sentence, "restore changed nothing");
}

TEST_F(RunbookChecks, a_page_that_says_something_else_fails_and_the_setting_is_named) {
    play({});
    page("owner: Jan\n");
    EXPECT_EQ(found("RBK-03").sentence, "the page does not say what is configured as owner");
}

struct EachStep : RunbookChecks, testing::WithParamInterface<const char*> {};

TEST_P(EachStep, that_was_only_written_down_fails) {
    play({.left_out = GetParam()});
    EXPECT_THAT(found("RBK-01").sentence, HasSubstr(GetParam() + std::string(" was not carried")));
}

TEST_P(EachStep, that_changed_nothing_fails) {
    play({.without_effect = GetParam()});
    EXPECT_EQ(found("RBK-01").sentence, GetParam() + std::string(" changed nothing"));
}

INSTANTIATE_TEST_SUITE_P(Runbook, EachStep,
                         testing::Values("rotate", "replay", "drain", "disable", "restore"));

}  // namespace
}  // namespace apilab::sandbox
