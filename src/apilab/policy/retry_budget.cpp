#include "apilab/policy/retry_budget.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace apilab::policy {

Result<void> RetryBudgetOptions::validate() const {
    constexpr int capacity_max = 1'000'000;
    constexpr int floor_max = 1'000;
    if (capacity < 1 || capacity > capacity_max) {
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
    if (!(ratio >= 0 && ratio <= 1)) {
        return fail(ErrorKind::invalid_argument,
                    fmt::format("budget.ratio is {}, outside 0 to 1", ratio));
    }
    if (ratio_floor < 0 || ratio_floor > floor_max) {
        return fail(ErrorKind::invalid_argument,
                    fmt::format("budget.ratio_floor is {}, outside 0 to 1000", ratio_floor));
    }
    return {};
}

std::string RetryBudgetOptions::describe() const {
    return kind == BudgetKind::tokens
               ? fmt::format("{} tokens, {} per transient and {} per throttled retry", capacity,
                             transient_cost, throttled_cost)
               : fmt::format("{:.0f} % of the calls under way, at least {}", ratio * 100,
                             ratio_floor);
}

int RetryBudget::allowed() const {
    return std::max(options_.ratio_floor,
                    static_cast<int>(options_.ratio * static_cast<double>(calls_)));
}

int RetryBudget::acquire(http::RetryReason reason) {
    if (options_.kind == BudgetKind::ratio) {
        if (attempts_ >= allowed()) {
            return 0;
        }
        ++attempts_;
        return 1;
    }
    const int cost =
        reason == http::RetryReason::throttled ? options_.throttled_cost : options_.transient_cost;
    if (tokens_ < cost) {
        return 0;
    }
    tokens_ -= cost;
    return cost;
}

void RetryBudget::attempt_ended() {
    if (options_.kind == BudgetKind::ratio) {
        attempts_ = std::max(attempts_ - 1, 0);
    }
}

void RetryBudget::on_success(int last_cost) {
    if (options_.kind == BudgetKind::tokens) {
        tokens_ = std::min(options_.capacity, tokens_ + std::max(last_cost, 1));
    }
}

int RetryBudget::tokens() const {
    return options_.kind == BudgetKind::tokens ? tokens_ : std::max(allowed() - attempts_, 0);
}

int RetryBudget::capacity() const {
    return options_.kind == BudgetKind::tokens ? options_.capacity : allowed();
}

}  // namespace apilab::policy
