#include "apilab/http/query.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "apilab/http/url.hpp"

namespace apilab::http {
namespace {

TEST(Query, keeps_order_and_encodes_names_and_values) {
    EXPECT_EQ(Query().to_string(), "");
    EXPECT_EQ(Query().add("ecosystem", "npm").add("per_page", 100).to_string(),
              "ecosystem=npm&per_page=100");
    EXPECT_EQ(Query().add("a b", "c&d=e").add("a b", "").to_string(), "a%20b=c%26d%3De&a%20b=");
    EXPECT_EQ(Query().add("n", -1).add("big", UINT64_MAX).to_string(),
              "n=-1&big=18446744073709551615");
}

TEST(Query, leaves_out_what_has_no_value_and_keeps_what_is_empty) {
    EXPECT_EQ(Query()
                  .add("since", std::optional<std::string>())
                  .add("page", std::optional<int>(0))
                  .add("q", std::optional<std::string>(""))
                  .to_string(),
              "page=0&q=");
    EXPECT_TRUE(Query().add("label", std::vector<std::string>(), ArrayStyle::comma).empty());
}

TEST(Query, writes_bool_as_a_word_and_a_flag_without_value) {
    EXPECT_EQ(Query().add("draft", true).add("all", false).flag("up loads").to_string(),
              "draft=true&all=false&up%20loads");
    const char* text = "true or not";
    EXPECT_EQ(Query().add("q", text).to_string(), "q=true%20or%20not") << "a pointer is no bool";
}

TEST(Query, writes_several_values_in_each_style_that_apis_use) {
    struct Row {
        ArrayStyle style;
        std::string_view text;
    };
    const std::array rows{
        Row{ArrayStyle::repeated, "x=1&a=p%20q&a=r%2Cs&a=&z=2"},
        Row{ArrayStyle::brackets, "x=1&a%5B%5D=p%20q&a%5B%5D=r%2Cs&a%5B%5D=&z=2"},
        Row{ArrayStyle::indexed, "x=1&a%5B0%5D=p%20q&a%5B1%5D=r%2Cs&a%5B2%5D=&z=2"},
        Row{ArrayStyle::comma, "x=1&a=p%20q,r%2Cs,&z=2"},
        Row{ArrayStyle::space, "x=1&a=p%20q%20r%2Cs%20&z=2"},
    };
    const std::vector<std::string> values{"p q", "r,s", ""};
    for (const auto& row : rows) {
        EXPECT_EQ(Query().add("x", 1).add("a", values, row.style).add("z", 2).to_string(),
                  row.text);
    }
    EXPECT_EQ(Query().add("id", std::array{3, -1}, ArrayStyle::comma).to_string(), "id=3,-1");
}

TEST(Query, replaces_and_removes_by_the_decoded_name) {
    auto query = Query::of("a=1&b%5B%5D=2&a=3&c&b[]=4&=5");
    EXPECT_EQ(Query(query).set("a", "9").to_string(), "b%5B%5D=2&c&b[]=4&=5&a=9");
    EXPECT_EQ(Query(query).remove("b[]").to_string(), "a=1&a=3&c&=5");
    EXPECT_EQ(Query(query).remove("c").remove("").to_string(), "a=1&b%5B%5D=2&a=3&b[]=4");
    EXPECT_EQ(query.remove("nothing").to_string(), "a=1&b%5B%5D=2&a=3&c&b[]=4&=5");
}

RC_GTEST_PROP(Query, no_name_and_no_value_adds_a_parameter,
              (const std::string& name, const std::string& value)) {
    const auto text = Query().add(name, value).to_string();
    RC_ASSERT(!text.contains('&') && !text.contains('#') && !text.contains('+'));
    const auto cut = text.find('=');
    RC_ASSERT(cut != std::string::npos && text.find('=', cut + 1) == std::string::npos);
    RC_ASSERT(percent_decode(text.substr(0, cut)) == name);
    RC_ASSERT(percent_decode(text.substr(cut + 1)) == value);
}

}  // namespace
}  // namespace apilab::http
