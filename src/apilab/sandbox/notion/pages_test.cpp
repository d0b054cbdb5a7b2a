#include "apilab/sandbox/notion/internal/test_notion.hpp"

namespace apilab::sandbox::notion {
namespace {

using ::testing::HasSubstr;

class NotionPages : public NotionWorld {};

TEST_F(NotionPages, a_page_shows_25_of_a_list_and_its_property_pages_through_all) {
    const auto first = get("/v1/pages/" + text(query(R"({"page_size":1})"), "/results/0/id"));
    EXPECT_EQ(size(first, "/properties/Related/relation"), 25U);
    EXPECT_EQ(field(first, "/properties/Related/has_more"), "true");
    const auto place =
        "/v1/pages/" + text(first, "/id") + "/properties/" + text(first, "/properties/Related/id");
    const auto items = get(place + "?page_size=20");
    EXPECT_EQ(size(items, "/results"), 20U);
    EXPECT_EQ(text(items, "/results/0/object"), "property_item");
    EXPECT_EQ(text(items, "/property_item/type"), "relation");
    const auto next = ask.base_url + "/v1/pages/";
    EXPECT_THAT(text(items, "/property_item/next_url"), ::testing::StartsWith(next));
    const auto rest = get(place + "?start_cursor=" + text(items, "/next_cursor"));
    EXPECT_EQ(size(rest, "/results"), 10U);
    EXPECT_EQ(field(rest, "/property_item/next_url"), "null");
    EXPECT_EQ(get(place + "?start_cursor=bogus").status(), 400);
}

TEST_F(NotionPages, what_a_page_is_called_by_is_noted_and_whether_it_is_a_key) {
    make(R"({"Name":{"title":[{"text":{"content":"axios 1.0"}}]}})");
    EXPECT_EQ(ask.facts["makes"], "axios 1.0");
    EXPECT_FALSE(ask.facts.contains("row_key")) << "a title is none";
    make(R"({"Name":{"title":[{"text":{"content":"axios"}}]},)"
         R"("Key":{"rich_text":[{"text":{"content":"webshop/axios"}}]}})");
    EXPECT_EQ(ask.facts["makes"], "webshop/axios");
    EXPECT_EQ(ask.facts["row_key"], "webshop/axios");
}

TEST_F(NotionPages, a_property_that_is_no_list_is_one_item) {
    const auto id = make(R"({"Score":{"number":4}})");
    const auto item = get("/v1/pages/" + id + "/properties/sC%3Dr");
    EXPECT_EQ(text(item, "/object"), "property_item");
    EXPECT_EQ(field(item, "/number"), "4");
    EXPECT_EQ(field(get("/v1/pages/" + id + "/properties/Double"), "/formula/number"), "8");
    EXPECT_EQ(get("/v1/pages/" + id + "/properties/nothing").status(), 404);
}

TEST_F(NotionPages, made_values_are_made_and_cannot_be_set) {
    const auto first = get("/v1/pages/" + text(query(R"({"page_size":1})"), "/results/0/id"));
    EXPECT_EQ(text(first, "/properties/Related score/rollup/type"), "number");
    EXPECT_EQ(size(first, "/properties/Related names/rollup/array"), 30U);
    EXPECT_EQ(field(first, "/properties/Number/unique_id"), R"({"prefix":"TASK","number":1})");
    EXPECT_EQ(text(first, "/properties/Created by/created_by/object"), "user");
    EXPECT_EQ(make(R"({"Double":{"formula":{}}})"), "none");
    EXPECT_EQ(field(get("/v1/pages/" + make("{}")), "/properties/Number/unique_id/number"), "131");
}

TEST_F(NotionPages, every_type_that_can_be_set_comes_back) {
    const auto id = make(
        R"({"Status":{"status":{"name":"Done"}},"Tags":{"multi_select":[{"name":"new"}]},)"
        R"("Due":{"date":{"start":"2026-01-05"}},"Link":{"url":"https://x.example"},)"
        R"("People":{"people":[{"id":")" +
        std::string(bot_user_id) + R"("}]},"Files":{"files":[{"name":"a","external":)" +
        R"({"url":"https://x.example/a"}}]},"Related":{"relation":[{"id":")" + home + R"("}]}})");
    const auto page = get("/v1/pages/" + id);
    EXPECT_EQ(text(page, "/properties/Status/status/name"), "Done");
    EXPECT_EQ(text(page, "/properties/Tags/multi_select/0/name"), "new");
    EXPECT_EQ(text(page, "/properties/Due/date/start"), "2026-01-05");
    EXPECT_EQ(text(page, "/properties/People/people/0/id"), bot_user_id);
    EXPECT_EQ(text(page, "/properties/Files/files/0/type"), "external");
    EXPECT_EQ(text(page, "/properties/Related/relation/0/id"), home);
    EXPECT_THAT(get("/v1/data_sources/" + source).body(), HasSubstr(R"("name":"new")"))
        << "a new option is learnt";
    EXPECT_EQ(make(R"({"Status":{"status":{"name":"no such"}}})"), "none");
    EXPECT_EQ(make(R"({"Severity":{"select":{"name":"a,b"}}})"), "none");
    EXPECT_EQ(make(R"({"Related":{"relation":[{"id":"x"}]}})"), "none");
}

TEST_F(NotionPages, frames_change_and_trash_has_the_names_of_the_version) {
    const auto id = make_page();
    const auto changed = call("PATCH", "/v1/pages/" + id,
                              R"({"icon":{"type":"emoji","emoji":"x"},"is_locked":true})");
    EXPECT_EQ(text(changed, "/icon/emoji"), "x");
    EXPECT_EQ(field(changed, "/is_locked"), "true");
    EXPECT_EQ(field(call("PATCH", "/v1/pages/" + id, R"({"icon":null})"), "/icon"), "null");
    EXPECT_EQ(field(call("PATCH", "/v1/pages/" + id, R"({"archived":true})"), "/in_trash"), "true");
    EXPECT_EQ(call("PATCH", "/v1/pages/" + id, R"({"archived":false})", "2026-03-11").status(),
              400);
    const auto now = call("GET", "/v1/pages/" + id, {}, "2026-03-11");
    EXPECT_EQ(field(now, "/in_trash"), "true");
    EXPECT_FALSE(now.body().contains("archived"));
}

TEST_F(NotionPages, a_page_is_moved_but_not_below_itself) {
    const auto upper = make_page();
    const auto lower = make_page();
    const auto to = [](const std::string& id) { return R"({"parent":{"page_id":")" + id + "\"}}"; };
    const auto moved = call("POST", "/v1/pages/" + lower + "/move", to(upper));
    EXPECT_EQ(text(moved, "/parent/page_id"), upper);
    EXPECT_EQ(text(get("/v1/blocks/" + upper + "/children"), "/results/0/type"), "child_page");
    EXPECT_EQ(call("POST", "/v1/pages/" + upper + "/move", to(lower)).status(), 400);
}

TEST_F(NotionPages, what_is_no_id_no_object_and_no_parent_is_a_validation_error) {
    EXPECT_THAT(text(get("/v1/pages/nonsense"), "/message"),
                HasSubstr("path.page_id should be a valid uuid"));
    EXPECT_THAT(text(get("/v1/pages/%FF"), "/message"), HasSubstr("\xEF\xBF\xBD"));
    EXPECT_EQ(call("POST", "/v1/pages", "[]").status(), 400);
    EXPECT_EQ(text(call("POST", "/v1/pages", "{"), "/code"), "invalid_json");
    EXPECT_THAT(text(call("POST", "/v1/pages", "{}"), "/message"), HasSubstr("body.parent"));
    EXPECT_THAT(
        text(call("POST", "/v1/pages", R"({"parent":{"page_id":")" + home + "\"}}"), "/message"),
        HasSubstr("body.properties should be defined, instead was `undefined`."));
    const auto missing = get("/v1/pages/00000000-0000-0000-0000-000000000000");
    EXPECT_EQ(text(missing, "/additional_data/integration_id"), bot_user_id);
    EXPECT_EQ(call("POST", "/v1/pages", std::string(600'000, ' ')).status(), 413);
}

TEST_F(NotionPages, a_token_that_may_only_read_is_restricted) {
    NotionProvider guarded({.readers = {"ntn_reader"}});
    const AskProvider reader(guarded);
    const http::Headers headers{{"authorization", "Bearer ntn_reader"},
                                {"notion-version", "2025-09-03"}};
    EXPECT_EQ(reader.get("/v1/users", headers).status(), 200);
    const auto refused = reader.send("POST", "/v1/pages", headers, "{}");
    EXPECT_EQ(refused.status(), 403);
    EXPECT_EQ(text(refused, "/code"), "restricted_resource");
}

TEST_F(NotionPages, refusals_say_which_limit_and_have_a_request_id) {
    const auto connection = provider.refuse({.limit = "primary"}, {});
    EXPECT_EQ(text(connection, "/additional_data/rate_limit_reason"),
              "public_api_request_rate_limit");
    EXPECT_EQ(connection.headers().value("retry-after"), "1");
    const auto workspace = provider.refuse({.limit = "secondary"}, {});
    EXPECT_EQ(text(workspace, "/additional_data/rate_limit_reason"),
              "public_api_space_request_rate_limit");
    EXPECT_EQ(workspace.headers().value("retry-after"), "90");
    for (const auto& [status, code] : {std::pair(409, "conflict_error"),
                                       {529, "service_overload"},
                                       {503, "service_unavailable"},
                                       {504, "gateway_timeout"}}) {
        const auto refused = provider.refuse({.status = status}, {});
        EXPECT_EQ(refused.status(), status);
        EXPECT_EQ(text(refused, "/code"), code);
        EXPECT_EQ(text(refused, "/request_id"), refused.headers().value("x-notion-request-id"));
    }
}

}  // namespace
}  // namespace apilab::sandbox::notion
