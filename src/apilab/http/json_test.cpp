#include "apilab/http/json.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <vector>

namespace apilab::http {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using Kind = Json::Kind;

JsonDocument parse(std::string_view text, JsonLimits limits = {}) {
    return JsonDocument::parse(text, limits).value();
}

TEST(Json, has_a_kind_for_every_value) {
    struct Row {
        std::string_view text;
        Kind kind;
    };
    const Row rows[] = {
        {"null", Kind::null},  {"true", Kind::boolean}, {"false", Kind::boolean},
        {"0", Kind::integer},  {"-1", Kind::integer},   {"18446744073709551615", Kind::integer},
        {"1.0", Kind::number}, {"1e2", Kind::number},   {"\"\"", Kind::string},
        {"[]", Kind::array},   {"{}", Kind::object},    {" \n\t\r[ ] ", Kind::array},
    };
    for (const auto& row : rows) {
        const auto doc = parse(row.text);
        EXPECT_EQ(doc.root().kind(), row.kind) << row.text;
        EXPECT_FALSE(doc.root().missing());
        EXPECT_EQ(doc.root().is_null(), row.kind == Kind::null);
        EXPECT_EQ(doc.root().is_string(), row.kind == Kind::string);
        EXPECT_EQ(doc.root().is_array(), row.kind == Kind::array);
        EXPECT_EQ(doc.root().is_object(), row.kind == Kind::object);
    }
    EXPECT_EQ(Json().kind(), Kind::missing);
    EXPECT_TRUE(Json().missing());
}

TEST(Json, gives_a_value_only_as_what_it_is) {
    const auto doc = parse(R"(["text", 7, 1.0, true, null, [], {}])");
    std::vector<Json> values;
    std::ranges::copy(doc.root().elements(), std::back_inserter(values));
    ASSERT_THAT(values, SizeIs(7));
    for (std::size_t i = 0; i < values.size(); ++i) {
        EXPECT_EQ(values[i].string().has_value(), i == 0) << i;
        EXPECT_EQ(values[i].integer().has_value(), i == 1) << i;
        EXPECT_EQ(values[i].unsigned_integer().has_value(), i == 1) << i;
        EXPECT_EQ(values[i].number().has_value(), i == 1 || i == 2) << i;
        EXPECT_EQ(values[i].boolean().has_value(), i == 3) << i;
        EXPECT_EQ(values[i].string_or("else"), i == 0 ? "text" : "else") << i;
    }
    EXPECT_EQ(values[0].string(), "text");
    EXPECT_EQ(values[1].integer(), 7);
    EXPECT_EQ(values[1].number(), 7.0);
    EXPECT_EQ(values[3].boolean(), true);
}

TEST(Json, integers_are_exact_and_never_wrap) {
    const auto doc = parse(
        "[-9223372036854775808, 9223372036854775807, 9223372036854775808, 18446744073709551615, "
        "-1]");
    const auto at = [&](const char* pointer) { return doc.root().at_pointer(pointer); };
    EXPECT_EQ(at("/0").integer(), std::numeric_limits<std::int64_t>::min());
    EXPECT_EQ(at("/1").integer(), std::numeric_limits<std::int64_t>::max());
    EXPECT_EQ(at("/2").integer(), std::nullopt);
    EXPECT_EQ(at("/2").unsigned_integer(), std::uint64_t{1} << 63U);
    EXPECT_EQ(at("/3").unsigned_integer(), std::numeric_limits<std::uint64_t>::max());
    EXPECT_EQ(at("/4").unsigned_integer(), std::nullopt);
    EXPECT_EQ(at("/0").unsigned_integer(), std::nullopt);
}

TEST(Json, numbers_that_we_cannot_hold_are_refused) {
    for (const auto* text :
         {"18446744073709551616", "-9223372036854775809", "1e400", "-1e400", "[1e999]"}) {
        const auto doc = JsonDocument::parse(text);
        ASSERT_FALSE(doc.has_value()) << text;
        EXPECT_EQ(doc.error().kind(), ErrorKind::decode);
    }
}

TEST(Json, what_is_not_there_is_missing_all_the_way) {
    const auto doc = parse(R"({"a": {"b": "c"}, "n": null})");
    EXPECT_EQ(doc.root()["a"]["b"].string(), "c");
    EXPECT_TRUE(doc.root()["x"].missing());
    EXPECT_TRUE(doc.root()["x"]["y"]["z"].missing());
    EXPECT_TRUE(doc.root()["a"]["b"]["c"].missing());  // into a string
    EXPECT_TRUE(doc.root()["n"]["x"].missing());
    EXPECT_FALSE(doc.root()["n"].missing());
    const Json missing = doc.root()["x"]["y"];
    EXPECT_EQ(missing.kind(), Kind::missing);
    EXPECT_FALSE(missing.string().has_value());
    EXPECT_FALSE(missing.integer().has_value());
    EXPECT_FALSE(missing.unsigned_integer().has_value());
    EXPECT_FALSE(missing.number().has_value());
    EXPECT_FALSE(missing.boolean().has_value());
    EXPECT_EQ(missing.string_or("x"), "x");
    EXPECT_EQ(missing.size(), 0U);
    EXPECT_EQ(missing.to_text(), "null");
    EXPECT_TRUE(missing.at_pointer("").missing());
    EXPECT_TRUE(missing.at_pointer("/a").missing());
    for ([[maybe_unused]] const auto element : missing.elements()) {
        ADD_FAILURE();
    }
    for ([[maybe_unused]] const auto member : missing.members()) {
        ADD_FAILURE();
    }
}

TEST(Json, of_members_with_one_name_the_first_is_found_and_all_are_listed) {
    const auto doc = parse(R"({"a": 1, "b": 2, "a": 3})");
    EXPECT_EQ(doc.root()["a"].integer(), 1);
    EXPECT_EQ(doc.root().size(), 3U);
    std::string listed;
    for (const auto& [key, value] : doc.root().members()) {
        listed += std::string(key) + value.to_text();
    }
    EXPECT_EQ(listed, "a1b2a3");
}

TEST(Json, lists_elements_and_members_in_the_documents_order) {
    const auto doc = parse(R"({"z": [3, [1, 2], {"x": 1}, 2.5, "s"], "a": {}, "m": "v"})");
    std::vector<std::string> keys;
    for (const auto& [key, value] : doc.root().members()) {
        keys.emplace_back(key);
    }
    EXPECT_THAT(keys, ElementsAre("z", "a", "m"));
    std::vector<std::string> elements;
    for (const auto element : doc.root()["z"].elements()) {
        elements.push_back(element.to_text());
    }
    EXPECT_THAT(elements, ElementsAre("3", "[1,2]", "{\"x\":1}", "2.5", "\"s\""));
    EXPECT_EQ(doc.root().size(), 3U);
    EXPECT_EQ(doc.root()["z"].size(), 5U);
    EXPECT_EQ(doc.root()["a"].size(), 0U);
    EXPECT_EQ(doc.root()["m"].size(), 0U);
    for ([[maybe_unused]] const auto element : doc.root().elements()) {
        ADD_FAILURE() << "an object has no elements";
    }
    for ([[maybe_unused]] const auto member : doc.root()["z"].members()) {
        ADD_FAILURE() << "an array has no members";
    }
}

TEST(Json, keys_are_whole_and_unescaped) {
    const auto doc = parse(R"({"a\u0000b": 1, "a": 2, "ab": 3, "\u00e4\n": 4, "": 5})");
    EXPECT_EQ(doc.root()[std::string_view("a\0b", 3)].integer(), 1);
    EXPECT_EQ(doc.root()["a"].integer(), 2);
    EXPECT_EQ(doc.root()["\xC3\xA4\n"].integer(), 4);
    EXPECT_EQ(doc.root()[""].integer(), 5);
    EXPECT_TRUE(doc.root()["abc"].missing());
    const auto text = parse(R"("\u0041\ud83d\ude00\"\\\/\b\f\n\r\t\u0000!")");
    EXPECT_EQ(text.root().string(), std::string_view("A\xF0\x9F\x98\x80\"\\/\b\f\n\r\t\0!", 15));
}

TEST(Json, is_found_by_pointer) {
    const auto doc =
        parse(R"({"foo": ["bar", "baz", [7]], "": 0, "a/b": 1, "c%d": 2, "m~n": 8, "k\"l": 6,
                  "~1": 9, "/": 10, "n": {"0": "zero", "01": "one"}})");
    struct Row {
        std::string_view pointer;
        std::string_view text;
    };
    const Row rows[] = {
        {"/foo/0", "\"bar\""}, {"/foo/2/0", "7"},    {"/", "0"},           {"/a~1b", "1"},
        {"/c%d", "2"},         {"/m~0n", "8"},       {"/k\"l", "6"},       {"/~01", "9"},
        {"/~1", "10"},         {"/n/0", "\"zero\""}, {"/n/01", "\"one\""},
    };
    for (const auto& row : rows) {
        EXPECT_EQ(doc.root().at_pointer(row.pointer).to_text(), row.text) << row.pointer;
    }
    EXPECT_EQ(doc.root().at_pointer("").size(), 9U);
    EXPECT_EQ(doc.root()["foo"].at_pointer("/1").string(), "baz");
    for (const auto* pointer :
         {"foo", "/x", "/foo/3", "/foo/-", "/foo/01", "/foo/+1", "/foo/-1", "/foo/ 1", "/foo/1x",
          "/foo/", "/foo/0/x", "/foo/0/", "/foo/18446744073709551616", "/foo/18446744073709551617",
          "//", "/n/", "/a/b"}) {
        EXPECT_TRUE(doc.root().at_pointer(pointer).missing()) << pointer;
    }
}

TEST(Json, writes_itself_compactly_and_reads_that_again) {
    const std::string text =
        R"({"a":[1,-2,18446744073709551615,2.5,true,false,null,"x\n\u0001\"\\",[],{}],"b":{"c":"ä"}})";
    EXPECT_EQ(parse(text).root().to_text(), text);
    EXPECT_EQ(parse(" { \"a\" : [ 1 , 2 ] } ").root().to_text(), "{\"a\":[1,2]}");
    EXPECT_EQ(parse("1.0").root().to_text(), "1.0");
    EXPECT_EQ(parse("0.1").root().to_text(), "0.1");
    EXPECT_EQ(parse("5e-324").root().number(),
              parse(parse("5e-324").root().to_text()).root().number());
    EXPECT_EQ(parse(R"({"a":{"b":[1]}})").root()["a"].to_text(), R"({"b":[1]})");
}

TEST(JsonDocument, keeps_its_views_over_a_move) {
    auto first = parse(R"({"a": ["x", "y"]})");
    const Json array = first.root()["a"];
    auto second = std::move(first);
    EXPECT_EQ(array.at_pointer("/1").string(), "y");
    auto third = parse("1");
    third = std::move(second);
    EXPECT_EQ(array.at_pointer("/0").string(), "x");
    EXPECT_EQ(third.root()["a"].size(), 2U);
}

TEST(JsonDocument, skips_one_byte_order_mark) {
    EXPECT_EQ(parse("\xEF\xBB\xBF{}").root().kind(), Kind::object);
    EXPECT_FALSE(JsonDocument::parse("\xEF\xBB\xBF\xEF\xBB\xBF{}").has_value());
    EXPECT_FALSE(JsonDocument::parse("\xEF\xBB\xBF").has_value());
    EXPECT_FALSE(JsonDocument::parse("\xEF\xBB{}").has_value());
}

TEST(JsonDocument, refuses_what_is_not_json) {
    for (const auto text : {std::string_view(""),
                            std::string_view(" "),
                            std::string_view("{"),
                            std::string_view("]"),
                            std::string_view("[1,]"),
                            std::string_view("{\"a\":}"),
                            std::string_view("{a:1}"),
                            std::string_view("'a'"),
                            std::string_view("nul"),
                            std::string_view("01"),
                            std::string_view("NaN"),
                            std::string_view("1 2"),
                            std::string_view("[] // no"),
                            std::string_view("\"a\nb\""),
                            std::string_view("\"\\x\""),
                            std::string_view("\"\\ud800\""),
                            std::string_view("\"\xFF\""),
                            std::string_view("\"\xC0\xAF\""),
                            std::string_view("\"\xED\xA0\x80\""),
                            std::string_view("\xFF\xFE{}"),
                            std::string_view("{}\0", 3),
                            std::string_view("\"unclosed")}) {
        const auto doc = JsonDocument::parse(text);
        ASSERT_FALSE(doc.has_value()) << testing::PrintToString(text);
        EXPECT_EQ(doc.error().kind(), ErrorKind::decode) << testing::PrintToString(text);
        EXPECT_THAT(doc.error().message(), HasSubstr("not JSON: "));
    }
}

TEST(JsonDocument, without_any_text_is_refused) {
    EXPECT_EQ(JsonDocument::parse(std::string_view()).error().kind(), ErrorKind::decode);
    EXPECT_EQ(JsonDocument::parse("").error().message(), "not JSON: the text is empty");
}

TEST(JsonDocument, never_reads_behind_the_end_of_the_text) {
    // Cut at every place: under AddressSanitizer a read beyond the copy would be seen.
    const std::string whole = R"({"key":["text \u00e4",-12.5e3,true,null,{"x":[1,2,3]}]})";
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const std::vector<char> exact(whole.begin(),
                                      whole.begin() + static_cast<std::ptrdiff_t>(size));
        EXPECT_FALSE(JsonDocument::parse(std::string_view(exact.data(), size)).has_value()) << size;
    }
}

TEST(JsonDocument, refuses_more_bytes_than_its_limit) {
    EXPECT_TRUE(JsonDocument::parse("[1,2]", {.size_max = 5}).has_value());
    const auto doc = JsonDocument::parse("[1,23]", {.size_max = 5});
    ASSERT_FALSE(doc.has_value());
    EXPECT_EQ(doc.error().kind(), ErrorKind::too_large);
    EXPECT_THAT(doc.error().message(), HasSubstr("6 bytes"));
    EXPECT_THAT(doc.error().message(), HasSubstr("limit of 5"));
}

std::string nested(std::size_t levels) {
    return std::string(levels, '[') + "1" + std::string(levels, ']');
}

TEST(JsonDocument, refuses_deeper_nesting_than_its_limit) {
    EXPECT_FALSE(JsonDocument::parse(std::string(1'000'000, '[')).has_value());
    for (const std::size_t limit :
         {std::size_t{1}, std::size_t{2}, std::size_t{33}, std::size_t{256}}) {
        EXPECT_TRUE(JsonDocument::parse(nested(limit), {.depth_max = limit}).has_value()) << limit;
        const auto doc = JsonDocument::parse(nested(limit + 1), {.depth_max = limit});
        ASSERT_FALSE(doc.has_value()) << limit;
        EXPECT_EQ(doc.error().kind(), ErrorKind::too_large);
        EXPECT_THAT(doc.error().message(), HasSubstr("deeper than " + std::to_string(limit)));
    }
    EXPECT_TRUE(JsonDocument::parse(nested(256)).has_value());
    EXPECT_FALSE(JsonDocument::parse(nested(257)).has_value());
    EXPECT_EQ(JsonDocument::parse(nested(1'000'000)).error().kind(), ErrorKind::too_large);
    EXPECT_EQ(JsonDocument::parse(R"({"a":{"b":{"c":1}}})", {.depth_max = 2}).error().kind(),
              ErrorKind::too_large);
}

TEST(JsonDocument, takes_a_depth_outside_its_range_as_the_nearer_end) {
    EXPECT_TRUE(JsonDocument::parse("[1]", {.depth_max = 0}).has_value());
    EXPECT_FALSE(JsonDocument::parse("[[1]]", {.depth_max = 0}).has_value());
    EXPECT_TRUE(JsonDocument::parse(nested(1024), {.depth_max = SIZE_MAX}).has_value());
    EXPECT_FALSE(JsonDocument::parse(nested(1025), {.depth_max = SIZE_MAX}).has_value());
    EXPECT_EQ(parse(nested(1024), {.depth_max = 1024}).root().to_text(), nested(1024));
}

TEST(JsonQuote, escapes_what_must_be) {
    EXPECT_EQ(json_quote(""), "\"\"");
    EXPECT_EQ(json_quote("a\"b\\c\n\r\t\b\x1F/"), "\"a\\\"b\\\\c\\n\\r\\t\\u0008\\u001f/\"");
    EXPECT_EQ(json_quote(std::string_view("\0", 1)), "\"\\u0000\"");
    EXPECT_EQ(json_quote("\xC3\xA4\x7F"), "\"\xC3\xA4\x7F\"");
}

RC_GTEST_PROP(JsonQuote, every_ascii_text_comes_back, ()) {
    const auto text = *rc::gen::container<std::string>(rc::gen::inRange('\0', '\x7F'));
    const auto doc = JsonDocument::parse(json_quote(text));
    RC_ASSERT(doc.has_value());
    RC_ASSERT(doc->root().string() == text);
}

TEST(PointerStep, escapes_slash_and_tilde) {
    EXPECT_EQ(pointer_step("a/b~c"), "/a~1b~0c");
    EXPECT_EQ(pointer_step(""), "/");
    EXPECT_EQ(pointer_step("~1"), "/~01");
}

RC_GTEST_PROP(PointerStep, leads_to_the_member_it_names, ()) {
    const auto key = *rc::gen::container<std::string>(rc::gen::elementOf(std::string("~/01a\"")));
    const auto doc = JsonDocument::parse("{" + json_quote(key) + ":{" + json_quote(key) + ":7}}");
    RC_ASSERT(doc.has_value());
    RC_ASSERT(doc->root().at_pointer(pointer_step(key) + pointer_step(key)).integer() == 7);
}

TEST(Json, a_number_can_be_read_as_it_was_written) {
    const auto document = JsonDocument::parse(
        R"({"1": "2\\\"3\\", "a": [0.10, -0, 1E2, {"b": 12345678901234567890}], "c": 1.0, "d":"4"})");
    ASSERT_TRUE(document) << document.error().to_string();
    const auto root = document->root();
    EXPECT_EQ(root["a"].at_pointer("/0").number_text(), "0.10");
    EXPECT_EQ(root["a"].at_pointer("/1").number_text(), "-0");
    EXPECT_EQ(root["a"].at_pointer("/2").number_text(), "1E2");
    EXPECT_EQ(root.at_pointer("/a/3/b").number_text(), "12345678901234567890");
    EXPECT_EQ(root["c"].number_text(), "1.0");
    EXPECT_EQ(root["1"].number_text(), "");
    EXPECT_EQ(root["none"].number_text(), "");
    std::string out;
    root.append_to(out);
    EXPECT_EQ(out,
              R"({"1":"2\\\"3\\","a":[0.10,-0,1E2,{"b":12345678901234567890}],"c":1.0,"d":"4"})");
}

TEST(Json, a_size_can_be_had_without_counting) {
    const auto doc = JsonDocument::parse(R"([1,[2,3],{"a":1}])");
    ASSERT_TRUE(doc);
    EXPECT_EQ(doc->root().size_hint(), 3U);
    EXPECT_EQ(doc->root().at_pointer("/2").size_hint(), 1U);
    EXPECT_EQ(doc->root().at_pointer("/0").size_hint(), 0U);
}

}  // namespace
}  // namespace apilab::http
