#include "apilab/data/shape.hpp"

#include <gtest/gtest.h>

namespace apilab::data {
namespace {

Shape shape_of(const std::vector<std::string>& documents, ShapeLimits limits = {}) {
    Shape shape(limits);
    for (const auto& text : documents) {
        const auto document = http::JsonDocument::parse(text);
        EXPECT_TRUE(document) << text;
        shape.observe(document->root());
    }
    return shape;
}

/// `breaking` before each that breaks.
std::vector<std::string> changes(const std::vector<std::string>& before,
                                 const std::vector<std::string>& now) {
    std::vector<std::string> lines;
    for (const auto& change : shape_of(before).changes(shape_of(now))) {
        lines.push_back((change.breaking() ? "breaking " : "") + change.to_string());
    }
    return lines;
}

using Lines = std::vector<std::string>;

TEST(Shape, an_answer_like_the_baseline_is_no_change) {
    const Lines issues{R"([{"id":1,"user":{"login":"a"},"labels":["x"],"body":null,"n":1.5},)"
                       R"({"id":2,"user":{"login":"b"},"labels":[],"body":"t","n":2}])"};
    EXPECT_EQ(changes(issues, issues), Lines{});
    EXPECT_EQ(changes(issues, {R"([{"id":3,"user":{"login":"c"},"labels":[],"body":"u","n":3}])"}),
              Lines{});
    EXPECT_EQ(changes(issues, {"[]"}), Lines{}) << "an empty list has no chance to show anything";
}

TEST(Shape, what_goes_missing_null_or_another_type_is_breaking) {
    const Lines before{R"({"id":1,"a":{"b":{"c":1}},"list":[1]})"};
    EXPECT_EQ(changes(before, {R"({"id":1,"list":[1]})"}),
              Lines{"breaking /a: removed, was object"});
    EXPECT_EQ(changes(before, {R"({"id":null,"a":{"b":{"c":1}},"list":[1]})"}),
              Lines{"breaking /id: integer, now null too"});
    EXPECT_EQ(changes(before, {R"({"id":"1","a":{"b":{"c":1.5}},"list":[1,"x"]})"}),
              (Lines{"breaking /a/b/c: integer, now number", "breaking /id: integer, now string",
                     "breaking /list/*: integer, now integer|string"}));
    EXPECT_EQ(changes({R"([{"a":1},{"a":1}])"}, {R"([{"a":1},{}])"}),
              Lines{"breaking /*/a: always there before, now sometimes missing"});
    EXPECT_EQ(changes(before, {"[]"}), Lines{"breaking the document: object, now array"});
}

TEST(Shape, what_comes_new_is_additive) {
    EXPECT_EQ(changes({R"({"a":1,"b":null})"}, {R"({"a":1,"b":"x","c":{"d":1}})"}),
              (Lines{"/b: only null before, now string", "/c: new, object"}));
}

TEST(Shape, breaking_changes_come_first) {
    EXPECT_EQ(changes({R"({"b":1})"}, {R"({"a":1})"}),
              (Lines{"breaking /b: removed, was integer", "/a: new, integer"}));
}

TEST(Shape, an_optional_member_may_be_missing_and_may_be_there) {
    const Lines before{R"([{"a":1},{}])"};
    EXPECT_EQ(changes(before, {"[{}]"}), Lines{});
    EXPECT_EQ(changes(before, {R"([{"a":1}])"}), Lines{});
}

TEST(Shape, an_integer_where_numbers_were_is_no_change) {
    EXPECT_EQ(changes({R"({"a":1.5})"}, {R"({"a":1})"}), Lines{});
}

const Lines& states() {
    static const Lines documents{R"([{"state":"open"},{"state":"open"},{"state":"closed"},)"
                                 R"({"state":"open"},{"state":"closed"},{"state":"closed"}])"};
    return documents;
}

TEST(Shape, a_new_value_of_what_looks_like_an_enum_is_additive) {
    EXPECT_EQ(changes(states(), {R"([{"state":"merged"}])"}),
              Lines{"/*/state: a new value, merged"});
    EXPECT_EQ(changes(states(), {R"([{"state":"Ada Lovelace, 12 Main St."}])"}),
              Lines{"/*/state: a new value, a text that is no word of an enum"});
    EXPECT_EQ(changes({R"([{"state":"open"},{"state":"closed"}])"}, {R"([{"state":"merged"}])"}),
              Lines{})
        << "too few to know";
}

TEST(Shape, values_that_are_no_words_of_an_enum_stay_nowhere) {
    std::string people = "[";
    for (int i = 0; i < 10; ++i) {
        people += R"({"login":"ada","email":"ada@example.org","note":"private words",)"
                  R"("ref":"cus_QXg1o8vcGmoR32","kind":"person","rare":"once)" +
                  std::string(1, static_cast<char>('a' + i)) + R"("},)";
    }
    people.back() = ']';
    const auto text = shape_of({people}).to_text();
    for (const auto* hidden : {"ada", "private", "cus_", "oncea"}) {
        EXPECT_FALSE(text.contains(hidden)) << hidden << " in " << text;
    }
    EXPECT_TRUE(text.contains(R"("values": {"person": 10})")) << text;
}

TEST(Shape, a_baseline_reads_back_the_same) {
    auto shape = shape_of(states());
    shape.merge(shape_of({R"({"a/b~c":[1,2.5,null],"t":"free text","o":{}})"}));
    const auto again = Shape::parse(shape.to_text());
    ASSERT_TRUE(again) << again.error().to_string();
    EXPECT_EQ(*again, shape);
    EXPECT_EQ(again->to_text(), shape.to_text());
    EXPECT_EQ(shape.documents(), 2U);
}

TEST(Shape, what_is_accepted_is_no_change_any_more) {
    const auto before = shape_of({R"({"id":1,"a":1,"b":{"x":1}})"});
    const auto now = shape_of({R"({"id":null,"b":{"x":"1"},"c":true})"});
    ASSERT_EQ(before.changes(now).size(), 4U);
    auto merged = before;
    merged.merge(now);
    EXPECT_TRUE(merged.changes(now).empty());
    EXPECT_TRUE(merged.changes(before).empty());
}

TEST(Shape, limits_make_it_say_that_it_is_cut) {
    std::string wide = "{";
    for (int i = 0; i < 50; ++i) {
        wide += "\"m" + std::to_string(i) + "\":1,";
    }
    wide.back() = '}';
    const auto cut = shape_of({wide}, {.places_max = 10});
    EXPECT_TRUE(cut.truncated());
    EXPECT_EQ(cut.places().size(), 10U);
    const auto map = shape_of({wide}, {.members_max = 20});
    EXPECT_FALSE(map.truncated());
    EXPECT_EQ(map.places().size(), 2U) << "names that are keys of a map";
    EXPECT_TRUE(shape_of({"[[[[1]]]]"}, {.depth_max = 2}).truncated());
    EXPECT_TRUE(shape_of({wide}).changes(cut).empty()) << "what was not looked at is not removed";
}

TEST(Shape, a_broken_baseline_is_refused_with_its_place) {
    const std::vector<std::pair<std::string, std::string>> rows{
        {"{}", "/apilab_shape"},
        {R"({"apilab_shape":2})", "/apilab_shape"},
        {R"({"apilab_shape":1,"places":{}})", "/places"},
        {R"({"apilab_shape":1,"places":[{"at":"a","types":"null"}]})", "/places/0/at"},
        {R"({"apilab_shape":1,"places":[{"at":"","types":"text"}]})", "/places/0/types"},
        {R"({"apilab_shape":1,"places":[{"at":""}]})", "/places/0/types"},
        {R"({"apilab_shape":1,"places":[{"at":"","types":"null","seen":-1}]})", "/places/0/seen"},
        {R"({"apilab_shape":1,"places":[{"at":"","types":"null"},{"at":"","types":"null"}]})",
         "/places/1/at"},
        {R"({"apilab_shape":1,"documents":"x","places":[]})", "/documents"},
    };
    for (const auto& [text, place] : rows) {
        const auto shape = Shape::parse(text);
        ASSERT_FALSE(shape) << text;
        EXPECT_EQ(shape.error().detail(), place) << text;
    }
    EXPECT_FALSE(Shape::parse("["));
    EXPECT_EQ(
        Shape::parse(shape_of({R"({"a":1,"b":2})"}).to_text(), {.places_max = 2}).error().kind(),
        ErrorKind::too_large);
}

}  // namespace
}  // namespace apilab::data
