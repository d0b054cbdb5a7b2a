#include "apilab/http/headers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace apilab::http {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

TEST(Headers, names_compare_without_case) {
    const Headers headers = {{"Content-Type", "text/html"}, {"ETag", "\"a\""}};
    EXPECT_EQ(headers.get("content-type"), "text/html");
    EXPECT_EQ(headers.get("CONTENT-TYPE"), "text/html");
    EXPECT_EQ(headers.value("etag"), "\"a\"");
    EXPECT_TRUE(headers.contains("eTAG"));
    EXPECT_FALSE(headers.contains("etags"));
    EXPECT_FALSE(headers.contains("eta"));
    EXPECT_FALSE(headers.get("").has_value());
}

TEST(Headers, case_is_folded_in_ascii_only) {
    EXPECT_TRUE(iequals("X-Az", "x-aZ"));
    EXPECT_FALSE(iequals("@", "`"));  // 0x40 and 0x60 differ in the bit that folds letters
    EXPECT_FALSE(iequals("[", "{"));
    EXPECT_FALSE(iequals("\xC4", "\xE4"));
    EXPECT_FALSE(iequals("a", "ab"));
    EXPECT_TRUE(iequals("", ""));
}

TEST(Headers, what_is_missing_is_nothing_and_what_is_empty_is_not_missing) {
    const Headers headers = {{"empty", ""}};
    EXPECT_EQ(headers.get("empty"), "");
    EXPECT_FALSE(headers.get("missing").has_value());
    EXPECT_EQ(headers.value("missing"), "");
    EXPECT_THAT(headers.get_all("missing"), IsEmpty());
}

TEST(Headers, keep_order_spelling_and_repetition) {
    Headers headers;
    headers.add("Set-Cookie", "a=1");
    headers.add("X", "2");
    headers.add("set-cookie", "b=2");
    EXPECT_EQ(headers.size(), 3U);
    EXPECT_THAT(headers.get_all("SET-COOKIE"), ElementsAre("a=1", "b=2"));
    EXPECT_EQ(headers.value("set-cookie"), "a=1");
    EXPECT_THAT(std::vector<Headers::Field>(headers.begin(), headers.end()),
                ElementsAre(Pair("Set-Cookie", "a=1"), Pair("X", "2"), Pair("set-cookie", "b=2")));
}

TEST(Headers, set_replaces_every_field_of_the_name_in_place_of_the_first) {
    Headers headers = {{"a", "1"}, {"X-B", "2"}, {"c", "3"}, {"x-b", "4"}, {"X-b", "5"}};
    headers.set("x-B", "new");
    EXPECT_EQ(headers, (Headers{{"a", "1"}, {"X-B", "new"}, {"c", "3"}}));
    headers.set("d", "4");
    EXPECT_EQ(headers.value("d"), "4");
    EXPECT_EQ(headers.size(), 4U);
}

TEST(Headers, can_be_set_and_removed_by_a_name_of_their_own) {
    Headers headers = {{"a", "0"}, {"x", "1"}, {"b", "2"}, {"x", "3"}, {"b", "4"}, {"x", "5"}};
    const std::string_view own = (headers.begin() + 3)->first;  // the second x
    headers.set(own, "new");
    EXPECT_EQ(headers, (Headers{{"a", "0"}, {"x", "new"}, {"b", "2"}, {"b", "4"}}));

    Headers others = {{"x", "1"}, {"b", "2"}, {"x", "3"}, {"c", "4"}, {"x", "5"}};
    EXPECT_EQ(others.remove(others.begin()->first), 3U);
    EXPECT_EQ(others, (Headers{{"b", "2"}, {"c", "4"}}));
}

TEST(Headers, remove_says_how_many_went) {
    Headers headers = {{"a", "1"}, {"b", "2"}, {"A", "3"}};
    EXPECT_EQ(headers.remove("a"), 2U);
    EXPECT_EQ(headers.remove("a"), 0U);
    EXPECT_EQ(headers, (Headers{{"b", "2"}}));
    EXPECT_FALSE(headers.empty());
    EXPECT_EQ(headers.remove("b"), 1U);
    EXPECT_TRUE(headers.empty());
}

TEST(Headers, a_name_is_valid_when_it_is_a_token) {
    for (const auto* name : {"a", "ETag", "x-1", "!#$%&'*+-.^_`|~09azAZ"}) {
        EXPECT_TRUE(valid_field_name(name)) << name;
    }
    for (const auto name :
         {std::string_view(""), std::string_view("a b"), std::string_view("a:"),
          std::string_view("a\r\nb"), std::string_view("a\0", 2), std::string_view("\xC3\xA4"),
          std::string_view("(a)"), std::string_view("a/b"), std::string_view("\"a\""),
          std::string_view("a\x7F"), std::string_view("a\tb")}) {
        EXPECT_FALSE(valid_field_name(name)) << testing::PrintToString(name);
    }
    int valid = 0;
    for (int byte = 0; byte < 256; ++byte) {
        valid += valid_field_name(std::string(1, static_cast<char>(byte))) ? 1 : 0;
    }
    EXPECT_EQ(valid, 62 + 15);  // RFC 9110 section 5.6.2
}

TEST(Headers, a_value_is_valid_without_cr_lf_and_nul) {
    for (const auto* value : {"", "a", "a b\tc", "\xC3\xA4", "a,b;c=\"d\""}) {
        EXPECT_TRUE(valid_field_value(value)) << value;
    }
    for (const auto value :
         {std::string_view("a\r\nX: y"), std::string_view("a\nb"), std::string_view("a\rb"),
          std::string_view("\n"), std::string_view("a\0b", 3)}) {
        EXPECT_FALSE(valid_field_value(value)) << testing::PrintToString(value);
    }
}

}  // namespace
}  // namespace apilab::http
