#include "apilab/shared/budget_service.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "apilab/client/client.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"
#include "apilab/sandbox/sandbox.hpp"
#include "apilab/sandbox/world.hpp"
#include "apilab/shared/memory_budget_store.hpp"
#include "apilab/transport/loopback_transport.hpp"

namespace apilab::shared {
namespace {

using namespace std::chrono_literals;
using runtime::Task;
using ::testing::Ge;
using ::testing::Le;

// A hundred a second, as the other side counts it; each answer takes a moment.
constexpr std::string_view scenario = R"(
name = "hundred"
description = "a hundred requests a second"
[[limits.api]]
kind = "token_bucket"
limit = 100
window = "1s"
burst = 20
[[fault]]
where = "api:*"
what = { delay = "20ms" }
)";

constexpr policy::Quota hundred{.permits = 100, .window = 1s, .burst = 10};

// Redis that is killed and comes back.
class Mortal final : public BudgetStore {
public:
    explicit Mortal(runtime::Scheduler& scheduler) : store_(scheduler) {}
    Task<Result<BudgetGrant>> lease(BudgetAsk ask) override {
        ++asked;
        if (dead) {
            co_return fail(ErrorKind::io, "Redis: connection refused");
        }
        co_return co_await store_.lease(std::move(ask));
    }
    Task<Result<void>> hold(std::string name, Duration wait) override {
        if (dead) {
            co_return fail(ErrorKind::io, "Redis: connection refused");
        }
        co_return co_await store_.hold(std::move(name), wait);
    }
    bool dead = false;
    int asked = 0;

private:
    MemoryBudgetStore store_;
};

struct Replica {
    Replica(runtime::Scheduler& scheduler, sandbox::Sandbox& sandbox, BudgetStore& store,
            int number)
        : out(scheduler, sandbox),
          way(scheduler, out, store,
              {.budgets = {{.name = "api", .origin = "http://sandbox.test", .quota = hundred}},
               .replica = "replica-" + std::to_string(number),
               .replicas = 4}),
          rng(static_cast<std::uint64_t>(number)) {
        client::ClientOptions options;
        options.limiter.reset();  // the shared budget alone is what is looked at
        client = client::Client::create(scheduler, way, rng, options).value();
    }
    transport::LoopbackTransport out;
    BudgetService way;
    SeededRng rng;
    std::unique_ptr<client::Client> client;
};

class SharedBudgets : public ::testing::Test {
protected:
    SharedBudgets() {
        sandbox::SandboxOptions options;
        options.scenario = sandbox::parse_scenario(scenario).value();
        options.providers = sandbox::make_providers(sandbox::make_world().value(), {});
        sandbox = sandbox::Sandbox::make(scheduler, std::move(options)).value();
        for (int i = 1; i <= 4; ++i) {
            replicas.push_back(std::make_unique<Replica>(scheduler, *sandbox, store, i));
        }
    }

    static Task<void> load(SharedBudgets* test, client::Client* client, SteadyTime until) {
        while (test->scheduler.now() < until) {
            const auto reply = co_await client->get("http://sandbox.test/api/items");
            test->good += reply && reply->ok() ? 1 : 0;
        }
    }
    // Everybody asks as fast as it goes.
    void run_for(Duration span) {
        runtime::TaskGroup all(scheduler);
        for (const auto& replica : replicas) {
            for (int i = 0; i < 8; ++i) {
                all.spawn(load(this, replica->client.get(), scheduler.now() + span));
            }
        }
        runtime::run(scheduler, all.join());
    }
    [[nodiscard]] std::int64_t refused() const { return sandbox->numbers()["429s"]; }

    runtime::VirtualScheduler scheduler;
    Mortal store{scheduler};
    std::unique_ptr<sandbox::Sandbox> sandbox;
    std::vector<std::unique_ptr<Replica>> replicas;
    int good = 0;
};

TEST_F(SharedBudgets, four_replicas_spend_a_hundred_a_second_and_are_never_refused) {
    run_for(20s);
    EXPECT_EQ(refused(), 0);
    EXPECT_THAT(good, Ge(1'900)) << "95 % of what there is";
    EXPECT_THAT(good, Le(2'050));
    EXPECT_EQ(replicas.front()->way.stats().replicas, 4);
    EXPECT_THAT(store.asked, Le(good)) << "not more questions than requests";
    for (const auto& replica : replicas) {
        EXPECT_THAT(replica->way.stats().permits, Ge(450U)) << "nobody is starved";
        EXPECT_EQ(replica->way.stats().alone, 0U);
    }
}

TEST_F(SharedBudgets, while_the_store_is_dead_each_has_its_share_and_afterwards_all_share_again) {
    run_for(10s);
    store.dead = true;
    const int before = good;
    const int asked = store.asked;
    run_for(20s);
    EXPECT_THAT(good - before, Ge(1'800));
    EXPECT_THAT(good - before, Le(2'100));
    EXPECT_THAT(store.asked - asked, Le(4 * 21)) << "a dead store is asked once a second";
    EXPECT_THAT(refused(), Le(4)) << "where a share's burst comes on top";
    store.dead = false;
    const int alone = good;
    run_for(20s);
    EXPECT_THAT(good - alone, Ge(1'900));
    EXPECT_THAT(good - alone, Le(2'100));
    EXPECT_THAT(refused(), Le(8));
}

TEST_F(SharedBudgets, one_replica_has_all_of_it_when_the_others_rest) {
    replicas.resize(1);
    run_for(20s);
    EXPECT_THAT(good, Ge(1'900));
    EXPECT_EQ(refused(), 0);
}

TEST_F(SharedBudgets, a_429_that_says_when_holds_everybody) {
    auto fault = sandbox::parse_fault_text(
        R"({"where":"api:*","what":{"status":429,"retry_after":"5s"},"when":{"nth":1}})");
    ASSERT_TRUE(sandbox->faults().add(*fault, scheduler.now()));
    run_for(10s);
    const auto& rows = sandbox->journal().rows();
    std::optional<SteadyTime> told;
    int too_early = 0;
    for (const auto& row : rows) {
        if (row.status == 429 && !told) {
            told = *row.finished;
        } else if (told && row.first_byte > *told && row.first_byte < *told + 5s) {
            ++too_early;
        }
    }
    ASSERT_TRUE(told);
    EXPECT_THAT(too_early, Le(4)) << "but for a permit that each had by then";
}

// A store that takes its time, and another side that refuses the first request.
class Slow final : public BudgetStore, public runtime::Service {
public:
    explicit Slow(runtime::Scheduler& scheduler) : scheduler_(scheduler), store_(scheduler) {}
    Task<Result<BudgetGrant>> lease(BudgetAsk ask) override {
        auto grant = co_await store_.lease(std::move(ask));
        (void)co_await scheduler_.sleep_for(100ms);
        co_return grant;
    }
    Task<Result<void>> hold(std::string name, Duration wait) override {
        co_return co_await store_.hold(std::move(name), wait);
    }
    Task<Result<http::Response>> call(http::Request /*request*/,
                                      runtime::CallContext /*context*/) override {
        sent.push_back(scheduler_.now());
        const bool first = sent.size() == 1;
        (void)co_await scheduler_.sleep_for(50ms);
        http::Response answer(first ? 429 : 200, "");
        if (first) {
            answer.header("retry-after", "5");
        }
        co_return answer;
    }
    std::vector<SteadyTime> sent;

private:
    runtime::Scheduler& scheduler_;
    MemoryBudgetStore store_;
};

Task<void> ask_once(BudgetService* way) {
    (void)co_await way->call(
        http::Request::get(http::Url::parse("http://sandbox.test/api/items").value()), {});
}

TEST(BudgetService, permits_that_were_asked_for_before_a_429_wait_as_long_as_it_says) {
    runtime::VirtualScheduler scheduler;
    Slow slow(scheduler);
    BudgetService way(
        scheduler, slow, slow,
        {.budgets = {{.name = "api", .origin = "http://sandbox.test", .quota = hundred}},
         .replica = "one",
         .chunk = 1});
    runtime::TaskGroup both(scheduler);
    both.spawn(ask_once(&way));
    both.spawn(ask_once(&way));
    runtime::run(scheduler, both.join());
    ASSERT_EQ(slow.sent.size(), 2U);
    EXPECT_THAT(slow.sent[1] - slow.sent[0], Ge(Duration(5s)));
}

TEST_F(SharedBudgets, who_cannot_have_a_turn_before_its_deadline_is_told_so_and_nothing_is_sent) {
    (void)runtime::run(scheduler, store.hold("api", 1min));
    const auto reply = runtime::run(
        scheduler,
        replicas[0]->client->send(
            http::Request::get(http::Url::parse("http://sandbox.test/api/items").value()),
            {.deadline = 10s}));
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().outcome(), Outcome::not_sent);
    EXPECT_TRUE(sandbox->journal().rows().empty());
}

TEST_F(SharedBudgets, a_place_without_a_budget_is_not_held_up) {
    (void)runtime::run(scheduler, store.hold("api", 1h));
    const auto began = scheduler.now();
    const auto reply =
        runtime::run(scheduler, replicas[0]->client->get("http://elsewhere.test/api/items"));
    EXPECT_TRUE(reply);
    EXPECT_LT(scheduler.now() - began, Duration(1s));
}

TEST_F(SharedBudgets, the_wait_for_a_turn_stands_in_the_story_of_the_call) {
    (void)runtime::run(scheduler, store.hold("api", 3s));
    const auto reply =
        runtime::run(scheduler, replicas[0]->client->get("http://sandbox.test/api/items"));
    ASSERT_TRUE(reply);
    const auto& waits = reply->record()->waits;
    ASSERT_EQ(waits.size(), 1U);
    EXPECT_EQ(waits[0].cause, http::WaitCause::rate_limit);
    EXPECT_EQ(waits[0].elapsed, Duration(3s));
}

TEST(BudgetServiceOptions, what_is_out_of_range_is_named) {
    BudgetServiceOptions good{.budgets = {{.name = "a", .origin = "http://a", .quota = hundred}},
                              .replica = "r"};
    EXPECT_TRUE(good.validate());
    const auto field = [&](auto change) {
        auto options = good;
        change(options);
        const auto valid = options.validate();
        return valid ? std::string() : valid.error().detail();
    };
    EXPECT_EQ(field([](auto& o) { o.replica.clear(); }), "replica");
    EXPECT_EQ(field([](auto& o) { o.chunk = 0; }), "chunk");
    EXPECT_EQ(field([](auto& o) { o.keep = 11s; }), "keep");
    EXPECT_EQ(field([](auto& o) { o.ask_again = 1ms; }), "ask_again");
    EXPECT_EQ(field([](auto& o) { o.replicas = 0; }), "replicas");
    EXPECT_EQ(field([](auto& o) { o.waiting_max = 100'001; }), "waiting_max");
    EXPECT_EQ(field([](auto& o) { o.budgets[0].name.clear(); }), "budgets.name");
    EXPECT_EQ(field([](auto& o) { o.budgets[0].quota = {}; }), "budgets.quota");
}

}  // namespace
}  // namespace apilab::shared
