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

TEST_F(ItemPages, the_newer_kinds_lead_to_the_same_items) {
    std::vector<std::string> all = walk_cursor("");
    std::vector<std::string> ids;
    std::string url = ask.base_url + "/items/odata";
    while (!url.empty() && ids.size() < 1000) {
        const auto page = parsed(ask.follow(url), keep);
        note(page["value"], ids);
        url = page["@odata.nextLink"].string_or("");
    }
    EXPECT_EQ(ids, all);
    ids.clear();
    std::string after;
    for (bool more = true; more && ids.size() < 1000;) {
        const auto page = get("/items/edges?first=50&after=" + http::percent_encode(after));
        for (const auto edge : page["edges"].elements()) {
            ids.emplace_back(edge["node"]["id"].string_or("?"));
        }
        after = page["pageInfo"]["endCursor"].string_or("");
        more = page["pageInfo"]["hasNextPage"].boolean() == true;
        EXPECT_EQ(page["totalCount"].integer(), 160);
    }
    EXPECT_EQ(ids, all);
    ids.clear();
    for (std::size_t first = 0; first < 160; first += 40) {
        const auto answer = ask.send(
            "GET", "/items/range",
            {{"range", "items=" + std::to_string(first) + "-" + std::to_string(first + 39)}});
        EXPECT_EQ(answer.status(), 206);
        note(parsed(answer, keep), ids);
    }
    EXPECT_EQ(ids, all);
    ids.clear();
    std::string keys;
    do {
        const auto page = get("/items/keyset?limit=30" + keys);
        note(page["items"], ids);
        const auto next = page["next"];
        keys = next.is_object()
                   ? "&updated_before=" + std::string(next["updated_before"].string_or("")) +
                         "&id_before=" + std::string(next["id_before"].string_or(""))
                   : "";
    } while (!keys.empty() && ids.size() < 1000);
    EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()),
              std::set<std::string>(all.begin(), all.end()));
    EXPECT_EQ(ids.size(), all.size()) << "none twice";
}

TEST_F(ItemPages, a_range_says_where_it_is_and_refuses_what_is_beyond) {
    const auto part = ask.send("GET", "/items/range", {{"range", "items=150-199"}});
    EXPECT_EQ(part.status(), 206);
    EXPECT_EQ(part.headers().value("content-range"), "items 150-159/160");
    const auto beyond = ask.send("GET", "/items/range", {{"range", "items=160-"}});
    EXPECT_EQ(beyond.status(), 416);
    EXPECT_EQ(beyond.headers().value("content-range"), "items */160");
    EXPECT_EQ(ask.get("/items/range?state=open&number%5Blt%5D=10").status(), 200) << "all of few";
    EXPECT_EQ(
        ask.send("GET", "/items/range", {{"range", "bytes=0-1"}}).headers().value("content-range"),
        "items 0-99/160");
}

TEST_F(ItemPages, five_styles_of_filters_find_the_same) {
    const auto total = [&](const std::string& query) {
        return get("/items?" + query)["total"].integer().value_or(-1);
    };
    const auto open = total("state=open&number%5Bgte%5D=100");
    EXPECT_GT(open, 10);
    EXPECT_EQ(total("filter=state%20eq%20'open'%20and%20number%20ge%20100"), open);
    EXPECT_EQ(total("rsql=state%3D%3Dopen;number%3Dge%3D100"), open);
    const auto found = parsed(
        ask.send(
            "POST", "/items/search", {},
            R"({"filter":{"and":[{"field":"state","value":"open"},{"field":"number","op":"ge",)"
            R"("value":100}]},"sort":["number"],"fields":["state"],"limit":5})"),
        keep);
    EXPECT_EQ(found["total"].integer(), open);
    EXPECT_EQ(found["items"].size(), 5U);
    EXPECT_EQ(found["next_offset"].integer(), 5);
    EXPECT_EQ(found.at_pointer("/items/0/state").string(), "open");
    EXPECT_TRUE(found.at_pointer("/items/0/title").missing());
    const auto odata =
        get("/items/odata?$filter=state%20eq%20'open'%20and%20number%20ge%20100&$count=true");
    EXPECT_EQ(odata["@odata.count"].integer(), open);
}

TEST_F(ItemPages, what_is_wrong_in_a_filter_is_named) {
    for (const auto* query :
         {"filter=x", "rsql=a", "number%5Bfoo%5D=1", "sort=size", "fields=size"}) {
        const auto answer = ask.get("/items?" + std::string(query));
        EXPECT_EQ(answer.status(), 400) << query;
    }
    EXPECT_EQ(ask.get("/items/cursor?sort=number").status(), 400) << "an order of its own";
    EXPECT_EQ(ask.get("/items/odata?$skiptoken=x").status(), 400);
    EXPECT_EQ(ask.get("/items/keyset?updated_before=2026-01-01T00:00:00Z").status(), 400);
    const auto search = ask.send("POST", "/items/search", {}, R"({"limit":0})");
    EXPECT_EQ(search.status(), 400);
    EXPECT_THAT(search.body(), HasSubstr("/limit"));
}

TEST_F(ItemPages, graphql_has_one_query_and_tells_errors_with_a_200) {
    const auto ask_graphql = [&](const std::string& body) {
        const auto answer = ask.send("POST", "/graphql", {}, body);
        EXPECT_EQ(answer.status(), 200) << answer.body();
        return parsed(answer, keep);
    };
    auto page = ask_graphql(
        R"({"query":"query($n: Int) { items(first: $n, state: OPEN) { edges { node { id } } } }",)"
        R"("variables":{"n":3}})");
    EXPECT_EQ(page["data"]["items"]["edges"].size(), 3U);
    const std::string cursor(page["data"]["items"]["pageInfo"]["endCursor"].string_or(""));
    const std::string last(page.at_pointer("/data/items/edges/2/node/id").string_or(""));
    page = ask_graphql("{\"query\":\"{ items(first: 2, state: OPEN, after: \\\"" + cursor +
                       "\\\") { totalCount } }\"}");
    EXPECT_LT(page.at_pointer("/data/items/edges/0/node/id").string_or("z"), last);
    page = ask_graphql(R"({"query":"{ items(first: 0) { totalCount } }"})");
    EXPECT_TRUE(page["data"].is_null());
    EXPECT_EQ(page["errors"].size(), 1U);
    EXPECT_EQ(ask.send("POST", "/graphql", {}, "{}").status(), 400);
}

}  // namespace
}  // namespace apilab::sandbox::api
