#include "apilab/shared/memory_budget_store.hpp"

#include <utility>

namespace apilab::shared {

namespace {

constexpr Duration forgotten_after = std::chrono::seconds(30);

}  // namespace

runtime::Task<Result<BudgetGrant>> MemoryBudgetStore::lease(BudgetAsk ask) {
    const auto now = scheduler_.now();
    seen_[ask.replica] = now;
    std::erase_if(seen_, [&](const auto& one) { return one.second + forgotten_after < now; });
    const auto taken = budgets_[ask.name].take(ask.quota, ask.want, ask.patience, now);
    co_return BudgetGrant{
        .permits = taken.permits, .wait = taken.wait, .replicas = static_cast<int>(seen_.size())};
}

runtime::Task<Result<void>> MemoryBudgetStore::hold(std::string name, Duration wait) {
    budgets_[name].hold(scheduler_.now() + wait);
    co_return Result<void>();
}

}  // namespace apilab::shared
