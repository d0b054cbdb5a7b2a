#include "apilab/sandbox/api/item_query.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apilab/http/date.hpp"

namespace apilab::sandbox::api {
namespace {

using ::testing::HasSubstr;

Item item() {
    return {.number = 42,
            .title = "Replace axios",
            .package = "axios",
            .state = "open",
            .labels = {"bug", "help wanted"},
            .created = *http::parse_iso_time("2026-03-01T00:00:00Z"),
            .updated = *http::parse_iso_time("2026-03-02T00:00:00Z")};
}

bool json_takes(std::string_view text) {
    const auto document = http::JsonDocument::parse(text);
    return parse_json_filter(document->root(), "/filter")->takes(item());
}

TEST(ItemQuery, an_expression_is_read_with_and_before_or) {
    for (const auto* text :
         {"state eq 'open'", "number ge 42", "number gt 41 and number lt 43",
          "state eq closed or labels has 'help wanted'", "not (state eq 'closed')",
          "title contains 'axios'", "package in (left-box, 'axios')", "labels in ('docs', 'bug')",
          "updated_at ge 2026-03-02T00:00:00Z", "labels ne 'docs'", "id eq itm_0042",
          "state eq closed and number eq 1 or number eq 42"}) {
        const auto condition = parse_filter(text);
        ASSERT_TRUE(condition) << text << condition.error().to_string();
        EXPECT_TRUE(condition->takes(item())) << text;
    }
    for (const auto* text :
         {"state eq 'closed'", "number lt 42", "not labels has bug", "title eq 'Replace'",
          "state eq 'open' and (number eq 1 or number eq 2)", "title eq 'it''s'"}) {
        const auto condition = parse_filter(text);
        ASSERT_TRUE(condition) << text << condition.error().to_string();
        EXPECT_FALSE(condition->takes(item())) << text;
    }
}

TEST(ItemQuery, rsql_has_its_own_signs) {
    EXPECT_TRUE(parse_rsql("state==open;number=ge=10")->takes(item()));
    EXPECT_TRUE(parse_rsql("state==closed,labels==bug")->takes(item()));
    EXPECT_FALSE(parse_rsql("state==closed;(number==42,number==43)")->takes(item()));
    EXPECT_TRUE(parse_rsql("package=in=(a,axios)")->takes(item()));
    EXPECT_TRUE(parse_rsql("title==\"Replace axios\"")->takes(item()));
    EXPECT_FALSE(parse_rsql("state!=open")->takes(item()));
}

TEST(ItemQuery, brackets_and_names_hold_together) {
    EXPECT_TRUE(parse_fields({{"number[gte]", "42"}, {"title[contains]", "axios"}})->takes(item()));
    EXPECT_FALSE(parse_fields({{"number[gte]", "42"}, {"number[lt]", "42"}})->takes(item()));
    EXPECT_TRUE(parse_fields({{"package", "axios"}, {"page", "7"}})->takes(item()));
    EXPECT_TRUE(parse_fields({{"package[in]", "a,axios"}})->takes(item()));
    EXPECT_FALSE(parse_fields({{"number[gte", "42"}}));
}

TEST(ItemQuery, json_nests) {
    EXPECT_TRUE(json_takes(R"({"field":"number","op":"ge","value":42})"));
    EXPECT_TRUE(json_takes(
        R"({"and":[{"field":"state","value":"open"},{"not":{"field":"labels","value":"docs"}}]})"));
    EXPECT_FALSE(json_takes(R"({"or":[{"field":"number","op":"in","value":[1,2]}]})"));
}

TEST(ItemQuery, what_cannot_be_read_says_where) {
    const auto why = [](std::string_view text) {
        const auto condition = parse_filter(text);
        return condition ? "read" : condition.error().message();
    };
    EXPECT_THAT(why("colour eq 'red'"), HasSubstr("there is no field 'colour'"));
    EXPECT_THAT(why("state is 'open'"), HasSubstr("there is no operator 'is'"));
    EXPECT_THAT(why("state eq"), HasSubstr("expected a value at character 9"));
    EXPECT_THAT(why("state eq 'open"), HasSubstr("a quote that does not end"));
    EXPECT_THAT(why("(state eq open"), HasSubstr("expected )"));
    EXPECT_THAT(why("state eq open open"), HasSubstr("expected and, or, or the end"));
    EXPECT_THAT(why("number eq many"), HasSubstr("whole numbers"));
    EXPECT_THAT(why("updated_at gt yesterday"), HasSubstr("times such as"));
    EXPECT_THAT(why(""), HasSubstr("expected a field"));
    EXPECT_THAT(why(std::string(20, '(')), HasSubstr("levels"));
    EXPECT_THAT(why(std::string(2001, 'x')), HasSubstr("at most 2000 bytes"));
    std::string many = "number eq 1";
    for (int i = 0; i < 100; ++i) {
        many += " or number eq 1";
    }
    EXPECT_THAT(why(many), HasSubstr("more than 100 comparisons"));
    const auto document = http::JsonDocument::parse(R"({"and":[{"field":"x","value":"y"}]})");
    EXPECT_EQ(parse_json_filter(document->root(), "/filter").error().detail(), "/filter/and/0");
}

TEST(ItemQuery, sorts_by_several_fields_and_shows_what_is_wanted) {
    Item other = item();
    other.number = 43;
    other.title = "A";
    const Item first = item();
    std::vector<const Item*> rows{&first, &other};
    sort_items(rows, *parse_sort("state,-number"));
    EXPECT_EQ(rows.front(), &other);
    sort_items(rows, *parse_sort("number"));
    EXPECT_EQ(rows.front(), &first);
    EXPECT_FALSE(parse_sort("size"));
    EXPECT_FALSE(parse_sort("id,id,id,id,id"));
    EXPECT_EQ(sparse_text(first, *parse_sparse("state,number")),
              R"({"id":"itm_0042","number":42,"state":"open"})");
    EXPECT_EQ(sparse_text(first, {}), first.to_text());
    EXPECT_FALSE(parse_sparse("nothing"));
}

}  // namespace
}  // namespace apilab::sandbox::api
