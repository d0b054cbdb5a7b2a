#include "apilab/policy/retry_budget.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace apilab::policy {

Result<void> RetryBudgetOptions::validate() const {
    if (capacity < 1 || capacity > 1'000'000) {
        return fail(ErrorKind::invalid_argument,
                    fmt::format("budget.capacity is {}, outside 1 to 1000000", capacity));
    }
    for (const auto& [name, cost] : {std::pair("transient_cost", transient_cost),
                                     std::pair("throttled_cost", throttled_cost)}) {
        if (cost < 1 || cost > capacity) {
            return fail(ErrorKind::invalid_argument,
                        fmt::format("budget.{} is {}, outside 1 to the capacity of {}", name, cost,
                                    capacity));
        }
    }
    return {};
}

std::string RetryBudgetOptions::describe() const {
    return fmt::format("{} tokens, {} per transient and {} per throttled retry", capacity,
                       transient_cost, throttled_cost);
}

int RetryBudget::acquire(http::RetryReason reason) {
    const int cost =
        reason == http::RetryReason::throttled ? options_.throttled_cost : options_.transient_cost;
    if (cost > tokens_) {
        return 0;
    }
    tokens_ -= cost;
    return cost;
}

void RetryBudget::on_success(int last_cost) {
    tokens_ = std::min(options_.capacity, tokens_ + std::max(1, last_cost));
}

}  // namespace apilab::policy
