#include "apilab/radar/semver_range.hpp"

#include <gtest/gtest.h>

#include <string>

namespace apilab::radar {
namespace {

SemVer version(std::string_view text) {
    return SemVer::parse(text).value();
}

SemVerRange range(std::string_view text, RangeOptions options = {}) {
    return SemVerRange::parse(text, options).value();
}

std::string canonical(std::string_view text, RangeOptions options = {}) {
    const auto parsed = SemVerRange::parse(text, options);
    return parsed ? parsed->to_string() : "refused";
}

TEST(SemVerRange, canonical_text_shows_what_the_shorthands_mean) {
    EXPECT_EQ(canonical("^1.2.3"), ">=1.2.3 <2.0.0-0");
    EXPECT_EQ(canonical("^0.2.3"), ">=0.2.3 <0.3.0-0");
    EXPECT_EQ(canonical("^0.0.3"), ">=0.0.3 <0.0.4-0");
    EXPECT_EQ(canonical("^0.0"), "<0.1.0-0");
    EXPECT_EQ(canonical("~1.2"), ">=1.2.0 <1.3.0-0");
    EXPECT_EQ(canonical("~> 1.2.3"), ">=1.2.3 <1.3.0-0");
    EXPECT_EQ(canonical("1.2.x || >=3"), ">=1.2.0 <1.3.0-0||>=3.0.0");
    EXPECT_EQ(canonical("1.2 - 2"), ">=1.2.0 <3.0.0-0");
    EXPECT_EQ(canonical("x - 2.0.0"), "<=2.0.0");
    EXPECT_EQ(canonical("v1.2.3+build"), "1.2.3");
    EXPECT_EQ(canonical(""), "");
    EXPECT_EQ(canonical(" * "), "");
    EXPECT_EQ(canonical("latest"), "refused");
    EXPECT_EQ(canonical("1.*.5"), "refused");
    EXPECT_EQ(canonical("==1.2.3"), "refused");
    EXPECT_EQ(canonical("^9007199254740991"), "refused");
    EXPECT_EQ(canonical(">=1.2.3 +"), "refused");
}

TEST(SemVerRange, a_prerelease_needs_a_comparator_that_names_its_own_release) {
    EXPECT_FALSE(range("<2.0.0").contains(version("2.0.0-rc.1")));
    EXPECT_FALSE(range("^1.2.3-beta.1").contains(version("1.3.0-beta.1")));
    EXPECT_TRUE(range("^1.2.3-beta.1").contains(version("1.2.3-beta.2")));
    EXPECT_TRUE(range("^1.2.3-beta.1").contains(version("1.3.0")));
    EXPECT_TRUE(range("<2.0.0", {.include_prerelease = true}).contains(version("2.0.0-rc.1")));
    EXPECT_FALSE(range("^1", {.include_prerelease = true}).contains(version("2.0.0-rc.1")));
}

TEST(SemVerRange, loose_reading_drops_what_is_no_comparator) {
    const RangeOptions loose{.mode = SemVerMode::loose};
    EXPECT_EQ(canonical(">=1.2.3beta nonsense", loose), ">=1.2.3-beta");
    EXPECT_EQ(canonical("nonsense", loose), "refused");
}

TEST(SemVerRange, tells_the_side_a_version_lies_on) {
    EXPECT_TRUE(range("~1.2").is_below(version("1.3.0")));
    EXPECT_FALSE(range("~1.2").is_below(version("1.2.9")));
    EXPECT_TRUE(range("~1.2").is_above(version("1.1.9")));
    EXPECT_FALSE(range(">=1.2").is_below(version("99.0.0")));
    EXPECT_FALSE(range("1.x || 3.x").is_below(version("2.0.0")));
    EXPECT_FALSE(range("1.x || 3.x").is_above(version("2.0.0")));
}

TEST(SemVerRange, intersections) {
    EXPECT_TRUE(range("^1.2").intersects(range("<1.3")));
    EXPECT_FALSE(range("^1.2").intersects(range(">=2")));
    EXPECT_FALSE(range(">2 <1").intersects(range("*")));
}

TEST(SemVerRange, lowest_version) {
    const auto lowest = [](std::string_view text) {
        const auto v = range(text).lowest();
        return v ? v->to_string() : "none";
    };
    EXPECT_EQ(lowest(">=14 || >=12.22"), "12.22.0");
    EXPECT_EQ(lowest(">1.2.3"), "1.2.4");
    EXPECT_EQ(lowest("<5"), "0.0.0");
    EXPECT_EQ(lowest(">3 <2"), "none");
    EXPECT_EQ(lowest(">1.0.0-a"), "1.0.0-a.0");
}

TEST(SemVerRange, exactness) {
    EXPECT_TRUE(range("=1.2.3").is_exact());
    EXPECT_TRUE(range("v1.2.3").is_exact());
    EXPECT_FALSE(range("1.2").is_exact());
    EXPECT_FALSE(range("1.2.3 || 1.2.4").is_exact());
}

TEST(SemVerRange, length_is_limited) {
    std::string text = "1.2.3";
    while (text.size() <= SemVerRange::length_max) {
        text += " || 1.2.3";
    }
    EXPECT_FALSE(SemVerRange::parse(text));
    text.resize(SemVerRange::length_max / 2);
    text.resize(text.rfind(" ||"));
    EXPECT_TRUE(SemVerRange::parse(text));
}

TEST(Comparator, reads_its_own_text) {
    for (const char* text : {">=1.2.3", ">1.2.3-a", "<1.0.0", "<=1.0.0", "1.0.0", ""}) {
        const auto comparator = Comparator::parse(text);
        ASSERT_TRUE(comparator) << text;
        EXPECT_EQ(comparator->to_string(), text);
    }
    EXPECT_FALSE(Comparator::parse(">=1.x"));
    EXPECT_FALSE(Comparator::parse(">"));
}

}  // namespace
}  // namespace apilab::radar
