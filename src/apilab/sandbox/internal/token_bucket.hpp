#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>

#include "apilab/base/clock.hpp"

namespace apilab::sandbox::internal {

/// A limit of so many units per second on average, with `capacity` at most at once. Full when it is
/// made. Pure: times are handed in and never go backwards.
class TokenBucket {
public:
    TokenBucket(double capacity, double per_second)
        : capacity_(capacity), per_second_(per_second), level_(capacity) {}

    /// Takes `units` where they are there and returns zero; else takes nothing and returns how long
    /// it is until they will be.
    [[nodiscard]] Duration take(SteadyTime now, double units = 1) {
        if (now > at_) {
            const double passed = std::chrono::duration<double>(now - at_).count();
            level_ = std::min(capacity_, level_ + passed * per_second_);
            at_ = now;
        }
        constexpr double rounding = 1e-9;
        if (level_ + rounding >= units) {
            level_ -= units;
            return Duration::zero();
        }
        return Duration(std::llround((units - level_) / per_second_ * 1e9));
    }

private:
    double capacity_;
    double per_second_;
    double level_;
    SteadyTime at_;
};

/// A wait as `Retry-After` has it: whole seconds, rounded up, at least one.
[[nodiscard]] inline std::int64_t retry_after_seconds(Duration wait) {
    return std::max<std::int64_t>(std::chrono::ceil<std::chrono::seconds>(wait).count(), 1);
}

}  // namespace apilab::sandbox::internal
