// The library's own client under limits and with answers that are no good, before the judge, under
// virtual time.

#include <gtest/gtest.h>

#include "apilab/base/rng.hpp"
#include "apilab/client/client.hpp"
#include "apilab/runtime/semaphore.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/sandbox/internal/test_world.hpp"
#include "apilab/sandbox/judge/report.hpp"
#include "apilab/transport/loopback_transport.hpp"

namespace apilab::sandbox {
namespace {

using namespace std::chrono_literals;
using runtime::Task;

struct Workshop {
    internal::World world;
    SeededRng rng{3};
    transport::LoopbackTransport transport{world.scheduler, *world.sandbox};
    std::unique_ptr<client::Client> client =
        *client::Client::create(world.scheduler, transport, rng);
    runtime::Semaphore permits{world.scheduler, 4};
    int complete = 0;

    explicit Workshop(const std::string& scenario) : world("name = \"x\"\n" + scenario, 1, "api") {}
    static Task<void> one(Workshop* self, int item) {
        const auto permit = co_await self->permits.acquire();
        const auto reply =
            co_await self->client->get("http://sandbox.test/api/items/" + std::to_string(item));
        self->complete += reply && reply->ok() ? 1 : 0;
    }
    RunReport ask(int items) {
        runtime::TaskGroup group(world.scheduler);
        for (int item = 0; item < items; ++item) {
            group.spawn(one(this, item));
        }
        runtime::run(world.scheduler, group.join());
        world.sandbox->stop_run();
        return *judge_run(*world.sandbox);
    }
};

TEST(OurClientUnderLimits, comes_through_each_dialect_and_breaks_no_rule) {
    for (const auto* dialect : {"plain", "github", "twitter", "ietf", "ietf_old", "discord",
                                "shopify", "slack", "notion", "openai", "seconds", "http_date"}) {
        Workshop workshop(std::string("[limits.api]\nkind = \"window\"\nlimit = 10\nwindow = "
                                      "\"2s\"\ndialect = \"") +
                          dialect + "\"\n");
        const auto report = workshop.ask(40);
        EXPECT_NE(report.verdict, Verdict::fail) << dialect << "\n" << report_text(report);
        EXPECT_EQ(workshop.complete, 40) << dialect;
    }
}

// A limit that is told as 503 looks like a server in trouble: retries are paid from the budget, and
// what it does not pay for is given up.
TEST(OurClientUnderLimits, spares_a_server_that_says_it_is_unavailable) {
    Workshop workshop(
        "[limits.api]\nkind = \"window\"\nlimit = 10\nwindow = \"2s\"\ndialect = "
        "\"unavailable\"\n");
    const auto report = workshop.ask(40);
    EXPECT_NE(report.verdict, Verdict::fail) << report_text(report);
    EXPECT_GE(workshop.complete, 30);
}

TEST(OurClientUnderLimits, comes_through_buckets_and_days_and_requests_at_a_time) {
    for (const auto* limit :
         {"kind = \"token_bucket\"\nlimit = 5\nwindow = \"1s\"\nburst = 5",
          "kind = \"leaky_bucket\"\nlimit = 5\nwindow = \"1s\"\nburst = 5",
          "kind = \"cost\"\nlimit = 5\nwindow = \"1s\"", "kind = \"concurrency\"\nlimit = 4"}) {
        Workshop workshop(std::string("[limits.api]\n") + limit + "\n");
        const auto report = workshop.ask(20);
        EXPECT_NE(report.verdict, Verdict::fail) << limit << "\n" << report_text(report);
        EXPECT_EQ(workshop.complete, 20) << limit;
    }
}

TEST(OurClient, backs_off_by_itself_where_retry_after_makes_no_sense) {
    for (const auto* word : {"soon", "-1", "1, 2", "1e12", "0"}) {
        Workshop workshop("[[fault]]\nwhere = \"api:*\"\nwhat = { status = 503, retry_after = \"" +
                          std::string(word) + "\" }\nwhen = { every = 3 }\n");
        const auto report = workshop.ask(12);
        EXPECT_NE(report.verdict, Verdict::fail) << word << "\n" << report_text(report);
        EXPECT_EQ(workshop.complete, 12) << word;
    }
}

TEST(OurClient, reads_dates_by_the_clock_that_wrote_them) {
    Workshop workshop(
        "[[fault]]\nwhere = \"api:*\"\nwhat = { auth = \"skew:-90s\" }\nwhen = { nth = 1 }\n"
        "[[fault]]\nwhere = \"api:*\"\nwhat = { status = 503, retry_after = \"http-date:5s\" }\n"
        "when = { nth = 2 }\n");
    const auto report = workshop.ask(6);
    EXPECT_NE(report.verdict, Verdict::fail) << report_text(report);
    EXPECT_EQ(workshop.complete, 6);
}

}  // namespace
}  // namespace apilab::sandbox
