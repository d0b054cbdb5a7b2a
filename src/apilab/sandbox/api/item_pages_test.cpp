#include "apilab/sandbox/api/item_pages.hpp"  // NOLINT(misc-include-cleaner): what is tested

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "apilab/http/link.hpp"
#include "apilab/http/url.hpp"
#include "apilab/sandbox/api/provider.hpp"
#include "apilab/sandbox/internal/ask_provider.hpp"

namespace apilab::sandbox::api {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ItemPages : public ::testing::Test {
protected:
    ApiProvider provider{1};
    AskProvider ask{provider};
    http::JsonDocument keep = http::JsonDocument::parse("null").value();

    http::Json get(const std::string& target) { return parsed(ask.get(target), keep); }
    static void note(http::Json items, std::vector<std::string>& ids) {
        for (const auto item : items.elements()) {
            ids.emplace_back(item["id"].string_or("?"));
        }
    }
    void add_item() {
        const auto made = ask.send("POST", "/items", {{"x-api-key", "api_stub"}},
                                   "{\"title\":\"New\",\"package\":\"ms\"}");
        EXPECT_EQ(made.status(), 201) << made.body();
    }
    std::vector<std::string> walk_cursor(const std::string& rest, bool adding = false) {
        std::vector<std::string> ids;
        std::string cursor;
        do {
            const auto page =
                get("/items/cursor?limit=30&cursor=" + http::percent_encode(cursor) + rest);
            note(page["items"], ids);
            cursor = page["next_cursor"].string_or("?");
            if (adding) {
                add_item();
            }
        } while (!cursor.empty() && ids.size() < 1000);
        return ids;
    }
};

TEST_F(ItemPages, every_kind_leads_to_the_same_items) {
    std::vector<std::string> all = walk_cursor("");
    EXPECT_EQ(all.size(), 160U);
    EXPECT_EQ(all.front(), "itm_0160");

    std::vector<std::string> ids;
    std::string url = ask.base_url + "/items/link?limit=30";
    while (!url.empty()) {
        const auto reply = ask.follow(url);
        note(parsed(reply, keep), ids);
        url = http::find_link(reply.headers(), "next").value_or("");
    }
    EXPECT_EQ(ids, all) << "link";

    ids.clear();
    url = ask.base_url + "/items/next?limit=30";
    while (!url.empty()) {
        const auto page = parsed(ask.follow(url), keep);
        note(page["items"], ids);
        url = page["next"].string_or("");
        EXPECT_TRUE(!url.empty() || page["next"].is_null());
    }
    EXPECT_EQ(ids, all) << "next";

    ids.clear();
    for (int number = 1; number <= 6; ++number) {
        const auto page = get("/items/page?limit=30&page=" + std::to_string(number));
        EXPECT_EQ(page["pages"].integer(), 6);
        note(page["items"], ids);
    }
    EXPECT_EQ(ids, all) << "page";

    ids.clear();
    for (int offset = 0; offset < 160; offset += 30) {
        const auto page = get("/items/offset?limit=30&offset=" + std::to_string(offset));
        EXPECT_EQ(page["total"].integer(), 160);
        note(page["items"], ids);
    }
    EXPECT_EQ(ids, all) << "offset";
}

TEST_F(ItemPages, what_is_added_meanwhile_moves_pages_by_position_and_not_those_behind_an_item) {
    const auto by_cursor = walk_cursor("", true);
    EXPECT_EQ(std::set(by_cursor.begin(), by_cursor.end()).size(), by_cursor.size());
    std::vector<std::string> by_offset;
    for (int offset = 0; offset < 90; offset += 30) {
        note(get("/items/offset?limit=30&offset=" + std::to_string(offset))["items"], by_offset);
        add_item();
    }
    EXPECT_EQ(std::set(by_offset.begin(), by_offset.end()).size(), by_offset.size() - 2);
}

TEST_F(ItemPages, filters_hold_together_in_every_kind) {
    const std::string filter = "&state=open&label=bug&label=docs&since=2026-03-01T00:00:00Z";
    const auto expected = walk_cursor(filter);
    ASSERT_GT(expected.size(), 1U);
    for (const auto& id : expected) {
        const auto item = get("/items/" + id);
        EXPECT_EQ(item["state"].string(), "open");
        EXPECT_THAT(item["labels"].to_text(), HasSubstr("bug"));
        EXPECT_THAT(item["labels"].to_text(), HasSubstr("docs"));
        EXPECT_GE(item["updated_at"].string_or(""), "2026-03-01");
    }
    for (const char* kind : {"", "/next", "/page", "/offset"}) {
        std::vector<std::string> ids;
        note(get("/items" + std::string(kind) + "?limit=100" + filter)["items"], ids);
        EXPECT_EQ(ids, expected) << kind;
    }
    const auto next = get("/items/next?limit=1" + filter)["next"].string_or("");
    EXPECT_THAT(std::string(next), HasSubstr("label=bug&label=docs")) << "links keep the filter";
}

TEST_F(ItemPages, a_cursor_that_was_not_encoded_is_another_cursor) {
    const std::string cursor(get("/items/cursor?limit=1")["next_cursor"].string_or(""));
    EXPECT_THAT(cursor, HasSubstr("+"));
    EXPECT_THAT(cursor, HasSubstr("/"));
    EXPECT_EQ(ask.get("/items/cursor?cursor=" + http::percent_encode(cursor)).status(), 200);
    const auto refused = ask.get("/items/cursor?cursor=" + cursor);
    EXPECT_EQ(refused.status(), 400);
    EXPECT_EQ(parsed(refused, keep)["code"].string(), "invalid_cursor");
}

TEST_F(ItemPages, the_end_has_no_next_and_a_page_beyond_no_items) {
    EXPECT_EQ(get("/items/page?page=99")["items"].size(), 0U);
    EXPECT_EQ(get("/items/offset?offset=999")["items"].size(), 0U);
    EXPECT_EQ(get("/items/cursor?limit=100&state=closed")["next_cursor"].string(), "");
    EXPECT_FALSE(ask.get("/items/link?limit=100&label=nobody").headers().contains("link"));
}

TEST_F(ItemPages, what_cannot_be_read_is_refused_by_name) {
    for (const char* query :
         {"limit=0", "limit=101", "limit=x", "state=done", "since=soon", "page=0"}) {
        const auto refused = ask.get("/items/page?" + std::string(query));
        EXPECT_EQ(refused.status(), 400) << query;
        EXPECT_THAT(refused.body(), HasSubstr(std::string(query).substr(0, 4))) << query;
    }
    EXPECT_EQ(ask.get("/items/page?colour=red").status(), 200);
}

TEST_F(ItemPages, the_seed_decides_what_there_is) {
    ApiProvider other(2);
    ApiProvider same(1);
    EXPECT_EQ(AskProvider(same).get("/items").body(), ask.get("/items").body());
    EXPECT_NE(AskProvider(other).get("/items").body(), ask.get("/items").body());
}

}  // namespace
}  // namespace apilab::sandbox::api
