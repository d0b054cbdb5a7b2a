#include <gtest/gtest.h>

#include "apilab/sandbox/internal/test_world.hpp"
#include "apilab/sandbox/judge/judge.hpp"

namespace apilab::sandbox {
namespace {

using namespace std::chrono_literals;

// A run as a platform notes it, with one thing wrong at a time.
struct Story {
    std::string reachable = "everywhere";
    std::string healthy = "true";
    std::string since_start_ms = "40";
    std::string killed = "false";
    std::string code = "0";
    int visitor_status = 200;
    bool stopped = true;
    bool visited = true;
};

Verdict judged(const Story& story, std::string_view id) {
    internal::World world;
    auto& journal = world.sandbox->edit_journal();
    const auto add = [&](std::string from, std::string method, SteadyTime sent,
                         std::map<std::string, std::string> facts) {
        journal.add_outbound({.from = std::move(from),
                              .method = std::move(method),
                              .path = "/x",
                              .sent = sent,
                              .finished = sent + 100ms,
                              .status = story.visitor_status,
                              .facts = std::move(facts)});
    };
    const SteadyTime now = world.scheduler.now();
    add("platform", "READY", now,
        {{"reachable", story.reachable},
         {"healthy", story.healthy},
         {"since_start_ms", story.since_start_ms}});
    if (story.visited) {
        add("visitor", "GET", now + 1s, {});
    }
    if (story.stopped) {
        add("platform", "STOP", now + 1s + 50ms, {});
        add("platform", "EXIT", now + 2s,
            {{"killed", story.killed}, {"code", story.code}, {"took_ms", "950"}});
    }
    const auto report = judge_run(*world.sandbox);
    for (const auto& check : report->checks) {
        if (check.card.id == id) {
            return check.finding.verdict;
        }
    }
    ADD_FAILURE() << "no check " << id;
    return Verdict::unknown;
}

TEST(PlatformChecks, pass_where_everything_is_right) {
    for (const auto* id : {"PLT-00", "PLT-01", "PLT-02", "PLT-03", "PLT-04"}) {
        EXPECT_EQ(judged({}, id), Verdict::pass) << id;
        internal::World nothing;
        const auto report = judge_run(*nothing.sandbox);
        for (const auto& check : report->checks) {
            EXPECT_TRUE(check.card.id != id || check.finding.verdict == Verdict::unknown) << id;
        }
    }
}

TEST(PlatformChecks, each_fails_on_its_own) {
    EXPECT_EQ(judged({.reachable = "loopback"}, "PLT-01"), Verdict::fail);
    EXPECT_EQ(judged({.visitor_status = 0}, "PLT-02"), Verdict::fail);
    EXPECT_EQ(judged({.visitor_status = 503}, "PLT-02"), Verdict::fail);
    EXPECT_EQ(judged({.visitor_status = 404}, "PLT-02"), Verdict::pass) << "an answer";
    EXPECT_EQ(judged({.killed = "true", .code = "137"}, "PLT-03"), Verdict::fail);
    EXPECT_EQ(judged({.code = "1"}, "PLT-03"), Verdict::fail);
    EXPECT_EQ(judged({.code = "143"}, "PLT-03"), Verdict::pass);
    EXPECT_EQ(judged({.code = "130"}, "PLT-03"), Verdict::pass);
    EXPECT_EQ(judged({.healthy = "false"}, "PLT-04"), Verdict::fail);
    EXPECT_EQ(judged({.since_start_ms = "5001"}, "PLT-04"), Verdict::fail);
}

TEST(PlatformChecks, without_visitors_or_stops_nothing_is_proved) {
    EXPECT_EQ(judged({.visited = false}, "PLT-00"), Verdict::unknown);
    EXPECT_EQ(judged({.visited = false}, "PLT-02"), Verdict::unknown);
    EXPECT_EQ(judged({.stopped = false}, "PLT-02"), Verdict::unknown);
    EXPECT_EQ(judged({.stopped = false}, "PLT-03"), Verdict::unknown);
}

}  // namespace
}  // namespace apilab::sandbox
