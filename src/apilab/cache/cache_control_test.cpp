#include "apilab/cache/cache_control.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace apilab::cache {
namespace {

using namespace std::chrono_literals;
using Strings = std::vector<std::string>;

ResponseDirectives response(std::string line) {
    return ResponseDirectives::parse({{"Cache-Control", std::move(line)}});
}
RequestDirectives request(std::string line) {
    return RequestDirectives::parse({{"cache-control", std::move(line)}});
}

TEST(DeltaSeconds, are_digits_only_and_do_not_overflow) {
    EXPECT_EQ(parse_delta_seconds("0"), 0s);
    EXPECT_EQ(parse_delta_seconds("003600"), 3600s);
    EXPECT_EQ(parse_delta_seconds("2147483648"), seconds_max);
    EXPECT_EQ(parse_delta_seconds("99999999999999999999999999"), seconds_max);
    for (const char* text : {"", "-1", "+1", " 1", "1 ", "3600.5", "'3600'", "a100", "0x10"}) {
        EXPECT_FALSE(parse_delta_seconds(text)) << text;
    }
}

TEST(ResponseDirectives, are_read_without_case_quoted_or_not) {
    const auto all = response(
        R"(nO-StOrE, no-cache , must-revalidate,must-understand, private, public,immutable,)"
        R"( max-age="60", stale-while-revalidate = 5 ,stale-if-error=7, unknown="max-age=1, x\"", y)");
    EXPECT_TRUE(all.no_store && all.no_cache && all.must_revalidate && all.must_understand);
    EXPECT_TRUE(all.is_private && all.is_public && all.immutable);
    EXPECT_EQ(all.max_age, 60s);
    EXPECT_EQ(all.stale_while_revalidate, 5s);
    EXPECT_EQ(all.stale_if_error, 7s);
}

TEST(ResponseDirectives, a_number_that_cannot_be_read_is_zero) {
    for (const char* text : {"max-age", "max-age=", "max-age=-1", "max-age=a100", "max-age='60'",
                             "max-age=3600.5", "max-age=\"60", "max-age=60 5"}) {
        // An open quote ends with the line: its text is taken.
        EXPECT_EQ(response(text).max_age, std::string(text).ends_with("\"60") ? 60s : 0s) << text;
    }
    EXPECT_FALSE(response("s-maxage=60").max_age);
    EXPECT_FALSE(response("x=\"max-age=60\"").max_age);
}

TEST(ResponseDirectives, of_two_numbers_the_smaller_counts_on_one_line_or_two) {
    EXPECT_EQ(response("max-age=60, max-age=10").max_age, 10s);
    EXPECT_EQ(response("max-age=60, max-age=x").max_age, 0s);
    const auto two = ResponseDirectives::parse(
        {{"cache-control", "max-age=5"}, {"Cache-Control", "max-age=50"}});
    EXPECT_EQ(two.max_age, 5s);
}

TEST(ResponseDirectives, no_cache_with_names_is_for_those_fields_only) {
    const auto all = response(R"(no-cache="Set-Cookie, X-Token",max-age=5)");
    EXPECT_FALSE(all.no_cache);
    EXPECT_EQ(all.no_cache_fields, (Strings{"set-cookie", "x-token"}));
    EXPECT_EQ(all.max_age, 5s);
}

TEST(ResponseDirectives, what_is_too_long_to_read_is_not_kept) {
    const auto all = response("max-age=60, " + std::string(cache_control_size_max, 'x'));
    EXPECT_TRUE(all.no_store);
}

TEST(RequestDirectives, say_what_the_asker_accepts) {
    const auto all = request("max-age=1, min-fresh=2, max-stale=3, stale-if-error=4, no-cache");
    EXPECT_EQ(all.max_age, 1s);
    EXPECT_EQ(all.min_fresh, 2s);
    EXPECT_EQ(all.max_stale, 3s);
    EXPECT_EQ(all.stale_if_error, 4s);
    EXPECT_TRUE(all.no_cache);
    EXPECT_TRUE(request("no-store").no_store);
    EXPECT_TRUE(request("only-if-cached").only_if_cached);
    EXPECT_EQ(request("max-stale").max_stale, seconds_max);
    EXPECT_EQ(request("max-stale=x").max_stale, 0s);
    EXPECT_EQ(request("min-fresh=x").min_fresh, seconds_max);
}

TEST(RequestDirectives, pragma_counts_only_without_cache_control) {
    EXPECT_TRUE(RequestDirectives::parse({{"pragma", "No-Cache"}}).no_cache);
    EXPECT_FALSE(RequestDirectives::parse({{"pragma", "no-cache"}, {"cache-control", "max-age=1"}})
                     .no_cache);
    EXPECT_FALSE(RequestDirectives::parse({{"pragma", "unrecognised"}}).no_cache);
}

TEST(Age, is_the_first_member_of_the_first_line) {
    EXPECT_EQ(parse_age({{"age", "7200, 0"}}), 7200s);
    EXPECT_EQ(parse_age({{"age", "0, 7200"}}), 0s);
    EXPECT_EQ(parse_age({{"Age", "0"}, {"Age", "old"}}), 0s);
    EXPECT_EQ(parse_age({{"age", "99999999999"}}), seconds_max);
    for (const char* text : {"", "abc", "-1", "7200;foo=bar", "1.5"}) {
        EXPECT_FALSE(parse_age({{"age", text}})) << text;
    }
    EXPECT_FALSE(parse_age({}));
}

TEST(Vary, is_a_sorted_list_of_names_or_a_star) {
    EXPECT_EQ(parse_vary({{"vary", "Foo, bar"}, {"Vary", "BAR,accept"}}),
              (Strings{"accept", "bar", "foo"}));
    EXPECT_EQ(parse_vary({}), Strings{});
    EXPECT_EQ(parse_vary({{"vary", ", ,"}}), Strings{});
    for (const char* text : {"*", "*, *", ", *", "Foo, *", "a b", "foo:"}) {
        EXPECT_EQ(parse_vary({{"vary", text}}), Strings{"*"}) << text;
    }
    std::string many;
    for (int i = 0; i < 100; ++i) {
        many += "x-" + std::to_string(i) + ",";
    }
    EXPECT_EQ(parse_vary({{"vary", many}}), Strings{"*"});
}

RC_GTEST_PROP(CacheControl, any_text_is_read_and_never_makes_an_answer_fresher,
              (const std::string& before, const std::string& after)) {
    // Whatever stands around it cannot take a max-age of 0 back, unless it is within quotes.
    RC_PRE(!before.contains('"') && !before.ends_with('='));
    const auto all = response(before + ",max-age=0," + after);
    RC_ASSERT(all.max_age.value_or(seconds(0)) == seconds(0));
}

}  // namespace
}  // namespace apilab::cache
