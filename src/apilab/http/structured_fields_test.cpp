#include "apilab/http/structured_fields.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <limits>

namespace apilab::http::structured {
namespace {

using namespace std::string_literals;
using testing::HasSubstr;
using testing::SizeIs;

BareItem value_of(std::string_view field) {
    const auto item = parse_item(field);
    EXPECT_TRUE(item.has_value()) << field << ": " << item.error().to_string();
    return item ? item->value : BareItem();
}

TEST(StructuredFields, every_type_of_item_is_read) {
    EXPECT_EQ(value_of("42"), BareItem(std::int64_t{42}));
    EXPECT_EQ(value_of("-999999999999999"), BareItem(std::int64_t{-999'999'999'999'999}));
    EXPECT_EQ(value_of("4.5"), BareItem(Decimal{4500}));
    EXPECT_EQ(value_of("-0.001"), BareItem(Decimal{-1}));
    EXPECT_EQ(value_of(R"("a \"quoted\" \\ word")"), BareItem(R"(a "quoted" \ word)"s));
    EXPECT_EQ(value_of("text/html"), BareItem(Token{"text/html"}));
    EXPECT_EQ(value_of(":aGVsbG8=:"), BareItem(Bytes{"hello"}));
    EXPECT_EQ(value_of(":aGVsbG8:"), BareItem(Bytes{"hello"}));
    EXPECT_EQ(value_of("::"), BareItem(Bytes{""}));
    EXPECT_EQ(value_of("?1"), BareItem(true));
    EXPECT_EQ(value_of("?0"), BareItem(false));
    EXPECT_EQ(value_of("@1659578233"), BareItem(Date{1'659'578'233}));
    EXPECT_EQ(value_of(R"(%"f%c3%bc%c3%bc")"), BareItem(DisplayString{"f\xC3\xBC\xC3\xBC"}));
}

TEST(StructuredFields, what_is_not_exactly_right_is_no_item) {
    for (const std::string_view field : {"",
                                         "  ",
                                         "1 2",
                                         "1,2",
                                         "1;",
                                         "1;A=2",
                                         "1; =2",
                                         "1;a=",
                                         "1;a =2",
                                         "-",
                                         "--1",
                                         "+1",
                                         "1.",
                                         ".5",
                                         "1.2345",
                                         "1234567890123.0",
                                         "1234567890123456",
                                         "1e3",
                                         "\"open",
                                         "\"\\n\"",
                                         "\"\t\"",
                                         "\"\xC3\xBC\"",
                                         ":aGVsbG8=",
                                         ":_-Ah:",
                                         ":a=GV:",
                                         "?2",
                                         "?",
                                         "?true",
                                         "@1.5",
                                         "@",
                                         "@\"1\"",
                                         "%",
                                         "%\"",
                                         "%\"%C3\"",
                                         "%\"%c\"",
                                         "%\"%c3\"",
                                         "%x",
                                         "(1 2)",
                                         "\t1",
                                         "1\t",
                                         "_a",
                                         "!",
                                         "\xC3\xBC"}) {
        EXPECT_FALSE(parse_item(field).has_value()) << field;
    }
    EXPECT_FALSE(parse_item("1\0"s).has_value());
}

TEST(StructuredFields, an_error_says_what_was_expected_and_where) {
    const auto list = parse_list("a, b, (1 2");
    ASSERT_FALSE(list.has_value());
    EXPECT_EQ(list.error().kind(), ErrorKind::decode);
    EXPECT_EQ(list.error().detail(), "10");
    EXPECT_THAT(list.error().message(), HasSubstr("expected a space or ) in an inner list"));
}

TEST(StructuredFields, a_list_has_items_and_inner_lists_with_parameters) {
    const auto list = parse_list(R"("burst";q=100;w=60, ("a" "b");x ,	c)");
    ASSERT_TRUE(list.has_value()) << list.error().to_string();
    ASSERT_THAT(*list, SizeIs(3));
    const auto& burst = std::get<Item>(list->at(0));
    EXPECT_EQ(burst.value, BareItem("burst"s));
    EXPECT_EQ(*find(burst.params, "q"), BareItem(std::int64_t{100}));
    EXPECT_EQ(*find(burst.params, "w"), BareItem(std::int64_t{60}));
    EXPECT_EQ(find(burst.params, "t"), nullptr);
    const auto& inner = std::get<InnerList>(list->at(1));
    EXPECT_THAT(inner.items, SizeIs(2));
    EXPECT_EQ(*find(inner.params, "x"), BareItem(true));
}

TEST(StructuredFields, an_empty_field_is_an_empty_list_but_an_empty_member_is_a_mistake) {
    EXPECT_THAT(parse_list("").value(), SizeIs(0));
    EXPECT_THAT(parse_dictionary("  ").value(), SizeIs(0));
    for (const auto* field : {",", "1,", "1,,2", ",1", "1 2", "(", "(1", "(1,2)", "((1))", "()1",
                              R"(("a""b"))", R"((1"a"))"}) {
        EXPECT_FALSE(parse_list(field).has_value()) << field;
    }
    for (const auto* field :
         {",", "a=1,", "a=1,,b", "=1", "A=1", "a b", "a=", "a=1 b=2", "\"a\"=1"}) {
        EXPECT_FALSE(parse_dictionary(field).has_value()) << field;
    }
}

TEST(StructuredFields, of_a_key_that_comes_twice_the_last_value_counts_in_the_place_of_the_first) {
    const auto dictionary = parse_dictionary("a=1, b=?0;x=1;y;x=2, a;z");
    ASSERT_TRUE(dictionary.has_value()) << dictionary.error().to_string();
    EXPECT_EQ(serialize(*dictionary).value(), "a;z, b=?0;x=2;y");
}

TEST(StructuredFields, limits_are_kept) {
    const Limits limits{.field_size_max = 40, .members_max = 3, .params_max = 2};
    const auto kind = [](const auto& result) {
        return result ? ErrorKind::internal : result.error().kind();
    };
    EXPECT_TRUE(parse_item("\"" + std::string(38, 'x') + "\"", limits).has_value());
    EXPECT_EQ(kind(parse_item("\"" + std::string(39, 'x') + "\"", limits)), ErrorKind::too_large);
    EXPECT_TRUE(parse_list("1,2,3", limits).has_value());
    EXPECT_EQ(kind(parse_list("1,2,3,4", limits)), ErrorKind::too_large);
    EXPECT_TRUE(parse_list("(1 2 3)", limits).has_value());
    EXPECT_EQ(kind(parse_list("(1 2 3 4)", limits)), ErrorKind::too_large);
    EXPECT_TRUE(parse_dictionary("a,b,c", limits).has_value());
    EXPECT_EQ(kind(parse_dictionary("a,b,a,b", limits)), ErrorKind::too_large);
    EXPECT_TRUE(parse_item("1;a;b", limits).has_value());
    EXPECT_EQ(kind(parse_item("1;a;a;a", limits)), ErrorKind::too_large);
}

TEST(StructuredFields, the_default_limits_take_what_the_rfc_asks_for) {
    std::string members = "1";
    std::string params = "1;a";
    std::string inner = "(1";
    for (int i = 1; i < 1024; ++i) {
        members += ",1";
        inner += " 1";
        params += i < 256 ? ";p" + std::to_string(i) : "";
    }
    EXPECT_TRUE(parse_list(members).has_value());
    EXPECT_FALSE(parse_list(members + ",1").has_value());
    EXPECT_TRUE(parse_list(inner + ")").has_value());
    EXPECT_FALSE(parse_list(inner + " 1)").has_value());
    EXPECT_TRUE(parse_item(params).has_value());
    EXPECT_FALSE(parse_item(params + ";z").has_value());
    EXPECT_TRUE(parse_item(":" + std::string(std::size_t{16384} / 3 * 4, 'A') + ":").has_value());
}

TEST(StructuredFields, lines_of_one_field_are_one_value) {
    const Headers headers = {{"RateLimit", "\"a\";r=1"}, {"x", "y"}, {"ratelimit", "\"b\";r=2"}};
    EXPECT_EQ(combined(headers, "ratelimit"), "\"a\";r=1, \"b\";r=2");
    EXPECT_EQ(combined(headers, "x"), "y");
    EXPECT_EQ(combined(headers, "z"), std::nullopt);
}

TEST(StructuredFields, decimals_are_rounded_to_three_digits_with_halves_to_the_even_one) {
    EXPECT_EQ(Decimal::nearest(0.0015), Decimal{2});
    EXPECT_EQ(Decimal::nearest(-0.0025), Decimal{-2});
    EXPECT_EQ(Decimal::nearest(1.2346), Decimal{1235});
    EXPECT_EQ(Decimal::nearest(999'999'999'999.999), Decimal{999'999'999'999'999});
    EXPECT_EQ(Decimal::nearest(1e12), std::nullopt);
    EXPECT_EQ(Decimal::nearest(-1e300), std::nullopt);
    EXPECT_EQ(Decimal::nearest(std::numeric_limits<double>::infinity()), std::nullopt);
    EXPECT_EQ(Decimal::nearest(std::nan("")), std::nullopt);
    EXPECT_EQ(serialize(Item{Decimal{-500}, {}}).value(), "-0.5");
    EXPECT_EQ(serialize(Item{Decimal{2000}, {}}).value(), "2.0");
    EXPECT_EQ(serialize(Item{Decimal{10}, {}}).value(), "0.01");
}

TEST(StructuredFields, what_no_field_can_say_is_not_written) {
    const std::vector<BareItem> values = {
        std::int64_t{1'000'000'000'000'000},
        std::int64_t{-1'000'000'000'000'000},
        std::numeric_limits<std::int64_t>::min(),
        Decimal{1'000'000'000'000'000},
        Decimal{std::numeric_limits<std::int64_t>::min()},
        "line\nbreak"s,
        "f\xC3\xBC"s,
        Token{""},
        Token{"1a"},
        Token{"a b"},
        Date{std::numeric_limits<std::int64_t>::max()},
        DisplayString{"\xC3"},
    };
    for (std::size_t i = 0; i < values.size(); ++i) {
        const auto text = serialize(Item{values[i], {}});
        ASSERT_FALSE(text.has_value()) << "row " << i << " is " << *text;
        EXPECT_EQ(text.error().kind(), ErrorKind::invalid_argument);
    }
    for (const auto* key : {"", "A", "1", "a b", "a=", "\xC3\xBC"}) {
        EXPECT_FALSE(serialize(Item{true, {{key, true}}}).has_value()) << key;
        EXPECT_FALSE(serialize(Dictionary{{key, Item{true, {}}}}).has_value()) << key;
    }
}

std::string text_of(std::string_view alphabet) {
    return *rc::gen::container<std::string>(rc::gen::elementOf(std::string(alphabet)));
}

BareItem any_value() {
    const auto number =
        *rc::gen::inRange<std::int64_t>(-999'999'999'999'999, 1'000'000'000'000'000);
    switch (*rc::gen::inRange(0, 8)) {
        case 0:
            return number;
        case 1:
            return Decimal{number};
        case 2:
            return text_of("ab \"\\,;()~");
        case 3:
            return Token{"t" + text_of("aZ09!#/:")};
        case 4:
            return Bytes{*rc::gen::arbitrary<std::string>()};
        case 5:
            return number % 2 == 0;
        case 6:
            return Date{number};
        default:
            return DisplayString{text_of("a%\"\n ") + "\xE2\x82\xAC"};
    }
}

Item any_item() {
    Item item{any_value(), {}};
    const auto count = *rc::gen::inRange(0, 4);
    for (int i = 0; i < count; ++i) {
        item.params.emplace_back("k" + std::to_string(i), any_value());
    }
    return item;
}

RC_GTEST_PROP(StructuredFields, what_is_written_is_read_as_the_same, ()) {
    List list;
    Dictionary dictionary;
    const auto count = *rc::gen::inRange(0, 5);
    for (int i = 0; i < count; ++i) {
        Member member = any_item();
        if (*rc::gen::arbitrary<bool>()) {
            member = InnerList{{any_item(), any_item()}, any_item().params};
        }
        list.push_back(member);
        dictionary.emplace_back("*m" + std::to_string(i), std::move(member));
    }
    const auto list_text = serialize(list);
    RC_ASSERT(list_text.has_value());
    RC_ASSERT(parse_list(*list_text).value() == list);
    const auto dictionary_text = serialize(dictionary);
    RC_ASSERT(dictionary_text.has_value());
    RC_ASSERT(parse_dictionary(*dictionary_text).value() == dictionary);
}

RC_GTEST_PROP(StructuredFields, any_bytes_are_read_or_refused_and_what_is_read_can_be_written,
              (const std::string& text)) {
    if (const auto item = parse_item(text)) {
        RC_ASSERT(parse_item(serialize(*item).value()).value() == *item);
    }
    if (const auto list = parse_list(text)) {
        RC_ASSERT(parse_list(serialize(*list).value()).value() == *list);
    }
    if (const auto dictionary = parse_dictionary(text)) {
        RC_ASSERT(parse_dictionary(serialize(*dictionary).value()).value() == *dictionary);
    }
}

}  // namespace
}  // namespace apilab::http::structured
