#include "apilab/sandbox/affected.hpp"

#include <gtest/gtest.h>

namespace apilab::sandbox {
namespace {

Affected with(VersionRange range) {
    return {.package = "p", .ranges = {std::move(range)}};
}

TEST(Affected, fixed_is_outside_and_last_affected_is_inside) {
    const auto fixed = with({.introduced = "1.0.0", .fixed = "1.2.0"});
    EXPECT_FALSE(affects(fixed, "0.9.9"));
    EXPECT_TRUE(affects(fixed, "1.0.0"));
    EXPECT_TRUE(affects(fixed, "1.1.9"));
    EXPECT_FALSE(affects(fixed, "1.2.0"));

    const auto last = with({.introduced = "0", .last_affected = "2.0.1"});
    EXPECT_TRUE(affects(last, "0.0.1"));
    EXPECT_TRUE(affects(last, "2.0.1"));
    EXPECT_FALSE(affects(last, "2.0.2"));
}

TEST(Affected, a_range_without_end_goes_on_for_ever) {
    EXPECT_TRUE(affects(with({.introduced = "0"}), "999.0.0"));
}

TEST(Affected, a_prerelease_of_the_fixed_version_is_still_affected) {
    EXPECT_TRUE(affects(with({.introduced = "0", .fixed = "2.0.0"}), "2.0.0-rc.1"));
    EXPECT_FALSE(affects(with({.introduced = "2.0.0", .fixed = "3.0.0"}), "2.0.0-rc.1"));
}

TEST(Affected, any_range_will_do) {
    Affected affected{.package = "p",
                      .ranges = {{.introduced = "2.0.0", .fixed = "2.1.0"},
                                 {.introduced = "0", .fixed = "1.5.0"}}};
    EXPECT_TRUE(affects(affected, "1.4.0"));
    EXPECT_TRUE(affects(affected, "2.0.5"));
    EXPECT_FALSE(affects(affected, "1.9.0"));
}

TEST(Affected, a_listed_version_need_not_be_a_version) {
    const Affected affected{.package = "p", .versions = {"1.0.0", "latest-ish"}};
    EXPECT_TRUE(affects(affected, "latest-ish"));
    EXPECT_TRUE(affects(affected, "1.0.0"));
    EXPECT_FALSE(affects(affected, "1.0.1"));
    EXPECT_FALSE(affects(with({.introduced = "0"}), "not a version"));
}

TEST(Affected, an_unreadable_bound_holds_nothing) {
    EXPECT_FALSE(affects(with({.introduced = "one", .fixed = "2.0.0"}), "1.0.0"));
    EXPECT_FALSE(affects(with({.introduced = "0", .fixed = "two"}), "1.0.0"));
}

TEST(Affected, range_text_reads_as_github_writes_it) {
    EXPECT_EQ(range_text({.introduced = "4.0.0", .fixed = "4.17.21"}), ">= 4.0.0, < 4.17.21");
    EXPECT_EQ(range_text({.introduced = "0", .fixed = "1.2.6"}), "< 1.2.6");
    EXPECT_EQ(range_text({.introduced = "0", .last_affected = "2.0.1"}), "<= 2.0.1");
    EXPECT_EQ(range_text({.introduced = "0"}), ">= 0");
}

}  // namespace
}  // namespace apilab::sandbox
