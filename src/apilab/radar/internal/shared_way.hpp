#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apilab/base/result.hpp"
#include "apilab/base/rng.hpp"
#include "apilab/radar/service/config.hpp"
#include "apilab/runtime/scheduler.hpp"
#include "apilab/runtime/service.hpp"
#include "apilab/shared/budget_service.hpp"
#include "apilab/shared/redis_budget_store.hpp"

namespace apilab::radar::internal {

/// What several replicas spend on one account, by what is configured. Each name has the token's
/// fingerprint in it, so that radars with other accounts on the same Redis are left alone.
[[nodiscard]] std::vector<shared::SharedBudget> shared_budgets(const Config& config);

/// What a radar's clients send by: straight, or through a budget that its replicas share.
class SharedWay {
public:
    /// `store` may be null: then `Config::shared` says where Redis is, and where that is empty
    /// nothing is shared. `worker` names this process. Scheduler, transport and store outlive it.
    /// Errors: `invalid_argument` (detail `shared`).
    [[nodiscard]] static Result<std::unique_ptr<SharedWay>> make(
        const Config& config, runtime::Scheduler& scheduler, runtime::Service& transport, Rng& rng,
        shared::BudgetStore* store, const std::string& worker);

    [[nodiscard]] runtime::Service& service() {
        return budgets_ ? static_cast<runtime::Service&>(*budgets_) : transport_;
    }
    /// Null: nothing is shared.
    [[nodiscard]] const shared::BudgetService* budgets() const {
        return budgets_ ? &*budgets_ : nullptr;
    }

private:
    explicit SharedWay(runtime::Service& transport) : transport_(transport) {}

    runtime::Service& transport_;
    std::unique_ptr<shared::RedisBudgetStore> redis_;
    std::optional<shared::BudgetService> budgets_;
};

}  // namespace apilab::radar::internal
