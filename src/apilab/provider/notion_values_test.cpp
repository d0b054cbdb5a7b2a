#include "apilab/provider/notion_values.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apilab/data/decode.hpp"
#include "apilab/http/date.hpp"
#include "apilab/testing/matchers.hpp"

namespace apilab::provider::notion {
namespace {

using apilab::testing::IsOk;

PropertyValue value(std::string_view json) {
    auto decoded = data::decode<PropertyValue>(json);
    EXPECT_THAT(decoded, IsOk());
    return std::move(decoded->value);
}
std::string text(std::string_view json) {
    return to_text(value(json));
}
std::optional<std::string> begins(const Date& date, std::string_view zone = "UTC") {
    const auto at = start_of(date, zone);
    return at ? std::optional(http::format_iso_time(*at)) : std::nullopt;
}

TEST(NotionPropertyValue, says_in_words_what_it_holds) {
    EXPECT_EQ(text(R"({"id":"a","type":"rich_text","rich_text":[
        {"type":"text","plain_text":"one "},{"type":"text","plain_text":"two","href":null}]})"),
              "one two");
    EXPECT_EQ(text(R"({"id":"a","type":"select","select":{"name":"accepted"}})"), "accepted");
    EXPECT_EQ(text(R"({"id":"a","type":"select","select":null})"), "");
    EXPECT_EQ(
        text(R"({"id":"a","type":"multi_select","multi_select":[{"name":"a"},{"name":"b"}]})"),
        "a, b");
    EXPECT_EQ(text(R"({"id":"a","type":"people","people":[{"id":"u1","name":"Mara"},{"id":"u2"},
        {"id":"u3","name":null,"person":{"email":"jon@x.example"}}]})"),
              "Mara, u2, jon@x.example");
    EXPECT_EQ(text(R"({"id":"a","type":"number","number":491})"), "491");
    EXPECT_EQ(text(R"({"id":"a","type":"checkbox","checkbox":false})"), "false");
    EXPECT_EQ(text(R"({"id":"a","type":"email","email":"a@b.example"})"), "a@b.example");
}

TEST(NotionPropertyValue, a_type_that_nobody_knows_is_kept_and_breaks_nothing) {
    const auto decoded =
        data::decode<PropertyValue>(R"({"id":"a","type":"aura","aura":{"colour":"green"}})");
    ASSERT_THAT(decoded, IsOk());
    EXPECT_EQ(decoded->value.type, "aura");
    ASSERT_NE(decoded->value.unknown.find("aura"), nullptr);
    EXPECT_EQ(decoded->value.unknown.find("aura")->text, R"({"colour":"green"})");
    EXPECT_FALSE(decoded->drift.none()) << "and it shows";
    EXPECT_EQ(to_text(decoded->value), "");
}

TEST(NotionPropertyValue, a_value_of_another_shape_is_no_value) {
    const auto decoded =
        data::decode<PropertyValue>(R"({"id":"a","type":"number","number":"many"})");
    ASSERT_THAT(decoded, IsOk());
    EXPECT_FALSE(decoded->value.number);
    EXPECT_FALSE(decoded->drift.none());
}

TEST(NotionPage, a_partial_one_has_an_id_and_nothing_else) {
    const auto decoded = data::decode<Page>(R"({"object":"page","id":"p-1"})");
    ASSERT_THAT(decoded, IsOk());
    EXPECT_EQ(decoded->value.id, "p-1");
    EXPECT_FALSE(decoded->value.thrown_away());
    EXPECT_EQ(find_property(decoded->value, "Name"), nullptr);
    EXPECT_TRUE(data::decode<Page>(R"({"id":"p","archived":true})")->value.thrown_away());
    EXPECT_FALSE(
        data::decode<Page>(R"({"id":"p","archived":true,"in_trash":false})")->value.thrown_away());
}

TEST(NotionDate, a_day_begins_at_midnight_in_the_zone) {
    EXPECT_EQ(begins({.start = "2026-12-01"}), "2026-12-01T00:00:00Z");
    EXPECT_EQ(begins({.start = "2026-12-01"}, "Europe/Berlin"), "2026-11-30T23:00:00Z");
    EXPECT_EQ(begins({.start = "2026-12-01T08:30:00.000+05:30"}, "Europe/Berlin"),
              "2026-12-01T03:00:00Z");
    EXPECT_EQ(begins({.start = "2026-12-01T08:30:00.000-08:00"}), "2026-12-01T16:30:00Z");
    EXPECT_EQ(begins({.start = "2026-12-01T08:30:00Z"}), "2026-12-01T08:30:00Z");
}

TEST(NotionDate, a_time_without_an_offset_is_in_the_zone_that_is_named) {
    EXPECT_EQ(begins({.start = "2026-12-01T08:30:00.000", .time_zone = "America/New_York"}),
              "2026-12-01T13:30:00Z");
    EXPECT_EQ(begins({.start = "2026-12-01T08:30:00"}, "Europe/Berlin"), "2026-12-01T07:30:00Z");
    // An hour that does not exist, and one that exists twice.
    EXPECT_EQ(begins({.start = "2026-03-29T02:30:00"}, "Europe/Berlin"), "2026-03-29T01:00:00Z");
    EXPECT_EQ(begins({.start = "2026-10-25T02:30:00"}, "Europe/Berlin"), "2026-10-25T00:30:00Z");
}

TEST(NotionDate, a_range_ends_with_its_last_day) {
    const auto ends = [](const Date& date) { return http::format_iso_time(*end_of(date)); };
    EXPECT_EQ(ends({.start = "2026-12-01", .end = "2026-12-05"}), "2026-12-06T00:00:00Z");
    EXPECT_EQ(ends({.start = "2026-12-01", .end = "2026-12-05T10:00:00Z"}), "2026-12-05T10:00:00Z");
    EXPECT_EQ(ends({.start = "2026-12-01"}), "2026-12-01T00:00:00Z");
}

TEST(NotionDate, what_is_no_date_is_none) {
    EXPECT_EQ(begins({.start = ""}), std::nullopt);
    EXPECT_EQ(begins({.start = "tomorrow"}), std::nullopt);
    EXPECT_EQ(begins({.start = "2026-13-01"}), std::nullopt);
    EXPECT_EQ(begins({.start = "2026-12-01"}, "Moon/Tranquility"), std::nullopt);
}

TEST(NotionValues, are_json_as_the_api_takes_it) {
    EXPECT_EQ(notion_properties({{"Say \"hi\"", NotionValue::title("a")}}),
              R"({"Say \"hi\"":{"title":[{"text":{"content":"a"}}]}})");
    EXPECT_EQ(NotionValue::integer(-7), R"({"number":-7})");
    EXPECT_EQ(NotionValue::number(0.5), R"({"number":0.5})");
    EXPECT_EQ(NotionValue::number(std::numeric_limits<double>::infinity()), R"({"number":null})");
    EXPECT_EQ(NotionValue::select(""), R"({"select":null})");
    EXPECT_EQ(NotionValue::select("a\"b"), R"({"select":{"name":"a\"b"}})");
    EXPECT_EQ(NotionValue::text(""), R"({"rich_text":[]})");
    EXPECT_EQ(NotionValue::none("people"), R"({"people":[]})");
    EXPECT_EQ(NotionValue::none("checkbox"), R"({"checkbox":false})");
    EXPECT_EQ(NotionValue::none("date"), R"({"date":null})");
    EXPECT_EQ(NotionValue::multi_select({"a", "b"}),
              R"({"multi_select":[{"name":"a"},{"name":"b"}]})");
    EXPECT_EQ(NotionValue::date(*http::parse_iso_time("2026-11-22T10:00:00Z")),
              R"({"date":{"start":"2026-11-22T10:00:00Z"}})");
}

}  // namespace
}  // namespace apilab::provider::notion
