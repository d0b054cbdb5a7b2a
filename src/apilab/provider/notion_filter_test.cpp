#include "apilab/provider/notion_filter.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <limits>
#include <string>
#include <string_view>

#include "apilab/http/json.hpp"

namespace apilab::provider {
namespace {

using testing::HasSubstr;

SystemTime noon() {
    return SystemTime(std::chrono::sys_days(std::chrono::year(2026) / 11 / 27) +
                      std::chrono::hours(12));
}

TEST(NotionFilter, writes_each_types_conditions_in_notions_words) {
    using F = NotionFilter;
    struct Row {
        NotionFilter filter;
        std::string_view json;
    };
    const std::array rows{
        Row{F::title("Name").equals("a \"b\""),
            R"({"property":"Name","title":{"equals":"a \"b\""}})"},
        Row{F::text("Key").does_not_contain("x"),
            R"({"property":"Key","rich_text":{"does_not_contain":"x"}})"},
        Row{F::number("n").greater_than_or_equal_to(0.5),
            R"({"property":"n","number":{"greater_than_or_equal_to":0.5}})"},
        Row{F::number("n").equals(3), R"({"property":"n","number":{"equals":3}})"},
        Row{F::checkbox("Done", true), R"({"property":"Done","checkbox":{"equals":true}})"},
        Row{F::select("S").does_not_equal("x"),
            R"({"property":"S","select":{"does_not_equal":"x"}})"},
        Row{F::status("S").equals("Done"), R"({"property":"S","status":{"equals":"Done"}})"},
        Row{F::multi_select("T").contains("a"),
            R"({"property":"T","multi_select":{"contains":"a"}})"},
        Row{F::people("P").is_empty(), R"({"property":"P","people":{"is_empty":true}})"},
        Row{F::relation("R").does_not_contain("id"),
            R"({"property":"R","relation":{"does_not_contain":"id"}})"},
        Row{F::date("Due").on_or_before(noon()),
            R"({"property":"Due","date":{"on_or_before":"2026-11-27T12:00:00Z"}})"},
        Row{F::date("Due").past_week(), R"({"property":"Due","date":{"past_week":{}}})"},
        Row{F::last_edited_time().after(noon()),
            R"({"timestamp":"last_edited_time","last_edited_time":{"after":"2026-11-27T12:00:00Z"}})"},
        Row{F::created_time().is_not_empty(),
            R"({"timestamp":"created_time","created_time":{"is_not_empty":true}})"},
    };
    for (const auto& row : rows) {
        EXPECT_EQ(row.filter.to_json().value(), row.json);
    }
}

TEST(NotionFilter, joins_conditions_on_two_levels) {
    const auto json =
        NotionFilter::all_of({NotionFilter::checkbox("A", false),
                              NotionFilter::any_of({NotionFilter::select("B").equals("x"),
                                                    NotionFilter::number("C").less_than(1)})})
            .to_json()
            .value();
    const auto document = http::JsonDocument::parse(json).value();
    EXPECT_EQ(document.root().at_pointer("/and/0/property").string(), "A");
    EXPECT_EQ(document.root().at_pointer("/and/1/or/1/number/less_than").integer(), 1);
}

TEST(NotionFilter, says_what_notion_would_not_take) {
    using F = NotionFilter;
    struct Row {
        NotionFilter filter;
        std::string_view what;
    };
    const auto deep = F::all_of({F::any_of({F::all_of({F::checkbox("A", true)})})});
    const std::array rows{
        Row{F::checkbox("", true), "no name"},
        Row{F::text("K").equals(std::string(2001, 'x')), "2000"},
        Row{F::text("K").equals("\xFF"), "UTF-8"},
        Row{F::number("n").equals(std::numeric_limits<double>::infinity()), "finite"},
        Row{F::all_of({}), "'and' joins no conditions"},
        Row{deep, "3 levels"},
        Row{F::any_of({F::checkbox("A", true), F::date("").past_week()}), "no name"},
    };
    for (const auto& row : rows) {
        const auto json = row.filter.to_json();
        ASSERT_FALSE(json.has_value()) << row.what;
        EXPECT_EQ(json.error().kind(), ErrorKind::invalid_argument);
        EXPECT_THAT(json.error().message(), HasSubstr(row.what));
    }
}

TEST(NotionSort, writes_orders_by_property_and_by_time) {
    EXPECT_EQ(
        to_json({{.property = "Due", .direction = NotionSort::Direction::descending}, {}}).value(),
        R"([{"property":"Due","direction":"descending"},)"
        R"({"timestamp":"created_time","direction":"ascending"}])");
    EXPECT_EQ(to_json(std::vector<NotionSort>()).value(), "[]");
    const auto wrong = to_json({{}, {.timestamp = "created"}});
    ASSERT_FALSE(wrong.has_value());
    EXPECT_THAT(wrong.error().message(), HasSubstr("sorts[1].timestamp"));
}

}  // namespace
}  // namespace apilab::provider
