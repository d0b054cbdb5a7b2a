#include "apilab/base/clock.hpp"

#include <gtest/gtest.h>

namespace apilab {
namespace {

TEST(Clock, steady_time_never_goes_back) {
    const RealClock clock;
    SteadyTime last = clock.now();
    for (int i = 0; i < 1000; ++i) {
        const SteadyTime now = clock.now();
        ASSERT_GE(now, last);
        last = now;
    }
}

TEST(Clock, both_clocks_are_the_machines) {
    const RealClock clock;
    const auto steady_before = std::chrono::steady_clock::now();
    const auto system_before = std::chrono::system_clock::now();
    const SteadyTime steady = clock.now();
    const SystemTime system = clock.system_now();
    EXPECT_GE(steady, steady_before);
    EXPECT_LE(steady, std::chrono::steady_clock::now());
    // The system clock may be set while the test runs, so only its epoch is checked: after 2020.
    EXPECT_GT(system, SystemTime(std::chrono::seconds(1'577'836'800)));
    EXPECT_LT(system - system_before, std::chrono::hours(24 * 365));
}

}  // namespace
}  // namespace apilab
