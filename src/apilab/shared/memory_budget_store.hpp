#pragma once

#include <map>
#include <string>

#include "apilab/runtime/scheduler.hpp"
#include "apilab/shared/budget_store.hpp"
#include "apilab/shared/gcra.hpp"

namespace apilab::shared {

/// A budget of several clients in one process, and what tests use for one of several processes.
class MemoryBudgetStore final : public BudgetStore {
public:
    explicit MemoryBudgetStore(runtime::Scheduler& scheduler) : scheduler_(scheduler) {}

    [[nodiscard]] runtime::Task<Result<BudgetGrant>> lease(BudgetAsk ask) override;
    [[nodiscard]] runtime::Task<Result<void>> hold(std::string name, Duration wait) override;

private:
    runtime::Scheduler& scheduler_;
    std::map<std::string, Gcra> budgets_;
    std::map<std::string, SteadyTime> seen_;
};

}  // namespace apilab::shared
