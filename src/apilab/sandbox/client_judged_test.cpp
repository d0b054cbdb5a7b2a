// The library's own client before the judge, under virtual time: the one place of this module where
// the two meet, and only here in a test.

#include <gtest/gtest.h>

#include <algorithm>

#include "apilab/base/rng.hpp"
#include "apilab/client/client.hpp"
#include "apilab/runtime/semaphore.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/sandbox/internal/test_world.hpp"
#include "apilab/sandbox/judge/report.hpp"
#include "apilab/transport/loopback_transport.hpp"

namespace apilab::sandbox {
namespace {

using runtime::Task;

struct Crowd {
    internal::World world;
    SeededRng rng{3};
    transport::LoopbackTransport transport{world.scheduler, *world.sandbox};
    std::unique_ptr<client::Client> client =
        *client::Client::create(world.scheduler, transport, rng);
    runtime::Semaphore permits{world.scheduler, 8};
    int complete = 0;

    Crowd(std::string_view scenario, std::uint64_t seed) : world("name = \"x\"", 1, "github") {
        if (!world.sandbox->start_run(*built_in_scenario(scenario), seed)) {
            ADD_FAILURE() << scenario;
        }
    }
    static Task<void> one(Crowd& crowd, int item) {
        const auto permit = co_await crowd.permits.acquire();
        const auto reply =
            co_await crowd.client->get("http://sandbox.test/github/items/" + std::to_string(item));
        crowd.complete += reply && reply->ok() ? 1 : 0;
    }
    RunReport ask(int items) {
        runtime::TaskGroup group(world.scheduler);
        for (int item = 0; item < items; ++item) {
            group.spawn(one(*this, item));
        }
        runtime::run(world.scheduler, group.join());
        world.sandbox->stop_run();
        return *judge_run(*world.sandbox);
    }
};

TEST(OurClient, passes_flaky_on_every_seed_and_misses_nothing) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        Crowd crowd("flaky", seed);
        const auto report = crowd.ask(60);
        EXPECT_EQ(report.verdict, Verdict::pass) << seed << "\n" << report_text(report);
        EXPECT_EQ(crowd.complete, 60) << seed;
    }
}

TEST(OurClient, gets_everything_over_an_ugly_wire) {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        Crowd crowd("ugly-wire", seed);
        const auto report = crowd.ask(60);
        EXPECT_EQ(report.verdict, Verdict::pass) << seed << "\n" << report_text(report);
        EXPECT_EQ(crowd.complete, 60) << seed;
        for (const std::string_view id : {"CON-02", "CON-03", "CON-04", "CON-06"}) {
            const auto found = std::ranges::find_if(
                report.checks, [&](const auto& result) { return result.card.id == id; });
            ASSERT_NE(found, report.checks.end());
            EXPECT_EQ(found->finding.verdict, Verdict::pass)
                << id << ": " << found->finding.sentence;
        }
    }
}

TEST(OurClient, is_told_by_the_rate_limited_scenario_what_its_freeze_is_worth) {
    Crowd crowd("rate-limited", 1);
    const auto report = crowd.ask(30);
    EXPECT_EQ(report.verdict, Verdict::pass) << report_text(report);
    EXPECT_EQ(crowd.complete, 30);
}

}  // namespace
}  // namespace apilab::sandbox
