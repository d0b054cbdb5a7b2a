#include "apilab/radar/semver.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace apilab::radar {
namespace {

SemVer version(std::string_view text) {
    return SemVer::parse(text).value();
}

TEST(SemVer, reads_all_parts) {
    const auto v = SemVer::parse("v1.22.333-rc.1+sha.5");
    ASSERT_TRUE(v);
    EXPECT_EQ(v->major_number(), 1U);
    EXPECT_EQ(v->minor_number(), 22U);
    EXPECT_EQ(v->patch_number(), 333U);
    EXPECT_EQ(v->prerelease(), "rc.1");
    EXPECT_EQ(v->build(), "sha.5");
    EXPECT_EQ(v->to_string(), "1.22.333-rc.1");
}

TEST(SemVer, refuses_what_is_no_version) {
    for (const char* text : {"", "1", "1.2", "1.2.", "1.2.3.4", "01.2.3", "1.2.3-", "1.2.3-01",
                             "1.2.3-a..b", "1.2.3+", "1.2.3+a..b", "1.2.3 4", "=1.2.3", "1.2.3beta",
                             "-1.2.3", "1.2.3-\xC3\xA4", "x", "1.2.9007199254740992"}) {
        EXPECT_FALSE(SemVer::parse(text)) << text;
    }
    EXPECT_TRUE(SemVer::parse("1.2.9007199254740991"));
}

TEST(SemVer, length_is_limited) {
    const std::string head = "1.2.3-";
    EXPECT_TRUE(SemVer::parse(head + std::string(SemVer::length_max - head.size(), 'a')));
    EXPECT_FALSE(SemVer::parse(head + std::string(SemVer::length_max - head.size() + 1, 'a')));
}

TEST(SemVer, loose_reading_takes_what_npm_once_accepted) {
    const auto read = [](std::string_view text) {
        const auto v = SemVer::parse(text, SemVerMode::loose);
        return v ? v->to_string() : "refused";
    };
    EXPECT_EQ(read("= v 1.2.3"), "1.2.3");
    EXPECT_EQ(read("01.02.03"), "1.2.3");
    EXPECT_EQ(read("1.2.3beta"), "1.2.3-beta");
    EXPECT_EQ(read("1.2.3-01"), "1.2.3-1");
    EXPECT_EQ(read("1.2.3-"), "1.2.3--");
    EXPECT_EQ(read("1.2"), "refused");
    EXPECT_EQ(read("xyz"), "refused");
}

TEST(SemVer, precedence_follows_section_11_of_the_specification) {
    const std::vector<std::string> ascending = {"0.0.0-0",
                                                "0.0.0",
                                                "1.0.0-alpha",
                                                "1.0.0-alpha.1",
                                                "1.0.0-alpha.beta",
                                                "1.0.0-beta",
                                                "1.0.0-beta.2",
                                                "1.0.0-beta.11",
                                                "1.0.0-rc.1",
                                                "1.0.0",
                                                "1.0.1-0",
                                                "1.0.1",
                                                "1.10.0-0.3.7",
                                                "2.0.0-rc.1",
                                                "2.0.0",
                                                "10.0.0-99999999999999999999",
                                                "10.0.0-100000000000000000000"};
    for (std::size_t i = 0; i < ascending.size(); ++i) {
        for (std::size_t j = 0; j < ascending.size(); ++j) {
            EXPECT_EQ(version(ascending[i]) <=> version(ascending[j]), i <=> j)
                << ascending[i] << " " << ascending[j];
        }
    }
}

TEST(SemVer, build_metadata_plays_no_part_in_order) {
    EXPECT_EQ(version("1.0.0+a"), version("1.0.0+b"));
    EXPECT_TRUE(version("1.2.3-a").same_core(version("1.2.3+b")));
}

}  // namespace
}  // namespace apilab::radar
