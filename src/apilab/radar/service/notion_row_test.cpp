#include "apilab/radar/service/notion_row.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apilab/http/json.hpp"
#include "apilab/radar/service/plan_world.hpp"

namespace apilab::radar {
namespace {

using ::testing::EndsWith;

Item item() {
    Item one{.watch = "shop", .decision = testing::decision("lodash")};
    one.decision.installed = {"4.17.11", "4.17.15"};
    one.decision.advisories = {"GHSA-1", "GHSA-2"};
    one.decision.aliases = {{"GHSA-1", {"CVE-1", "CVE-2"}}};
    one.decision.points = {{"exposed, fix in range", 400}, {"transitive", -10}};
    one.decision.notes = {"an install script appears"};
    one.decision.score = 390;
    one.revision = 3;
    one.last_seen = testing::at("2026-11-23T12:00:00Z");
    return one;
}
std::string value_of(const Item& item, std::string_view name) {
    for (const auto& [column, value] : notion_columns(item)) {
        if (column == name) {
            return value;
        }
    }
    return "none";
}
std::string text_of(const Item& item, std::string_view name) {
    const auto document = http::JsonDocument::parse(value_of(item, name));
    std::string all;
    for (const auto piece : document->root()["rich_text"].elements()) {
        all += piece.at_pointer("/text/content").string_or("");
    }
    return all;
}

TEST(NotionRow, says_all_that_an_item_is_about) {
    EXPECT_EQ(value_of(item(), "Package"), R"({"title":[{"text":{"content":"lodash"}}]})");
    EXPECT_EQ(text_of(item(), "Key"), "shop/lodash");
    EXPECT_EQ(text_of(item(), "Watch"), "shop");
    EXPECT_EQ(value_of(item(), "Action"), R"({"select":{"name":"upgrade"}})");
    EXPECT_EQ(value_of(item(), "Level"), R"({"select":{"name":"high"}})");
    EXPECT_EQ(text_of(item(), "Installed"), "4.17.11, 4.17.15");
    EXPECT_EQ(text_of(item(), "Advisories"), "GHSA-1 (CVE-1, CVE-2), GHSA-2");
    EXPECT_EQ(text_of(item(), "Why"),
              "+400 exposed, fix in range\n-10 transitive\nan install script appears");
    EXPECT_EQ(value_of(item(), "Score"), R"({"number":390})");
    EXPECT_EQ(value_of(item(), "Revision"), R"({"number":3})");
    EXPECT_EQ(value_of(item(), "As of"), R"({"date":{"start":"2026-11-23T12:00:00Z"}})");
    EXPECT_EQ(value_of(item(), "Status"), R"({"select":{"name":"open"}})");
}

TEST(NotionRow, each_machine_column_is_said_and_no_column_of_people) {
    const auto said = notion_columns(item());
    ASSERT_EQ(said.size(), machine_columns.size());
    for (const auto& column : machine_columns) {
        EXPECT_TRUE(value_of(item(), column.name).starts_with("{\"" + std::string(column.type)))
            << column.name;
    }
    for (const auto& column : human_columns) {
        EXPECT_EQ(value_of(item(), column.name), "none") << column.name;
    }
}

TEST(NotionRow, what_is_gone_is_taken_away) {
    auto bare = item();
    bare.decision.candidate.reset();
    bare.decision.level.reset();
    bare.resolved = bare.last_seen;
    EXPECT_EQ(value_of(bare, "Candidate"), R"({"rich_text":[]})");
    EXPECT_EQ(value_of(bare, "Level"), R"({"select":null})");
    EXPECT_EQ(value_of(bare, "Status"), R"({"select":{"name":"resolved"}})");
}

TEST(NotionRow, a_text_without_end_is_cut_between_characters) {
    auto long_one = item();
    long_one.decision.notes.assign(5000, "\xC3\xA4\xC3\xB6\xC3\xBC");
    const auto why = text_of(long_one, "Why");
    EXPECT_LE(why.size(), 10'003U);
    EXPECT_THAT(why, EndsWith("..."));
}

TEST(NotionRow, the_hash_is_of_what_is_said_and_not_of_when) {
    const auto hash = notion_row_hash(item());
    EXPECT_EQ(hash.size(), 16U);
    auto later = item();
    later.last_seen += std::chrono::days(1);
    later.revision = 9;
    later.human.decision = "accepted";
    EXPECT_EQ(notion_row_hash(later), hash);
    auto other = item();
    other.decision.score = 391;
    EXPECT_NE(notion_row_hash(other), hash);
    auto resolved = item();
    resolved.resolved = resolved.last_seen;
    EXPECT_NE(notion_row_hash(resolved), hash);
}

}  // namespace
}  // namespace apilab::radar
