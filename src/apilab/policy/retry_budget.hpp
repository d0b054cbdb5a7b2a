#pragma once

#include <string>

#include "apilab/base/result.hpp"
#include "apilab/http/record.hpp"

namespace apilab::policy {

/// How a budget is counted.
enum class BudgetKind : std::uint8_t {
    /// A bucket of tokens that retries take and successes fill: the AWS SDKs' standard mode.
    tokens,
    /// So many retries under way as a share of the calls under way: failsafe-go's and Envoy's.
    ratio,
};

struct RetryBudgetOptions {
    BudgetKind kind = BudgetKind::tokens;
    /// Tokens when full. Default 500, range 1 to 1,000,000.
    int capacity = 500;
    /// What a retry after a transient failure takes. Default 14, range 1 to capacity.
    int transient_cost = 14;
    /// What a retry after a refusal (429) takes. Default 5, range 1 to capacity.
    int throttled_cost = 5;
    /// For `ratio`: retries under way per call under way. Default 0.2, range 0 to 1.
    double ratio = 0.2;
    /// For `ratio`: so many at least, however few calls there are. Default 3, range 0 to 1,000.
    int ratio_floor = 3;

    [[nodiscard]] Result<void> validate() const;
    [[nodiscard]] std::string describe() const;
};

/// Bounds how much load retries and hedges add to an origin in trouble. With an empty budget errors
/// go to the caller at once; first attempts are never held back. One budget per origin, shared by
/// all calls to it. Numbers and rules: docs/policies/retry-budget.md.
class RetryBudget {
public:
    explicit RetryBudget(RetryBudgetOptions options)
        : options_(options), tokens_(options.capacity) {}

    /// A call begins; `call_ended` follows.
    void call_began() { ++calls_; }
    void call_ended() { --calls_; }

    /// Takes what one more attempt for that reason costs. Returns the tokens taken, or 0 where too
    /// few are left (then nothing is taken). With `ratio` the price is 1, and `attempt_ended`
    /// follows.
    [[nodiscard]] int acquire(http::RetryReason reason);
    /// The attempt that was paid for is over, whatever came of it, or was not made after all.
    void attempt_ended();
    /// A call succeeded. `last_cost` is what its last retry took, 0 where it needed none: then it
    /// gives back 1, else exactly that. Never more than the capacity.
    void on_success(int last_cost);

    /// Of `ratio`: how many attempts more are allowed now.
    [[nodiscard]] int tokens() const;
    [[nodiscard]] int capacity() const;

private:
    [[nodiscard]] int allowed() const;

    RetryBudgetOptions options_;
    int tokens_;
    int calls_ = 0;
    int attempts_ = 0;
};

}  // namespace apilab::policy
