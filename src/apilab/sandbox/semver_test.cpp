#include "apilab/sandbox/semver.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace apilab::sandbox {
namespace {

TEST(SandboxSemver, orders_as_section_eleven_of_the_specification) {
    const std::vector<std::string> ascending{
        "0",          "0.0.1",        "1.0.0-alpha",   "1.0.0-alpha.1", "1.0.0-alpha.beta",
        "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1",    "1.0.0",
        "1.0.1",      "1.2",          "1.10.0",        "2.0.0-rc.1",    "2.0.0"};
    for (std::size_t i = 0; i < ascending.size(); ++i) {
        for (std::size_t j = 0; j < ascending.size(); ++j) {
            EXPECT_EQ(parse_semver(ascending[i]).value() <=> parse_semver(ascending[j]).value(),
                      i <=> j)
                << ascending[i] << " and " << ascending[j];
        }
    }
}

TEST(SandboxSemver, build_metadata_and_a_leading_v_do_not_count) {
    EXPECT_EQ(parse_semver("v1.2.3+build.7").value(), parse_semver("1.2.3").value());
}

TEST(SandboxSemver, what_is_no_version_is_refused) {
    for (const auto* text :
         {"", "v", "1.", "1..2", "1.2.3.4", "a.b.c", "1.2.3-", "1.2.3-a..b", "1.2.3-\xc3\xa9",
          "-1.0.0", "1.x", "99999999999999999999.0.0", "9007199254740992.0.0", " 1.0.0"}) {
        EXPECT_FALSE(parse_semver(text)) << text;
    }
    EXPECT_FALSE(parse_semver("1.0.0-" + std::string(300, 'a')));
    EXPECT_TRUE(parse_semver("9007199254740991.0.0"));
}

}  // namespace
}  // namespace apilab::sandbox
