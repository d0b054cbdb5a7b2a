#include "apilab/sandbox/path_pattern.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace apilab::sandbox {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

PathPattern pattern(std::string_view text) {
    return *PathPattern::parse(text);
}

bool fits(std::string_view text, std::string_view path) {
    return pattern(text).match(split_path(path), nullptr);
}

TEST(SplitPath, undoes_escapes_within_their_segment) {
    EXPECT_THAT(split_path("/@octo%2Futil/1.0.0"), ElementsAre("@octo/util", "1.0.0"));
    EXPECT_THAT(split_path("/"), ElementsAre());
    EXPECT_THAT(split_path("/a/"), ElementsAre("a", ""));
    EXPECT_THAT(split_path("//a"), ElementsAre("", "a"));
}

TEST(PathPattern, a_place_takes_exactly_one_segment_that_is_not_empty) {
    EXPECT_TRUE(fits("/repos/{o}/{r}", "/repos/a/b"));
    EXPECT_TRUE(fits("/repos/{o}/{r}", "/repos/a%2Fb/c"));
    EXPECT_FALSE(fits("/repos/{o}/{r}", "/repos/a"));
    EXPECT_FALSE(fits("/repos/{o}/{r}", "/repos/a/b/c"));
    EXPECT_FALSE(fits("/repos/{o}/{r}", "/repos//b"));
    EXPECT_FALSE(fits("/repos/{o}", "/repos/a/"));
}

TEST(PathPattern, gives_the_values_of_its_places) {
    std::map<std::string, std::string> values;
    EXPECT_TRUE(pattern("/x/{a}/{rest+}").match(split_path("/x/1%202/b/c%2Fd"), &values));
    EXPECT_EQ(values.at("a"), "1 2");
    EXPECT_EQ(values.at("rest"), "b/c/d");
    EXPECT_FALSE(fits("/x/{rest+}", "/x"));
}

TEST(PathPattern, refuses_what_it_cannot_mean) {
    for (const auto* text : {"", "a", "/{}", "/{a", "/a}", "/x{a}", "/{a+}/b", "/{a}/{a}"}) {
        EXPECT_FALSE(PathPattern::parse(text)) << text;
    }
    EXPECT_THAT(PathPattern::parse("/{a+}/b").error().message(), HasSubstr("last part"));
    EXPECT_FALSE(PathPattern::parse(std::string(33 * 2, '/').replace(0, 1, "/")));
}

TEST(PathPattern, overlap_is_a_path_that_both_take) {
    EXPECT_TRUE(pattern("/a/{x}").overlaps(pattern("/a/b")));
    EXPECT_TRUE(pattern("/{x}/b").overlaps(pattern("/a/{y}")));
    EXPECT_TRUE(pattern("/a/{x+}").overlaps(pattern("/a/b/c")));
    EXPECT_FALSE(pattern("/a/{x}").overlaps(pattern("/b/{x}")));
    EXPECT_FALSE(pattern("/a/{x}").overlaps(pattern("/a")));
    EXPECT_FALSE(pattern("/a/{x+}").overlaps(pattern("/a")));
}

TEST(PathPattern, literals_are_more_specific_than_places) {
    EXPECT_TRUE(pattern("/a/latest").more_specific_than(pattern("/a/{id}")));
    EXPECT_TRUE(pattern("/a/{id}").more_specific_than(pattern("/a/{id+}")));
    EXPECT_FALSE(pattern("/a/{id}").more_specific_than(pattern("/a/latest")));
    EXPECT_FALSE(pattern("/a/{id}").more_specific_than(pattern("/a/{other}")));
}

}  // namespace
}  // namespace apilab::sandbox
