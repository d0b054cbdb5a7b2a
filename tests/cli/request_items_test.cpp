// The words of `apilab call`: HTTPie's grammar, with its rules as a table.
#include "cli/call/request_items.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/call/json_fields.hpp"

namespace apilab::cli {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using Kind = RequestItem::Kind;

RequestItem item(std::string_view word) {
    auto parsed = parse_request_item(word, 1);
    EXPECT_TRUE(parsed) << word << (parsed ? "" : parsed.error().to_string());
    return parsed ? *std::move(parsed) : RequestItem{.name = "(error)"};
}

std::string complaint(std::string_view word) {
    const auto parsed = parse_request_item(word, 3);
    EXPECT_FALSE(parsed) << word;
    return parsed ? "" : parsed.error().to_string();
}

struct Row {
    std::string_view word;
    Kind kind;
    std::string_view name;
    std::string_view value;
};

TEST(RequestItems, the_sign_says_what_a_word_is) {
    for (const auto& row : {
             Row{"X-Name:value", Kind::header, "X-Name", "value"},
             Row{"X-Name: value", Kind::header, "X-Name", " value"},
             Row{"X-Name:a=b", Kind::header, "X-Name", "a=b"},
             Row{"X-Time:10:30", Kind::header, "X-Time", "10:30"},
             Row{"X-Name:", Kind::header_unset, "X-Name", ""},
             Row{"X-Name;", Kind::header_empty, "X-Name", ""},
             Row{"X-Name:@a.txt", Kind::header_file, "X-Name", "a.txt"},
             Row{"q==a b", Kind::query, "q", "a b"},
             Row{"q==", Kind::query, "q", ""},
             Row{"q==a==b", Kind::query, "q", "a==b"},
             Row{"q==@a.txt", Kind::query_file, "q", "a.txt"},
             Row{"name=Ada", Kind::text, "name", "Ada"},
             Row{"name=", Kind::text, "name", ""},
             Row{"at=10:30", Kind::text, "at", "10:30"},
             Row{"mail=a@b.org", Kind::text, "mail", "a@b.org"},
             Row{"text=@a.txt", Kind::text_file, "text", "a.txt"},
             Row{"age:=37", Kind::json, "age", "37"},
             Row{"tags:=[\"a:b\"]", Kind::json, "tags", "[\"a:b\"]"},
             Row{"tags:=@a.json", Kind::json_file, "tags", "a.json"},
             Row{"photo@a.png", Kind::upload, "photo", "a.png"},
             Row{"@a.json", Kind::upload, "", "a.json"},
             Row{"@-", Kind::upload, "", "-"},
             Row{"=x", Kind::text, "", "x"},
         }) {
        const auto parsed = item(row.word);
        EXPECT_EQ(parsed.kind, row.kind) << row.word;
        EXPECT_EQ(parsed.name, row.name) << row.word;
        EXPECT_EQ(parsed.value, row.value) << row.word;
    }
}

TEST(RequestItems, a_backslash_takes_the_meaning_from_a_sign_and_nothing_else) {
    for (const auto& row : {
             Row{R"(a\=b=c)", Kind::text, "a=b", "c"},
             Row{R"(a\:b:c)", Kind::header, "a:b", "c"},
             Row{R"(a\@b=c)", Kind::text, "a@b", "c"},
             Row{R"(a=b\:c)", Kind::text, "a", "b:c"},
             Row{R"(name=\@ada)", Kind::text, "name", "@ada"},
             Row{R"(a\==b)", Kind::text, "a=", "b"},
             Row{R"(a=C:\dir)", Kind::text, "a", R"(C:\dir)"},
             Row{R"(a\b=c)", Kind::text, R"(a\b)", "c"},
             Row{R"(a\\:=1)", Kind::json, R"(a\\)", "1"},
             Row{R"(a\[b\]=c)", Kind::text, R"(a\[b\])", "c"},
         }) {
        if (row.word.starts_with(R"(a\:b)")) {  // no header has such a name
            EXPECT_THAT(complaint(row.word), HasSubstr("no name of a header"));
            continue;
        }
        const auto parsed = item(row.word);
        EXPECT_EQ(parsed.kind, row.kind) << row.word;
        EXPECT_EQ(parsed.name, row.name) << row.word;
        EXPECT_EQ(parsed.value, row.value) << row.word;
    }
}

TEST(RequestItems, a_file_may_say_its_type) {
    const auto file = item("photo@a.png;type=image/webp");
    EXPECT_EQ(file.value, "a.png");
    EXPECT_EQ(file.type, "image/webp");
    EXPECT_EQ(item("photo@a.png").type, "");
}

TEST(RequestItems, what_is_none_is_named_with_what_would_be_right) {
    EXPECT_THAT(complaint("word"),
                AllOf(HasSubstr("item 3"), HasSubstr("'word'"), HasSubstr("field=value")));
    EXPECT_THAT(complaint("a b:c"), HasSubstr("no name of a header"));
    EXPECT_THAT(complaint("X-A;b"), HasSubstr("Name; sends an empty header"));
    EXPECT_THAT(complaint("X-A:b\r\nX-B: c"), HasSubstr("line break"));
    EXPECT_THAT(complaint("==x"), HasSubstr("without a name"));
    EXPECT_THAT(complaint("photo@"), HasSubstr("no file behind @"));
    EXPECT_THAT(complaint("http://127.0.0.1/"), HasSubstr("a second URL"));
    EXPECT_THAT(complaint(std::string((1U << 20U) + 1, 'a')), HasSubstr("bytes"));
}

TEST(RequestItems, a_message_never_repeats_a_value) {
    EXPECT_THAT(complaint("X-Token;hunter2"), Not(HasSubstr("hunter2")));
    EXPECT_THAT(complaint("a b:hunter2"), Not(HasSubstr("hunter2")));
    EXPECT_EQ(item("password=hunter2").place(), "item 1 (password=...)");
}

RequestLine line(const std::vector<std::string>& words) {
    auto parsed = parse_request_line(words);
    EXPECT_TRUE(parsed) << (parsed ? "" : parsed.error().to_string());
    return parsed ? *std::move(parsed) : RequestLine{};
}

TEST(RequestLines, the_method_may_be_left_out) {
    EXPECT_EQ(line({"example.org"}).method, "");
    EXPECT_EQ(line({"example.org", "a=b"}).method, "");
    EXPECT_EQ(line({"example.org", "a=b"}).target, "example.org");
    EXPECT_EQ(line({"delete", "example.org"}).method, "DELETE");
    EXPECT_EQ(line({"PURGE", "example.org"}).method, "PURGE");
    EXPECT_EQ(line({"M-SEARCH", "example.org"}).method, "M-SEARCH");
}

TEST(RequestLines, localhost_is_no_method) {
    const auto parsed = line({"localhost", "a=b"});
    EXPECT_EQ(parsed.method, "");
    EXPECT_EQ(parsed.target, "localhost");
    EXPECT_EQ(line({"GET"}).target, "GET");
}

TEST(RequestLines, items_are_counted_from_one_and_bounded) {
    const auto parsed = line({"POST", "x", "a=1", "b=2"});
    EXPECT_EQ(parsed.items.at(1).number, 2U);
    std::vector<std::string> many(1002, "a=1");
    EXPECT_FALSE(parse_request_line(many));
    many.pop_back();
    EXPECT_TRUE(parse_request_line(many));
    EXPECT_FALSE(parse_request_line(std::vector<std::string>{}));
    EXPECT_FALSE(parse_request_line(std::vector<std::string>{"GET", ""}));
}

using Pairs = std::vector<std::pair<std::string, std::string>>;

// Values in quotes are texts, others JSON.
std::string made_of(const Pairs& pairs) {
    JsonFields fields;
    for (const auto& [path, value] : pairs) {
        const auto set = value.starts_with('\'')
                             ? fields.set_text(path, std::string_view(value).substr(1))
                             : fields.set_json(path, value);
        if (!set) {
            return set.error().message();
        }
    }
    return fields.to_text();
}

TEST(JsonFields, nest_by_their_paths) {
    EXPECT_EQ(made_of({}), "{}");
    EXPECT_EQ(made_of({{"a", "'x"}, {"b", "1"}}), R"({"a":"x","b":1})");
    EXPECT_EQ(made_of({{"a[b][c]", "'x"}, {"a[b][d]", "true"}}),
              R"({"a":{"b":{"c":"x","d":true}}})");
    EXPECT_EQ(made_of({{"a[]", "1"}, {"a[]", "2"}}), R"({"a":[1,2]})");
    EXPECT_EQ(made_of({{"a[2]", "1"}, {"a[0]", "'x"}}), R"({"a":["x",null,1]})");
    EXPECT_EQ(made_of({{"a[0][b]", "1"}, {"a[0][c]", "2"}, {"a[][b]", "3"}}),
              R"({"a":[{"b":1,"c":2},{"b":3}]})");
    EXPECT_EQ(made_of({{"[]", "1"}, {"[]", "2"}}), "[1,2]");
    EXPECT_EQ(made_of({{"[1][a]", "1"}}), R"([null,{"a":1}])");
    EXPECT_EQ(made_of({{"", "'x"}}), R"({"":"x"})");
    EXPECT_EQ(made_of({{"5", "'x"}}), R"({"5":"x"})");
}

TEST(JsonFields, escapes_make_names_of_brackets_and_numbers) {
    EXPECT_EQ(made_of({{R"(a\[b\])", "1"}}), R"({"a[b]":1})");
    EXPECT_EQ(made_of({{R"(a[\5])", "1"}}), R"({"a":{"5":1}})");
    EXPECT_EQ(made_of({{R"(a\\b)", "1"}}), R"({"a\\b":1})");
    EXPECT_EQ(made_of({{R"(a\b)", "1"}}), R"({"a\\b":1})");
    EXPECT_EQ(made_of({{R"(a[b\]c])", "1"}}), R"({"a":{"b]c":1}})");
}

TEST(JsonFields, the_last_value_of_a_field_stays_and_json_can_be_gone_on_with) {
    EXPECT_EQ(made_of({{"a", "1"}, {"a", "2"}}), R"({"a":2})");
    EXPECT_EQ(made_of({{"a", R"({"b":[1]})"}, {"a[b][]", "2"}, {"a[c]", "3"}}),
              R"({"a":{"b":[1,2],"c":3}})");
    EXPECT_EQ(made_of({{"a", "null"}, {"a[b]", "1"}}), R"({"a":{"b":1}})");
}

TEST(JsonFields, numbers_stay_as_they_are_written) {
    EXPECT_EQ(made_of({{"a", "1.10"}, {"b", "1E2"}, {"c", "18446744073709551615"}}),
              R"({"a":1.10,"b":1E2,"c":18446744073709551615})");
}

TEST(JsonFields, a_path_that_cannot_be_read_says_where) {
    EXPECT_THAT(made_of({{"a[b", "1"}}), HasSubstr("at 4: expected ]"));
    EXPECT_THAT(made_of({{"a]b", "1"}}), HasSubstr("at 2: expected [ or the end"));
    EXPECT_THAT(made_of({{"a[b]c", "1"}}), HasSubstr("at 5: expected [ or the end"));
    EXPECT_THAT(made_of({{"[a]", "1"}}), HasSubstr("expected a number or ]"));
    EXPECT_THAT(made_of({{"a[-1]", "1"}}), HasSubstr("not negative"));
    EXPECT_THAT(made_of({{"a[10001]", "1"}}), HasSubstr("0 to 10000"));
    EXPECT_THAT(made_of({{"a[99999999999999999999999]", "1"}}), HasSubstr("0 to 10000"));
    std::string deep = "a";
    for (int i = 0; i < 64; ++i) {
        deep += "[b]";
    }
    EXPECT_THAT(made_of({{deep, "1"}}), HasSubstr("deeper than 64"));
}

TEST(JsonFields, a_path_through_a_value_of_another_type_is_refused) {
    EXPECT_THAT(made_of({{"a", "'x"}, {"a[b]", "1"}}),
                AllOf(HasSubstr("type string"), HasSubstr("needs an object")));
    EXPECT_THAT(made_of({{"a[]", "1"}, {"a[b]", "1"}}), HasSubstr("type array"));
    EXPECT_THAT(made_of({{"a", "1"}, {"[]", "1"}}), HasSubstr("type object"));
    EXPECT_THAT(made_of({{"a", "5"}, {"a[]", "1"}}), HasSubstr("type number"));
}

TEST(JsonFields, what_is_no_json_or_no_text_is_refused) {
    EXPECT_THAT(made_of({{"a", "{"}}), HasSubstr("no JSON"));
    EXPECT_THAT(made_of({{"a", "'\xFF"}}), HasSubstr("not UTF-8"));
    EXPECT_THAT(made_of({{"\xFF", "1"}}), HasSubstr("not UTF-8"));
}

}  // namespace
}  // namespace apilab::cli
