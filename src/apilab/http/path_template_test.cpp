#include "apilab/http/path_template.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "apilab/http/url.hpp"

namespace apilab::http {
namespace {

using testing::HasSubstr;

TEST(ExpandPath, makes_each_value_one_segment) {
    struct Row {
        std::string value;
        std::string_view path;
    };
    const Row rows[] = {
        {"octokit", "/repos/octokit/x"},
        {"a/b", "/repos/a%2Fb/x"},
        {"@scope/name", "/repos/%40scope%2Fname/x"},
        {"a b?c#d", "/repos/a%20b%3Fc%23d/x"},
        {"...", "/repos/.../x"},
        {"..a", "/repos/..a/x"},
        {"{owner}", "/repos/%7Bowner%7D/x"},
        {"\xC3\xA4", "/repos/%C3%A4/x"},
    };
    for (const auto& row : rows) {
        EXPECT_EQ(expand_path("/repos/{owner}/x", {{"owner", row.value}}).value(), row.path);
    }
    EXPECT_EQ(expand_path("/{a}/{b}/{a}", {{"a", "1"}, {"b", "2"}}).value(), "/1/2/1");
    EXPECT_EQ(expand_path("/plain", {}).value(), "/plain");
    EXPECT_EQ(expand_path("", {}).value(), "");
}

TEST(ExpandPath, refuses_values_that_could_leave_the_path) {
    for (const auto& value :
         {std::string(""), std::string("."), std::string(".."), std::string("a\nb"),
          std::string("a\0b", 3), std::string("\x7F"), std::string("\t"),
          std::string("a\r\nHost: b"), std::string("../x"), std::string("x/.."),
          std::string("a/./b"), std::string("..\\x"), std::string("%2e%2e"),
          std::string(".%2E%2fx"), std::string("%252e%252e%252fx"), std::string("a%5c..%5cb"),
          std::string(8193, 'x')}) {
        const auto path = expand_path("/repos/{owner}/x", {{"owner", value}});
        ASSERT_FALSE(path.has_value()) << testing::PrintToString(value);
        EXPECT_EQ(path.error().kind(), ErrorKind::invalid_argument);
        EXPECT_THAT(path.error().message(), HasSubstr("'owner'"));
    }
}

TEST(ExpandPath, refuses_a_place_without_value) {
    for (const auto* path_template : {"/{x}", "/{", "/{owner", "/{}", "/{owner}/{other}"}) {
        const auto path = expand_path(path_template, {{"owner", "a"}});
        ASSERT_FALSE(path.has_value()) << path_template;
        EXPECT_EQ(path.error().kind(), ErrorKind::invalid_argument);
    }
}

RC_GTEST_PROP(ExpandPath, no_value_adds_or_removes_a_segment, (const std::string& value)) {
    const auto path = expand_path("/a/{x}/b", {{"x", value}});
    if (path) {
        RC_ASSERT(std::ranges::count(*path, '/') == 3);
        RC_ASSERT(Url::parse("http://h").value().resolve(*path)->path() == *path);
    }
}

TEST(ExpandPath, takes_what_only_looks_like_a_dot_segment) {
    for (const auto* value : {"...", "a..b", ".github", "%2e", "%", "a%2fb", "1.0.0", "..."}) {
        EXPECT_EQ(expand_path("/{x}", {{"x", value}}).has_value(), std::string_view(value) != "%2e")
            << value;
    }
}

TEST(ExpandPath, gives_several_segments_where_the_place_asks_for_them) {
    EXPECT_EQ(expand_path("/c/{+path}", {{"path", "docs/a b/%2F?.md"}}).value(),
              "/c/docs/a%20b/%252F%3F.md");
    EXPECT_EQ(expand_path("/c/{+path}", {{"path", "one"}}).value(), "/c/one");
    for (const auto* value : {"/a", "a/", "a//b", "a/../b", "a/%2e%2e/b", "", "/"}) {
        const auto path = expand_path("/c/{+path}", {{"path", value}});
        ASSERT_FALSE(path.has_value()) << value;
        EXPECT_THAT(path.error().message(), HasSubstr("'path'"));
    }
}

TEST(ExpandPath, refuses_a_value_without_place) {
    const auto path = expand_path("/repos/{owner}", {{"owner", "a"}, {"ownr", "b"}});
    ASSERT_FALSE(path.has_value());
    EXPECT_THAT(path.error().message(), HasSubstr("'ownr'"));
}

}  // namespace
}  // namespace apilab::http
