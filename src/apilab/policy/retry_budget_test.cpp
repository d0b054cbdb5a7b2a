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

}  // namespace
}  // namespace apilab::policy
