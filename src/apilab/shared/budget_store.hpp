#pragma once

#include <chrono>
#include <string>

#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"
#include "apilab/policy/quota.hpp"
#include "apilab/runtime/task.hpp"

namespace apilab::shared {

/// A question for permits of one budget.
struct BudgetAsk {
    /// Which budget: 1 to 200 bytes. The same name is the same budget for everybody who asks.
    std::string name;
    /// `permits` in `window`, at most `burst` at once; `spacing` and `concurrent` do not count
    /// here.
    policy::Quota quota;
    /// 1 to 10,000.
    int want = 1;
    /// A permit for later is taken where there is none now, if it is good so soon.
    Duration patience = std::chrono::seconds(1);
    /// Who asks, to be counted: a name of this replica's own.
    std::string replica;
};

/// What the store gives.
struct BudgetGrant {
    /// Up to `BudgetAsk::want`; they are spent whether they are used or not. 0: ask again after
    /// `wait`.
    int permits = 0;
    /// They are good from then on: whoever asks while there are none takes the next place, so that
    /// replicas are served in the order of their asking.
    Duration wait{};
    /// So many have asked within the last half minute, this one among them.
    int replicas = 1;
};

/// Where a budget is kept that several processes spend together. Belongs to the scheduler's thread
/// and outlives its tasks. Errors: `io` where it cannot be asked; then nothing was given, or nobody
/// will know.
class BudgetStore {
public:
    BudgetStore() = default;
    BudgetStore(const BudgetStore&) = delete;
    BudgetStore& operator=(const BudgetStore&) = delete;
    virtual ~BudgetStore() = default;

    [[nodiscard]] virtual runtime::Task<Result<BudgetGrant>> lease(BudgetAsk ask) = 0;
    /// Nobody gets any of that budget for so long: the other side said so (429 and `Retry-After`).
    /// A longer wait that was told before stays.
    [[nodiscard]] virtual runtime::Task<Result<void>> hold(std::string name, Duration wait) = 0;
};

}  // namespace apilab::shared
