// The shared budget over a real Redis: what its script gives is never more than the quota.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apilab/base/try.hpp"
#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/shared/redis_budget_store.hpp"
#include "server.hpp"

namespace apilab::redis_test {
namespace {

using namespace std::chrono_literals;
using runtime::Task;
using shared::BudgetGrant;
using shared::RedisBudgetStore;
using ::testing::Ge;
using ::testing::Le;

class RedisBudget : public ::testing::Test {
protected:
    void SetUp() override {
        if (!RedisServer::available()) {
            GTEST_SKIP() << "there is no Redis (Debian package redis-tools)";
        }
        server.start();
    }
    [[nodiscard]] std::unique_ptr<RedisBudgetStore> open() {
        return std::make_unique<RedisBudgetStore>(scheduler,
                                                  shared::RedisUrl::parse(server.url()).value());
    }
    Result<BudgetGrant> lease(RedisBudgetStore& store, policy::Quota quota, int want,
                              const std::string& replica = "one") {
        return runtime::run(
            scheduler,
            store.lease({.name = "api", .quota = quota, .want = want, .replica = replica}));
    }

    RedisServer server;
    runtime::RealScheduler scheduler;
};

// So slow that none comes back while the test runs.
constexpr policy::Quota slow{.permits = 10, .window = 24h, .burst = 7};

TEST_F(RedisBudget, a_burst_is_given_once_to_all_together) {
    const auto one = open();
    const auto other = open();
    const auto first = lease(*one, slow, 5, "one");
    ASSERT_TRUE(first) << first.error().to_string();
    EXPECT_EQ(first->permits, 5);
    const auto second = lease(*other, slow, 5, "other");
    EXPECT_EQ(second->permits, 2);
    EXPECT_EQ(second->replicas, 2);
    const auto third = lease(*one, slow, 5, "one");
    EXPECT_EQ(third->permits, 0) << "the next one is hours away";
    EXPECT_THAT(third->wait, Ge(Duration(2h)));
    EXPECT_THAT(third->wait, Le(Duration(144min)));
}

Task<void> take_all(RedisBudgetStore* store, std::string name, int* given) {
    for (int i = 0; i < 50; ++i) {
        const auto grant = co_await store->lease(
            {.name = "api", .quota = slow, .want = 1, .replica = std::move(name)});
        *given += grant ? grant->permits : 0;
    }
}

TEST_F(RedisBudget, of_four_that_ask_at_the_same_time_nobody_gets_what_another_has) {
    std::vector<std::unique_ptr<RedisBudgetStore>> stores;
    runtime::TaskGroup all(scheduler);
    int given = 0;
    for (int i = 0; i < 4; ++i) {
        stores.push_back(open());
        all.spawn(take_all(stores.back().get(), "r" + std::to_string(i), &given));
    }
    runtime::run(scheduler, all.join());
    EXPECT_EQ(given, 7);
}

TEST_F(RedisBudget, a_hold_is_for_everybody_and_a_shorter_one_does_not_end_it) {
    const auto one = open();
    const auto other = open();
    ASSERT_TRUE(runtime::run(scheduler, one->hold("api", 1h)));
    ASSERT_TRUE(runtime::run(scheduler, other->hold("api", 1s)));
    const auto held = lease(*other, slow, 1);
    EXPECT_EQ(held->permits, 0);
    EXPECT_THAT(held->wait, Ge(Duration(59min)));
}

TEST_F(RedisBudget, a_redis_that_was_killed_is_an_error_and_one_that_is_back_serves_again) {
    const auto store = open();
    ASSERT_EQ(lease(*store, slow, 7)->permits, 7);
    server.kill();
    const auto lost = lease(*store, slow, 1);
    ASSERT_FALSE(lost);
    EXPECT_EQ(lost.error().kind(), ErrorKind::io);
    const auto still = lease(*store, slow, 1);
    ASSERT_FALSE(still);
    EXPECT_EQ(still.error().outcome(), Outcome::not_sent);
    server.start();
    EXPECT_EQ(lease(*store, slow, 9)->permits, 7) << "it has forgotten; a burst comes once more";
}

}  // namespace
}  // namespace apilab::redis_test
