#pragma once

#include <string>

#include "apilab/base/result.hpp"
#include "apilab/http/record.hpp"

namespace apilab::policy {

struct RetryBudgetOptions {
    /// Tokens when full. Default 500, range 1 to 1,000,000.
    int capacity = 500;
    /// What a retry after a transient failure takes. Default 14, range 1 to capacity.
    int transient_cost = 14;
    /// What a retry after a refusal (429) takes. Default 5, range 1 to capacity.
    int throttled_cost = 5;

    [[nodiscard]] Result<void> validate() const;
    [[nodiscard]] std::string describe() const;
};

/// Bounds how much load retries add to an origin in trouble: every retry takes tokens, success
/// gives some back, and with an empty bucket errors go to the caller at once. First attempts are
/// never held back. One budget per origin, shared by all calls to it. Numbers and rules: the AWS
/// SDKs' standard mode (`reference` in docs/adr/0007).
class RetryBudget {
public:
    explicit RetryBudget(RetryBudgetOptions options)
        : options_(options), tokens_(options.capacity) {}

    /// Takes what a retry for that reason costs. Returns the tokens taken, or 0 where too few are
    /// left (then nothing is taken).
    [[nodiscard]] int acquire(http::RetryReason reason);
    /// A call succeeded. `last_cost` is what its last retry took, 0 where it needed none: then it
    /// gives back 1, else exactly that. Never more than the capacity.
    void on_success(int last_cost);

    [[nodiscard]] int tokens() const { return tokens_; }
    [[nodiscard]] int capacity() const { return options_.capacity; }

private:
    RetryBudgetOptions options_;
    int tokens_;
};

}  // namespace apilab::policy
