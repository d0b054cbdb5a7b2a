// The run under load, short; ./lab soak durability has the long one.

#include "load.hpp"

#include <gtest/gtest.h>

#include <chrono>

#include "machine.hpp"

namespace apilab::durability {
namespace {

TEST(PowerCutsUnderLoad, all_that_was_acknowledged_has_its_effect_once_and_nothing_forged_has_one) {
    const auto report = run_load({.seed = 1, .cuts = 20, .life_max = std::chrono::seconds(1)});
    EXPECT_TRUE(report.good()) << report.text();
    EXPECT_EQ(report.lives, 21);
    EXPECT_GT(report.events, 400U);
    EXPECT_GT(report.deliveries, report.events + report.forgeries) << "nobody sent again";
    EXPECT_GT(report.forgeries, 10U);
}

TEST(PowerCutsUnderLoad, with_synchronous_off_it_loses) {
    const auto report = run_load({.seed = 1,
                                  .cuts = 8,
                                  .synchronous = Synchronous::off,
                                  .life_max = std::chrono::seconds(1)});
    EXPECT_FALSE(report.good());
    EXPECT_TRUE(report.lost > 0 || !report.stuck.empty()) << report.text();
}

// Not even a part of it survives: each life begins with an empty file, and it comes to rest.
TEST(PowerCutsUnderLoad, with_synchronous_off_what_was_acknowledged_is_gone) {
    const auto report = run_load({.seed = 2,
                                  .cuts = 1,
                                  .synchronous = Synchronous::off,
                                  .life_max = std::chrono::seconds(1)});
    EXPECT_GT(report.lost, 0U) << report.text();
    EXPECT_EQ(report.stuck, "");
}

TEST(PowerCutsUnderLoad, the_same_seed_is_the_same_run) {
    const LoadPlan plan{.seed = 3, .cuts = 2, .life_max = std::chrono::seconds(1)};
    EXPECT_EQ(run_load(plan).text(), run_load(plan).text());
}

}  // namespace
}  // namespace apilab::durability
