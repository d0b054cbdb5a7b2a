#include "apilab/policy/retry_budget.hpp"

#include <gtest/gtest.h>

namespace apilab::policy {
namespace {

using http::RetryReason;

TEST(RetryBudget, charges_transient_and_throttled_retries_as_the_aws_standard_mode_does) {
    RetryBudget budget({});
    EXPECT_EQ(budget.acquire(RetryReason::transient), 14);
    EXPECT_EQ(budget.tokens(), 486);
    EXPECT_EQ(budget.acquire(RetryReason::transient), 14);
    EXPECT_EQ(budget.tokens(), 472);
    EXPECT_EQ(budget.acquire(RetryReason::throttled), 5);
    EXPECT_EQ(budget.acquire(RetryReason::not_sent), 14);
    EXPECT_EQ(budget.tokens(), 453);
}

TEST(RetryBudget, success_gives_back_what_the_last_retry_took_or_one) {
    RetryBudget budget({});
    const int cost = budget.acquire(RetryReason::transient);
    budget.on_success(0);
    EXPECT_EQ(budget.tokens(), 487);
    budget.on_success(cost);
    EXPECT_EQ(budget.tokens(), 500);  // never above the capacity
}

TEST(RetryBudget, an_empty_bucket_takes_nothing) {
    RetryBudget budget({.capacity = 20});
    EXPECT_EQ(budget.acquire(RetryReason::transient), 14);
    EXPECT_EQ(budget.acquire(RetryReason::transient), 0);
    EXPECT_EQ(budget.tokens(), 6);
    EXPECT_EQ(budget.acquire(RetryReason::throttled), 5);
    EXPECT_EQ(budget.acquire(RetryReason::throttled), 0);
    EXPECT_EQ(budget.tokens(), 1);
}

TEST(RetryBudget, costs_above_the_capacity_are_refused) {
    EXPECT_FALSE(RetryBudgetOptions({.capacity = 10}).validate());
    EXPECT_FALSE(RetryBudgetOptions({.capacity = 0}).validate());
    EXPECT_FALSE(RetryBudgetOptions({.throttled_cost = 0}).validate());
    EXPECT_TRUE(RetryBudgetOptions{}.validate());
}

TEST(RetryBudget, of_a_share_allows_so_many_of_the_calls_under_way) {
    RetryBudget budget({.kind = BudgetKind::ratio, .ratio = 0.2, .ratio_floor = 3});
    for (int i = 0; i < 25; ++i) {
        budget.call_began();
    }
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(budget.acquire(http::RetryReason::transient), 1) << i;
    }
    EXPECT_EQ(budget.acquire(http::RetryReason::transient), 0);
    budget.attempt_ended();
    EXPECT_EQ(budget.acquire(http::RetryReason::throttled), 1);
    for (int i = 0; i < 23; ++i) {
        budget.call_ended();
    }
    EXPECT_EQ(budget.tokens(), 0) << "two calls allow three, and five are under way";
    for (int i = 0; i < 3; ++i) {
        budget.attempt_ended();
    }
    EXPECT_EQ(budget.acquire(http::RetryReason::transient), 1);
}

TEST(RetryBudget, of_a_share_refuses_by_name_what_is_out_of_range) {
    EXPECT_FALSE(RetryBudgetOptions{.ratio = 1.5}.validate());
    EXPECT_FALSE(RetryBudgetOptions{.ratio_floor = -1}.validate());
}

}  // namespace
}  // namespace apilab::policy
