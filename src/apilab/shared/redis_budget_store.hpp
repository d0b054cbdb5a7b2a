#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "apilab/runtime/scheduler.hpp"
#include "apilab/shared/budget_store.hpp"
#include "apilab/shared/redis_url.hpp"

namespace apilab::shared {

struct RedisBudgetOptions {
    /// Put before each key.
    std::string prefix = "apilab:budget:";
    /// Of one question, connecting included. 10 ms to 10 s.
    Duration timeout = std::chrono::milliseconds(250);
};

/// Budgets in Redis 5 or later: one script reckons by Redis's own clock, so that replicas whose
/// clocks differ agree. Keys expire by themselves. A Redis that lost its data begins anew: then a
/// burst comes once more. Talks in a thread of its own: for a `RealScheduler`.
class RedisBudgetStore final : public BudgetStore {
public:
    RedisBudgetStore(runtime::Scheduler& scheduler, RedisUrl url, RedisBudgetOptions options = {});
    ~RedisBudgetStore() override;

    [[nodiscard]] runtime::Task<Result<BudgetGrant>> lease(BudgetAsk ask) override;
    [[nodiscard]] runtime::Task<Result<void>> hold(std::string name, Duration wait) override;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace apilab::shared
