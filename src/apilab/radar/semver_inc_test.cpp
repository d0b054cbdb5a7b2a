#include "apilab/radar/semver_inc.hpp"

#include <gtest/gtest.h>

#include <string>

namespace apilab::radar {
namespace {

std::string next(std::string_view version, std::string_view type, IncrementOptions options = {}) {
    const auto result =
        increment(SemVer::parse(version).value(), parse_release_type(type).value(), options);
    return result ? result->to_string() : "none";
}

TEST(Increment, moves_the_named_part) {
    EXPECT_EQ(next("1.2.3", "major"), "2.0.0");
    EXPECT_EQ(next("1.2.3", "minor"), "1.3.0");
    EXPECT_EQ(next("1.2.3-rc.1", "patch"), "1.2.3");
    EXPECT_EQ(next("1.2.3-rc.1", "release"), "1.2.3");
    EXPECT_EQ(next("1.2.3", "release"), "none");
    EXPECT_EQ(next("1.2.3-rc.1", "prerelease"), "1.2.3-rc.2");
    EXPECT_EQ(next("1.2.3", "premajor", {.identifier = "beta"}), "2.0.0-beta.0");
    EXPECT_EQ(next("1.2.3-dev", "prerelease", {.identifier = "dev", .base = {}}), "none");
    EXPECT_EQ(next("1.2.3", "prerelease", {.identifier = "bad/id"}), "none");
    EXPECT_EQ(next("9007199254740991.0.0", "major"), "none");
    EXPECT_FALSE(parse_release_type("fake"));
}

TEST(Truncate, cuts_down_to_the_named_part) {
    const auto cut = [](ReleaseType type) {
        return truncate(SemVer::parse("4.5.6-rc2+meta").value(), type).value().to_string();
    };
    EXPECT_EQ(cut(ReleaseType::major), "4.0.0");
    EXPECT_EQ(cut(ReleaseType::minor), "4.5.0");
    EXPECT_EQ(cut(ReleaseType::patch), "4.5.6");
    EXPECT_EQ(cut(ReleaseType::prerelease), "4.5.6-rc2");
    EXPECT_FALSE(truncate(SemVer(1, 2, 3), ReleaseType::release));
}

}  // namespace
}  // namespace apilab::radar
