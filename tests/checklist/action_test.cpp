// What a person may have a service do, as its manifest says it.
#include "checklist/action.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace apilab::cli::checklist {
namespace {

std::optional<std::string> seven(std::string_view name) {
    return name == "id" || name == "jobs.id" ? std::optional<std::string>("7") : std::nullopt;
}

TEST(ChecklistAction, is_a_method_a_path_and_whatever_follows_as_its_body) {
    const auto again = parse_action(R"(POST /actions/again {"jobs": [{jobs.id}], "pace_ms": 0})");
    ASSERT_TRUE(again) << again.error().to_string();
    EXPECT_EQ(again->method, "POST");
    EXPECT_EQ(again->path, "/actions/again");
    const auto whole = filled(*again, seven);
    ASSERT_TRUE(whole);
    EXPECT_EQ(whole->body, R"({"jobs": [7], "pace_ms": 0})");
    const auto by_path = filled(*parse_action("DELETE /dead/{id}/hold"), seven);
    ASSERT_TRUE(by_path);
    EXPECT_EQ(by_path->path, "/dead/7/hold");
    EXPECT_EQ(by_path->body, "");
    for (const auto* wrong : {"", "POST", "GET /dead", "POST dead", "again", "POST /a\nHost: b"}) {
        EXPECT_FALSE(parse_action(wrong)) << wrong;
    }
}

TEST(ChecklistAction, is_none_where_something_is_missing_or_is_no_plain_id) {
    const auto action = *parse_action("POST /dead/{id}/again");
    EXPECT_FALSE(filled(*parse_action("POST /dead/{jobs.key}"), seven));
    for (const auto* value : {"", "../admin", "7\"}", "a b", "a/b", "7?all=1"}) {
        EXPECT_FALSE(filled(action, [&](std::string_view) {
            return std::optional<std::string>(value);
        })) << value;
    }
    EXPECT_FALSE(
        filled(action, [](std::string_view) { return std::optional(std::string(201, '7')); }));
}

TEST(ChecklistAction, takes_a_field_of_the_first_entry_of_a_list) {
    const auto two =
        R"({"counts": {"dead": 2}, "jobs": [], "messages": [{"id": 9007199254740993}, {"id": 4}]})";
    EXPECT_EQ(field_of_first(two, "messages.id"), "9007199254740993");
    EXPECT_EQ(field_of_first(two, "id"), "9007199254740993") << "of the first that has an entry";
    EXPECT_EQ(field_of_first(two, "jobs.id"), std::nullopt);
    EXPECT_EQ(field_of_first(R"([{"id": "a-1"}])", "id"), "a-1");
    EXPECT_EQ(field_of_first(R"([{"id": {"x": 1}}])", "id"), std::nullopt);
    EXPECT_EQ(field_of_first("<html>", "id"), std::nullopt);
    EXPECT_EQ(field_of_first("[]", "id"), std::nullopt);
}

}  // namespace
}  // namespace apilab::cli::checklist
