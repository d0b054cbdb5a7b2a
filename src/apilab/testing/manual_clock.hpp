#pragma once

#include "apilab/base/clock.hpp"

namespace apilab::testing {

/// A clock that moves only when told. For code that is handed a `Clock` and never waits; what waits
/// is tested on `runtime::VirtualScheduler`.
class ManualClock final : public Clock {
public:
    explicit ManualClock(SystemTime start = SystemTime(std::chrono::seconds(1'767'225'600)))
        : system_(start) {}

    [[nodiscard]] SteadyTime now() const override { return steady_; }
    [[nodiscard]] SystemTime system_now() const override { return system_; }
    void advance(Duration step) {
        steady_ += step;
        system_ += step;
    }

private:
    SteadyTime steady_{std::chrono::hours(1)};
    SystemTime system_;
};

}  // namespace apilab::testing
