// Whoever is cancelled gives everything back: at every moment, and at every suspension.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <functional>
#include <memory>

#include "apilab/auth/bearer_auth.hpp"
#include "apilab/auth/oauth2.hpp"
#include "apilab/client/internal/test_calls.hpp"
#include "apilab/testing/matchers.hpp"

namespace apilab::client {
namespace {

using apilab::testing::Harness;
using apilab::testing::IsOk;
using http::Request;
using http::Response;
using internal::call_into;
using internal::Ended;
using internal::lost;
using internal::unconnected;
using internal::url;
using internal::with;
using runtime::Task;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::SizeIs;

// Counts the suspensions and calls `interrupt` while the task is suspended for the n-th time.
class InterruptingScheduler final : public runtime::Scheduler {
public:
    void interrupt_at(int suspension, std::function<void()> interrupt) {
        left_ = suspension;
        interrupt_ = std::move(interrupt);
    }
    // Whether it came so far.
    [[nodiscard]] bool interrupted() const { return interrupt_ == nullptr; }
    void never() { interrupt_ = nullptr; }

    [[nodiscard]] SteadyTime now() const override { return inner_.now(); }
    [[nodiscard]] SystemTime system_now() const override { return inner_.system_now(); }
    [[nodiscard]] Task<Woken> wait(runtime::Event* event, SteadyTime time) override {
        if (interrupt_ != nullptr && --left_ == 0) {
            boost::asio::post(executor(), std::exchange(interrupt_, nullptr));
        }
        co_return co_await inner_.wait(event, time);
    }
    [[nodiscard]] boost::asio::any_io_executor executor() override { return inner_.executor(); }
    void run_until_complete(Task<void> task) override {
        inner_.run_until_complete(std::move(task));
    }
    void poll() override { inner_.poll(); }

private:
    runtime::VirtualScheduler inner_;
    int left_ = 0;
    std::function<void()> interrupt_;
};

// A client whose every policy can hold one thing at a time, so that what is not given back is
// missed.
struct Rig {
    Rig() {
        ClientOptions options;
        options.budget = policy::RetryBudgetOptions{
            .kind = policy::BudgetKind::ratio, .ratio = 0, .ratio_floor = 1};
        options.hedge = policy::HedgeOptions{.latencies_min = 1};
        options.coalesce = true;
        options.limiter = policy::RateLimiterOptions{.quota = {.concurrent = 2}};
        options.bulkhead = policy::BulkheadOptions{.concurrent = 2};
        options.breaker = policy::CircuitBreakerOptions{.connection_failures = 1};
        client = *Client::create(scheduler, transport, rng, options, {&log});
    }
    InterruptingScheduler scheduler;
    transport::ScriptedTransport transport{scheduler};
    SeededRng rng{1};
    testing::CallLog log;
    std::unique_ptr<Client> client;
};

Task<void> ask(runtime::Service& service, std::string target, std::size_t& good) {
    const auto reply = co_await service.call(Request::get(*http::Url::parse(target)), {});
    good += reply && reply->ok() ? 1 : 0;
}

// Several at once, cancelled together at the n-th suspension of any of them.
Task<void> ask_and_leave(Rig& rig, runtime::Service& service, int suspension) {
    runtime::TaskGroup group(rig.scheduler);
    std::size_t ignored = 0;
    rig.scheduler.interrupt_at(suspension, [&group] { group.cancel(); });
    group.spawn(ask(service, url, ignored));
    group.spawn(ask(service, url, ignored));  // the same question
    group.spawn(ask(service, url + "/other", ignored));
    group.spawn(ask(service, url + "/third", ignored));
    co_await group.join();
}

// The trouble is over: what nobody has asked for of it is used up past the client, and an open
// breaker and an announced wait have had their time.
void clear_up(Rig& rig) {
    while (rig.transport.steps_left() > 0) {
        (void)runtime::run(rig.scheduler,
                           rig.transport.call(Request::get(*http::Url::parse(url)), {}));
    }
    (void)runtime::run(rig.scheduler, rig.scheduler.sleep_for(seconds(10)));
}

std::size_t answered_afterwards(Rig& rig, runtime::Service& service) {
    std::size_t good = 0;
    const auto act = [](Rig& its, runtime::Service& asked, std::size_t& count) -> Task<void> {
        runtime::TaskGroup group(its.scheduler);
        group.spawn(ask(asked, url, count));
        group.spawn(ask(asked, url + "/other", count));
        group.spawn(ask(asked, url + "/third", count));
        co_await group.join();
    };
    runtime::run(rig.scheduler, act(rig, service, good));
    return good;
}

// Calls `once(n)` for every n until the n-th suspension does not come; returns how many there were.
int for_every_suspension(const std::function<bool(int)>& once) {
    int suspension = 1;
    while (once(suspension)) {
        ++suspension;
    }
    return suspension - 1;
}

// Cancelled at whatever moment, a call gives everything back: the next one goes at once.
TEST(ClientCancellation, gives_back_permits_turns_and_the_probe_whenever_it_comes) {
    for (int moment = 0; moment <= 120; ++moment) {
        Harness harness(with({.limiter = policy::RateLimiterOptions{.quota = {.concurrent = 1}},
                              .bulkhead = policy::BulkheadOptions{.concurrent = 1},
                              .breaker = policy::CircuitBreakerOptions{.connection_failures = 1}}));
        harness.transport().reply(Response(503), seconds(2)).reply(Response(200), seconds(3));
        harness.transport().otherwise(Response(200));
        const auto act = [](Harness& its, Duration when) -> runtime::Task<void> {
            runtime::TaskGroup group(its.scheduler());
            std::vector<Ended> all(3);
            for (auto& ended : all) {
                group.spawn(call_into(its, url, {}, ended));
            }
            (void)co_await its.scheduler().sleep_for(when);
            group.cancel();
            co_await group.join();
        };
        runtime::run(harness.scheduler(), act(harness, milliseconds(moment * 50)));
        const auto now = harness.scheduler().now();
        const auto reply = harness.get(url);
        ASSERT_THAT(reply, IsOk()) << moment;
        EXPECT_LE(harness.scheduler().now() - now, seconds(5)) << moment;
        EXPECT_THAT(harness.log().last().waits, SizeIs(::testing::Le(1U))) << moment;
    }
}

TEST(ClientCancellation, gives_everything_back_at_every_suspension) {
    const int count = for_every_suspension([](int suspension) {
        Rig rig;
        rig.transport.reply(Response(200), milliseconds(20));
        std::size_t good = 0;
        runtime::run(rig.scheduler, ask(*rig.client, url, good));  // a latency to hedge by
        rig.transport.reply(Response(503), seconds(2))
            .reply(Response(302, "", {{"location", "http://other.test/there"}}), seconds(1))
            .reply(Response(429, "", {{"retry-after", "2"}}), seconds(1))
            .fail_with(lost(), seconds(1))
            .fail_with(unconnected(), seconds(1))
            .reply(Response(503), seconds(1))
            .otherwise(Response(200));
        runtime::run(rig.scheduler, ask_and_leave(rig, *rig.client, suspension));
        const bool came = rig.scheduler.interrupted();
        rig.scheduler.never();
        clear_up(rig);
        const auto began = rig.scheduler.now();
        good = 0;
        runtime::run(rig.scheduler, ask(*rig.client, url, good));  // a breaker's probe, perhaps
        EXPECT_EQ(good, 1U) << "cancelled at " << suspension;
        EXPECT_EQ(answered_afterwards(rig, *rig.client), 3U) << "cancelled at " << suspension;
        EXPECT_EQ(rig.scheduler.now(), began) << "somebody waited; cancelled at " << suspension;
        rig.transport.reply(Response(503));
        EXPECT_EQ(answered_afterwards(rig, *rig.client), 3U) << "cancelled at " << suspension;
        return came;
    });
    EXPECT_GE(count, 20) << "so many places are there to be cancelled at";
}

TEST(ClientCancellation, a_token_that_is_being_fetched_reaches_those_who_stay) {
    const int count = for_every_suspension([](int suspension) {
        Rig rig;
        rig.transport
            .reply(Response::json(200, R"({"access_token":"a","expires_in":60})"), seconds(1))
            .reply(Response(401), seconds(1))
            .reply(Response(401), seconds(1))
            .reply(Response::json(200, R"({"access_token":"b","expires_in":60})"), seconds(1))
            .otherwise(Response::json(200, R"({"access_token":"c","expires_in":60})"));
        auth::OAuth2TokenSource tokens(rig.scheduler, *rig.client, rig.rng,
                                       {.token_url = *http::Url::parse("http://api.test/token"),
                                        .client_id = "id",
                                        .client_secret = Secret("s")});
        auth::BearerAuth service(*rig.client, tokens, "http://api.test");
        runtime::run(rig.scheduler, ask_and_leave(rig, service, suspension));
        const bool came = rig.scheduler.interrupted();
        rig.scheduler.never();
        clear_up(rig);
        EXPECT_EQ(answered_afterwards(rig, service), 3U) << "cancelled at " << suspension;
        runtime::run(rig.scheduler, tokens.close());
        return came;
    });
    EXPECT_GE(count, 10) << "so many places are there to be cancelled at";
}

}  // namespace
}  // namespace apilab::client
