#include "apilab/sandbox/notion/provider.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "apilab/sandbox/internal/ask_provider.hpp"
#include "apilab/sandbox/notion/internal/store.hpp"

namespace apilab::sandbox::notion {
namespace {

using namespace std::chrono_literals;
using http::JsonDocument;
using ::testing::HasSubstr;

class NotionTest : public ::testing::Test {
protected:
    http::Response call(std::string method, std::string_view path, std::string body = {},
                        const std::string& version = "2025-09-03") {
        http::Headers headers = {{"authorization", "Bearer ntn_stub"},
                                 {"content-type", "application/json"}};
        if (!version.empty()) {
            headers.add("notion-version", version);
        }
        return ask.send(std::move(method), path, headers, std::move(body));
    }
    http::Response query(const std::string& body) {
        return call("POST", "/v1/data_sources/" + data_source_id_of(1) + "/query", body);
    }
    http::Response make(const std::string& properties) {
        return call("POST", "/v1/pages",
                    R"({"parent":{"data_source_id":")" + data_source_id_of(1) +
                        R"("},"properties":)" + properties + "}");
    }
    static std::string field(const http::Response& answer, std::string_view pointer) {
        return JsonDocument::parse(answer.body())->root().at_pointer(pointer).to_text();
    }

    NotionProvider provider{{.burst = 1000}};
    AskProvider ask{provider};
};

TEST_F(NotionTest, wants_a_token_and_a_version_and_says_so) {
    const auto nobody = ask.get("/v1/users/me");
    EXPECT_EQ(nobody.status(), 401);
    EXPECT_EQ(field(nobody, "/code"), "\"unauthorized\"");
    EXPECT_EQ(field(call("GET", "/v1/users/me", {}, ""), "/code"), "\"missing_version\"");
    EXPECT_EQ(call("GET", "/v1/users/me", {}, "2020-01-01").status(), 400);
    const auto me = call("GET", "/v1/users/me");
    EXPECT_EQ(field(me, "/type"), "\"bot\"");
    EXPECT_NE(field(me, "/request_id"), "null");
    EXPECT_EQ(call("GET", "/v1/nothing").status(), 400) << "an unknown path is no 404 here";
}

TEST_F(NotionTest, a_walk_by_cursor_sees_each_of_the_130_pages_once) {
    std::set<std::string> ids;
    const auto first = query("{}");
    EXPECT_EQ(field(first, "/has_more"), "true");
    const auto second = query(R"({"start_cursor":)" + field(first, "/next_cursor") + "}");
    EXPECT_EQ(field(second, "/next_cursor"), "null");
    for (const auto* answer : {&first, &second}) {
        const auto document = JsonDocument::parse(answer->body());
        for (const auto page : document->root()["results"].elements()) {
            ids.insert(std::string(page["id"].string_or("")));
        }
    }
    EXPECT_EQ(ids.size(), 130U);
    EXPECT_EQ(query(R"({"page_size":101})").status(), 400);
    EXPECT_EQ(query(R"({"start_cursor":"bogus"})").status(), 400);
}

TEST_F(NotionTest, databases_are_queried_before_2025_09_03_and_data_sources_since) {
    const auto database = "/v1/databases/" + database_id_of(1);
    EXPECT_EQ(call("POST", database + "/query", "{}", "2022-06-28").status(), 200);
    EXPECT_EQ(field(call("POST", database + "/query", "{}"), "/code"), "\"invalid_request_url\"");
    EXPECT_EQ(field(call("GET", database), "/data_sources/0/id"),
              "\"" + data_source_id_of(1) + "\"");
    EXPECT_EQ(field(call("GET", database, {}, "2022-06-28"), "/properties/Name/type"), "\"title\"");
}

TEST_F(NotionTest, a_row_is_made_found_by_its_key_and_changed) {
    const auto made = make(R"({"Name":{"title":[{"text":{"content":"A"}}]},)"
                           R"("Key":{"rich_text":[{"text":{"content":"k-1"}}]}})");
    ASSERT_EQ(made.status(), 200) << made.body();
    const auto filter = R"({"filter":{"property":"Key","rich_text":{"equals":"k-1"}}})";
    EXPECT_EQ(field(query(filter), "/results/0/id"), field(made, "/id"));
    auto id = field(made, "/id").substr(1, 36);
    std::erase(id, '-');
    const auto changed =
        call("PATCH", "/v1/pages/" + id, R"({"properties":{"Announced":{"checkbox":true}}})");
    EXPECT_EQ(field(changed, "/properties/Announced/checkbox"), "true");
    EXPECT_EQ(field(changed, "/properties/Key/rich_text/0/plain_text"), "\"k-1\"");
    EXPECT_EQ(field(call("PATCH", "/v1/pages/" + id, R"({"in_trash":true})"), "/archived"), "true");
    EXPECT_EQ(field(query(filter), "/results"), "[]");
    EXPECT_EQ(call("GET", "/v1/pages/00000000-0000-4000-8000-00000000dead").status(), 404);
}

TEST_F(NotionTest, sizes_are_checked_as_javascript_counts) {
    const auto text = [&](const std::string& content) {
        return make(R"({"Notes":{"rich_text":[{"text":{"content":")" + content + "\"}}]}}");
    };
    EXPECT_EQ(text(std::string(2000, 'x')).status(), 200);
    const auto refused = text(std::string(2001, 'x'));
    EXPECT_EQ(refused.status(), 400);
    EXPECT_THAT(field(refused, "/message"), HasSubstr("should be ≤ `2000`, instead was `2001`"));
    std::string parties;
    for (int i = 0; i < 1001; ++i) {
        parties += "\xF0\x9F\x8E\x89";
    }
    EXPECT_EQ(text(parties).status(), 400) << "a character beyond U+FFFF counts two";
    EXPECT_EQ(make(R"({"Nothing":{"checkbox":true}})").status(), 400);
    EXPECT_EQ(make(R"({"Key":{"checkbox":true}})").status(), 400);
}

TEST_F(NotionTest, three_requests_a_second_on_average_and_a_burst) {
    NotionProvider small({.burst = 2});
    AskProvider narrow(small);
    const http::Headers headers = {{"authorization", "Bearer ntn_stub"},
                                   {"notion-version", "2025-09-03"}};
    const auto me = [&] { return narrow.send("GET", "/v1/users/me", headers, ""); };
    EXPECT_EQ(me().status(), 200);
    EXPECT_EQ(me().status(), 200);
    const auto refused = me();
    EXPECT_EQ(refused.status(), 429);
    EXPECT_EQ(refused.headers().value("retry-after"), "1");
    EXPECT_EQ(field(refused, "/code"), "\"rate_limited\"");
    narrow.now += 334ms;
    EXPECT_EQ(me().status(), 200);
}

TEST_F(NotionTest, a_second_row_of_one_key_is_counted) {
    const auto row = R"({"Key":{"rich_text":[{"text":{"content":"k-1"}}]}})";
    make(row);
    EXPECT_EQ(provider.numbers().at("rows"), 1);
    EXPECT_EQ(provider.numbers().at("rows doubled"), 0);
    make(row);
    EXPECT_EQ(provider.numbers().at("rows doubled"), 1);
}

TEST_F(NotionTest, blocks_are_appended_and_listed) {
    const auto id = field(make("{}"), "/id").substr(1, 36);
    const auto block = R"({"children":[{"type":"paragraph","paragraph":)"
                       R"({"rich_text":[{"text":{"content":"x"}}]}}]})";
    EXPECT_EQ(call("PATCH", "/v1/blocks/" + id + "/children", block).status(), 200);
    EXPECT_EQ(field(call("GET", "/v1/blocks/" + id + "/children"), "/results/0/type"),
              "\"paragraph\"");
}

}  // namespace
}  // namespace apilab::sandbox::notion
