#include "apilab/sandbox/notion/internal/test_notion.hpp"
#include "apilab/sandbox/webhook/hub.hpp"

namespace apilab::sandbox::notion {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Remembers what is told.
class Listener final : public webhook::Hub {
public:
    Result<std::string> subscribe(webhook::Subscription /*subscription*/) override { return "1"; }
    Result<void> change(webhook::Subscription /*subscription*/) override { return {}; }
    bool unsubscribe(std::string_view /*id*/) override { return false; }
    std::optional<webhook::Subscription> find(std::string_view /*id*/) const override {
        return std::nullopt;
    }
    std::vector<webhook::Subscription> subscriptions(std::string_view /*from*/,
                                                     std::string_view /*scope*/) const override {
        return {};
    }
    void emit(webhook::Event event) override { events.push_back(std::move(event)); }
    void emit_to(std::string_view /*subscription*/, webhook::Event event) override {
        events.push_back(std::move(event));
    }
    std::vector<webhook::DeliveryRecord> deliveries(std::string_view /*of*/) const override {
        return {};
    }
    std::optional<webhook::DeliveryRecord> delivery(std::string_view /*id*/) const override {
        return std::nullopt;
    }
    bool redeliver(std::string_view /*delivery*/) override { return false; }

    std::vector<std::string> types() {
        std::vector<std::string> all;
        for (const auto& event : std::exchange(events, {})) {
            all.push_back(event.type);
        }
        return all;
    }
    std::vector<webhook::Event> events;
};

class NotionDatabases : public NotionWorld {};

TEST_F(NotionDatabases, one_is_made_with_its_data_source_and_filled) {
    const auto made = call("POST", "/v1/databases",
                           R"({"parent":{"page_id":")" + home +
                               R"("},"title":[{"text":{"content":"D"}}],"initial_data_source":)"
                               R"({"properties":{"What":{"title":{}},"N":{"number":{}}}}})");
    ASSERT_EQ(made.status(), 200) << made.body();
    const auto id = text(made, "/data_sources/0/id");
    EXPECT_EQ(text(made, "/data_sources/0/name"), "D");
    EXPECT_THAT(text(made, "/created_time"), HasSubstr("+00:00"));
    const auto row = call("POST", "/v1/pages",
                          R"({"parent":{"data_source_id":")" + id +
                              R"("},"properties":{"What":{"title":[]},"N":{"number":1}}})");
    EXPECT_EQ(text(row, "/parent/database_id"), text(made, "/id"));
    EXPECT_EQ(size(call("POST", "/v1/data_sources/" + id + "/query", "{}"), "/results"), 1U);
    EXPECT_EQ(text(get("/v1/blocks/" + text(made, "/id")), "/child_database/title"), "D");
    EXPECT_EQ(call("POST", "/v1/databases", "{}").status(), 400);
}

TEST_F(NotionDatabases, a_schema_changes_by_name_and_ids_stay) {
    const auto path = "/v1/data_sources/" + source;
    const auto id = text(get(path), "/properties/Score/id");
    const auto changed = call("PATCH", path,
                              R"({"properties":{"Score":{"name":"Points"},"Phone":null,)"
                              R"("Extra":{"checkbox":{}}}})");
    EXPECT_EQ(text(changed, "/properties/Points/id"), id);
    EXPECT_EQ(field(changed, "/properties/Phone"), "null");
    EXPECT_EQ(text(changed, "/properties/Extra/type"), "checkbox");
    EXPECT_EQ(field(query(R"({"page_size":1})"), "/results/0/properties/Points/number"), "1");
    EXPECT_EQ(call("PATCH", path, R"({"properties":{"Name":null}})").status(), 400);
    EXPECT_EQ(call("PATCH", path, R"({"properties":{"Other":{"title":{}}}})").status(), 400);
    EXPECT_EQ(call("PATCH", path, R"({"properties":{"Other":{"nonsense":{}}}})").status(), 400);
}

TEST_F(NotionDatabases, old_versions_fail_once_there_is_a_second_data_source) {
    const auto old = "/v1/databases/" + database;
    EXPECT_EQ(call("GET", old, {}, "2022-06-28").status(), 200);
    const auto second = call(
        "POST", "/v1/data_sources",
        R"({"parent":{"database_id":")" + database + R"("},"properties":{"Name":{"title":{}}}})");
    ASSERT_EQ(second.status(), 200) << second.body();
    const auto refused = call("POST", old + "/query", "{}", "2022-06-28");
    EXPECT_EQ(refused.status(), 400);
    EXPECT_EQ(text(refused, "/additional_data/error_type"), "multiple_data_sources_for_database");
    EXPECT_EQ(size(refused, "/additional_data/child_data_source_ids"), 2U);
    EXPECT_EQ(
        call("POST", "/v1/pages",
             R"({"parent":{"database_id":")" + database + R"("},"properties":{}})", "2022-06-28")
            .status(),
        400);
    EXPECT_EQ(query("{}").status(), 200);
    EXPECT_EQ(call("GET", "/v1/data_sources/" + source, {}, "2022-06-28").status(), 400);
}

TEST_F(NotionDatabases, comments_are_made_listed_changed_and_deleted) {
    const auto page = make_page();
    const auto body = [](const std::string& where) {
        return "{" + where + R"(,"rich_text":[{"text":{"content":"c"}}]})";
    };
    const auto made = call("POST", "/v1/comments", body(R"("parent":{"page_id":")" + page + "\"}"));
    EXPECT_EQ(text(made, "/object"), "comment");
    const auto answered = call("POST", "/v1/comments",
                               body(R"("discussion_id":")" + text(made, "/discussion_id") + "\""));
    EXPECT_EQ(text(answered, "/discussion_id"), text(made, "/discussion_id"));
    EXPECT_EQ(size(get("/v1/comments?block_id=" + page), "/results"), 2U);
    const auto one = "/v1/comments/" + text(made, "/id");
    EXPECT_EQ(text(call("PATCH", one, R"({"rich_text":[{"text":{"content":"d"}}]})"),
                   "/rich_text/0/plain_text"),
              "d");
    EXPECT_EQ(call("DELETE", one).status(), 200);
    EXPECT_EQ(get(one).status(), 404);
    EXPECT_EQ(get("/v1/comments").status(), 400);
    EXPECT_EQ(call("POST", "/v1/comments", "{}").status(), 400);
}

TEST_F(NotionDatabases, users_are_people_and_the_bot) {
    const auto all = get("/v1/users?page_size=2");
    EXPECT_EQ(text(all, "/results/0/type"), "person");
    EXPECT_EQ(field(all, "/has_more"), "true");
    EXPECT_EQ(text(get("/v1/users/" + text(all, "/results/0/id")), "/person/email"),
              "mara@apilab.example");
    EXPECT_EQ(get("/v1/users/00000000-0000-4000-8000-00000000dead").status(), 404);
}

TEST_F(NotionDatabases, a_file_is_uploaded_in_one_part_or_in_several) {
    const auto made = call("POST", "/v1/file_uploads", R"({"filename":"a.txt"})");
    EXPECT_EQ(text(made, "/status"), "pending");
    EXPECT_EQ(text(made, "/content_type"), "text/plain");
    EXPECT_EQ(text(made, "/upload_url"),
              ask.base_url + "/v1/file_uploads/" + text(made, "/id") + "/send");
    const auto send = [&](const std::string& id) {
        return ask.send("POST", "/v1/file_uploads/" + id + "/send",
                        {{"authorization", "Bearer ntn_stub"},
                         {"notion-version", "2025-09-03"},
                         {"content-type", "multipart/form-data; boundary=b"}},
                        "--b\r\nContent-Disposition: form-data; name=\"file\"; "
                        "filename=\"a.txt\"\r\n\r\nhello\r\n--b--\r\n");
    };
    const auto sent = send(text(made, "/id"));
    EXPECT_EQ(text(sent, "/status"), "uploaded");
    EXPECT_EQ(field(sent, "/content_length"), "5");
    EXPECT_EQ(send(text(made, "/id")).status(), 400) << "once only";
    const auto big = call("POST", "/v1/file_uploads",
                          R"({"mode":"multi_part","filename":"b.pdf","number_of_parts":2})");
    const auto done = "/v1/file_uploads/" + text(big, "/id") + "/complete";
    (void)send(text(big, "/id"));
    EXPECT_EQ(call("POST", done, "{}").status(), 400) << "a part is missing";
    (void)send(text(big, "/id"));
    EXPECT_EQ(text(call("POST", done, "{}"), "/status"), "uploaded");
    (void)call("POST", "/v1/file_uploads", R"({"filename":"c.txt"})");
    EXPECT_EQ(size(get("/v1/file_uploads?status=pending"), "/results"), 1U);
    ask.system_now += std::chrono::hours(2);
    EXPECT_EQ(text(get("/v1/file_uploads"), "/results/0/status"), "expired");
}

TEST_F(NotionDatabases, what_changes_is_told_in_thin_events) {
    Listener listener;
    ask.hub = &listener;
    const auto page = make_page();
    EXPECT_THAT(listener.types(), ElementsAre("page.created"));
    (void)call("PATCH", "/v1/pages/" + page,
               R"({"properties":{"title":[{"text":{"content":"x"}}]},"in_trash":true})");
    ASSERT_EQ(listener.events.size(), 2U);
    const auto& event = listener.events.front();
    EXPECT_EQ(event.from, "notion");
    const auto body = http::JsonDocument::parse(event.body);
    EXPECT_EQ(body->root()["type"].string_or(""), "page.properties_updated");
    EXPECT_EQ(body->root().at_pointer("/entity/id").string_or(""), page);
    EXPECT_EQ(body->root().at_pointer("/data/updated_properties/0").string_or(""), "title");
    EXPECT_EQ(body->root().at_pointer("/data/parent/type").string_or(""), "page");
    EXPECT_FALSE(event.body.contains("plain_text")) << "ids only";
    EXPECT_THAT(listener.types(), ElementsAre("page.properties_updated", "page.deleted"));
    (void)call("PATCH", "/v1/blocks/" + page + "/children", R"({"children":[{"divider":{}}]})");
    (void)call("PATCH", "/v1/data_sources/" + source, R"({"properties":{"E":{"email":{}}}})");
    (void)call("POST", "/v1/comments",
               R"({"parent":{"page_id":")" + page + R"("},"rich_text":[]})");
    EXPECT_THAT(listener.types(), ElementsAre("page.content_updated", "data_source.schema_updated",
                                              "comment.created"));
    (void)get("/v1/pages/" + page);
    EXPECT_TRUE(listener.events.empty()) << "reading tells nobody";
}

}  // namespace
}  // namespace apilab::sandbox::notion
