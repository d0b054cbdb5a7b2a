// The library's tokens before the sandbox's authorisation server, under virtual time: what the
// server saw, not what we think we did.

#include <gtest/gtest.h>

#include "apilab/auth/bearer_auth.hpp"
#include "apilab/auth/oauth2.hpp"
#include "apilab/base/rng.hpp"
#include "apilab/client/client.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"
#include "apilab/sandbox/judge/report.hpp"
#include "apilab/sandbox/oauth/provider.hpp"
#include "apilab/sandbox/sandbox.hpp"
#include "apilab/sandbox/scenario.hpp"
#include "apilab/transport/loopback_transport.hpp"

namespace apilab::sandbox {
namespace {

using namespace std::chrono_literals;
using runtime::Task;

constexpr std::string_view slow_and_strict = R"(
name = "slow-and-strict"
[[fault]]
where = "oauth:token"
what = { delay = "200ms" }
[[fault]]
where = "oauth:token"
what = { auth = "rotate" }
[[check]]
id = "AUT-03"
[[check]]
id = "AUT-08"
)";

struct Office {
    runtime::VirtualScheduler scheduler;
    std::unique_ptr<Sandbox> sandbox = open(scheduler);
    transport::LoopbackTransport transport{scheduler, *sandbox};
    SeededRng rng{5};
    std::unique_ptr<client::Client> client = *client::Client::create(
        scheduler, transport, rng, {.bulkhead = policy::BulkheadOptions{.concurrent = 64}});
    auth::OAuth2TokenSource tokens{
        scheduler,
        *client,
        rng,
        {.token_url = *http::Url::parse("http://sandbox.test/oauth/token"),
         .client_id = "cid",
         .client_secret = Secret("sec"),
         .refresh_token = Secret("seed-refresh-token")}};
    auth::BearerAuth service{*client, tokens, "http://sandbox.test"};
    int answered = 0;
    int failed = 0;

    static std::unique_ptr<Sandbox> open(runtime::Scheduler& scheduler) {
        SandboxOptions options;
        options.scenario = *parse_scenario(slow_and_strict);
        options.providers.push_back(
            std::make_unique<oauth::OAuthProvider>(oauth::OAuthOptions{.lifetime = 300s}));
        return *Sandbox::make(scheduler, std::move(options));
    }
    static Task<void> one(Office* self, int item) {
        auto request = http::Request::get(
            *http::Url::parse("http://sandbox.test/oauth/documents/" + std::to_string(item)));
        const auto answer = co_await self->service.call(std::move(request), {});
        ++(answer && answer->ok() ? self->answered : self->failed);
    }
    static Task<void> crowd(Office* self, int count) {
        runtime::TaskGroup group(self->scheduler);
        for (int i = 0; i < count; ++i) {
            group.spawn(one(self, i));
        }
        co_await group.join();
    }
    std::int64_t number(const std::string& name) { return sandbox->numbers().at(name); }
    RunReport judged() {
        runtime::run(scheduler, tokens.close());
        sandbox->stop_run();
        return *judge_run(*sandbox);
    }
};

TEST(OurTokens, half_an_hour_at_a_call_a_second_with_tokens_of_five_minutes_sees_no_401) {
    Office office;
    const SteadyTime begin = office.scheduler.now();
    for (int second = 0; second < 1800; ++second) {
        runtime::run(office.scheduler, Office::one(&office, second));
        const SteadyTime next = begin + std::chrono::seconds(second + 1);
        if (next > office.scheduler.now()) {
            office.scheduler.advance(next - office.scheduler.now());
        }
    }
    EXPECT_EQ(office.answered, 1800);
    EXPECT_EQ(office.failed, 0);
    EXPECT_EQ(office.number("401s"), 0);
    EXPECT_LE(office.number("token requests"), 8);
    const auto report = office.judged();
    EXPECT_NE(report.verdict, Verdict::fail) << report_text(report);
}

TEST(OurTokens, fifty_calls_at_the_end_of_a_token_are_one_renewal_and_none_fails) {
    Office office;
    runtime::run(office.scheduler, Office::one(&office, 0));
    office.scheduler.advance(300s);
    runtime::run(office.scheduler, Office::crowd(&office, 50));
    EXPECT_EQ(office.answered, 51);
    EXPECT_EQ(office.failed, 0);
    EXPECT_EQ(office.number("token requests"), 2);
    EXPECT_EQ(office.number("401s"), 0);
    const auto report = office.judged();
    EXPECT_NE(report.verdict, Verdict::fail) << report_text(report);
}

}  // namespace
}  // namespace apilab::sandbox
