#include "apilab/sandbox/internal/conditional.hpp"

#include <gtest/gtest.h>

namespace apilab::sandbox {
namespace {

http::Request asking(const std::string& name, std::string value) {
    return http::Request::get(http::Url::parse("http://localhost/").value())
        .header(name, std::move(value));
}

http::Response answer() {
    return http::Response::json(200, "{}")
        .header("etag", "W/\"abc\"")
        .header("last-modified", "Sun, 06 Nov 1994 08:49:37 GMT");
}

TEST(Conditional, entity_tags_compare_weakly) {
    EXPECT_TRUE(none_match_hits("\"abc\"", "W/\"abc\""));
    EXPECT_TRUE(none_match_hits("W/\"abc\"", "\"abc\""));
    EXPECT_FALSE(none_match_hits("\"abcd\"", "\"abc\""));
    EXPECT_FALSE(none_match_hits("abc", "\"abc\""));
    EXPECT_FALSE(none_match_hits("", "\"abc\""));
}

TEST(Conditional, lists_and_the_star_are_understood) {
    EXPECT_TRUE(none_match_hits("\"x,y\" , W/\"abc\"", "\"abc\""));
    EXPECT_TRUE(none_match_hits("\"x,y\"", "\"x,y\""));
    EXPECT_FALSE(none_match_hits("\"x\", \"abc", "\"abc\""));
    EXPECT_TRUE(none_match_hits("*", "\"abc\""));
}

TEST(Conditional, a_hit_is_a_304_without_body_that_keeps_its_tag) {
    const auto hit = conditional(asking("if-none-match", "\"abc\""), answer());
    EXPECT_EQ(hit.status(), 304);
    EXPECT_EQ(hit.body(), "");
    EXPECT_EQ(hit.headers().value("etag"), "W/\"abc\"");
    EXPECT_FALSE(hit.headers().contains("content-type"));
    EXPECT_EQ(conditional(asking("if-none-match", "\"old\""), answer()).status(), 200);
}

TEST(Conditional, the_date_counts_only_without_a_tag) {
    const std::string date = "Sun, 06 Nov 1994 08:49:37 GMT";
    EXPECT_EQ(conditional(asking("if-modified-since", date), answer()).status(), 304);
    EXPECT_EQ(conditional(asking("if-modified-since", "Sat, 05 Nov 1994 08:49:37 GMT"), answer())
                  .status(),
              200);
    auto both = asking("if-modified-since", date).header("if-none-match", "\"old\"");
    EXPECT_EQ(conditional(both, answer()).status(), 200);
    EXPECT_EQ(conditional(asking("if-modified-since", "yesterday"), answer()).status(), 200);
}

TEST(Conditional, hashes_are_the_same_on_every_run) {
    EXPECT_EQ(stable_hash(""), "cbf29ce484222325");
    EXPECT_EQ(stable_hash("a"), "af63dc4c8601ec8c");
}

}  // namespace
}  // namespace apilab::sandbox
