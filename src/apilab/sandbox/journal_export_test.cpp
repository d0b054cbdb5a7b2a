#include "apilab/sandbox/journal_export.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apilab/base/scrubber.hpp"
#include "apilab/http/json.hpp"
#include "apilab/sandbox/internal/test_world.hpp"

namespace apilab::sandbox {
namespace {

using namespace std::chrono_literals;
using internal::World;
using ::testing::HasSubstr;
using ::testing::Not;

std::vector<http::JsonDocument> lines(const std::string& ndjson) {
    std::vector<http::JsonDocument> documents;
    std::size_t from = 0;
    for (auto to = ndjson.find('\n'); to != std::string::npos; to = ndjson.find('\n', from)) {
        documents.push_back(
            *http::JsonDocument::parse(std::string_view(ndjson).substr(from, to - from)));
        from = to + 1;
    }
    EXPECT_EQ(from, ndjson.size()) << "ends with a line end";
    return documents;
}

World& busy_world() {
    static World world(
        "name = \"x\"\n[[fault]]\nwhere = \"things:*\"\n"
        "what = { status = 503, retry_after = \"1s\" }\nwhen = { nth = 1 }\n"
        "[[fault]]\nwhere = \"things:create_item\"\nwhat = { reset = \"after_commit\" }\n");
    static const bool filled = [] {
        world.get("/things/items/a");
        world.wait(1250ms);
        world.get("/things/items/a");
        world.send({.method = "POST",
                    .target = "/things/items",
                    .body = "{}",
                    .headers = {{"idempotency-key", "k1"}}});
        world.get("/things/nowhere");
        return true;
    }();
    EXPECT_TRUE(filled);
    return world;
}

TEST(JournalNdjson, a_secret_of_the_process_is_not_exported) {
    World world("name = \"x\"\n");
    world.get("/things/items/known-to-the-process");
    world.get("/things/items/known%2dto%2dthe%2dprocess");
    EXPECT_THAT(journal_ndjson(world.sandbox->journal()), HasSubstr("known-to-the-process"));
    Scrubber::of_process().add(Secret("known-to-the-process"));
    for (const auto& text :
         {journal_ndjson(world.sandbox->journal()), journal_json(world.sandbox->journal())}) {
        EXPECT_THAT(text, HasSubstr("/items/***"));
        EXPECT_THAT(text, Not(HasSubstr("known")));
        EXPECT_TRUE(http::JsonDocument::parse(text.substr(0, text.find('\n'))));
    }
}

TEST(JournalNdjson, has_one_object_per_exchange) {
    const auto rows = lines(journal_ndjson(busy_world().sandbox->journal()));
    ASSERT_EQ(rows.size(), 4U);
    const auto first = rows[0].root();
    EXPECT_EQ(first["seq"].integer(), 1);
    EXPECT_EQ(first["t_ms"].number(), 0.0);
    EXPECT_EQ(first["time"].string(), "2026-01-01T00:00:00.000Z");
    EXPECT_EQ(first["type"].string(), "exchange");
    EXPECT_EQ(first["op"].integer(), 1);
    EXPECT_EQ(first["attempt"].integer(), 1);
    EXPECT_EQ(first["fault"].string(), "f1");
    EXPECT_EQ(first["status"].integer(), 503);
    EXPECT_EQ(first["reply"].string(), "sent");
    EXPECT_EQ(first["retry_after_s"].integer(), 1);
    EXPECT_EQ(first["not_before_ms"].number(), 1000.0);
    EXPECT_EQ(first["headers"]["user-agent"].string(), "test/1");
}

TEST(JournalNdjson, numbers_attempts_as_the_judge_does) {
    const auto rows = lines(journal_ndjson(busy_world().sandbox->journal()));
    EXPECT_EQ(rows[1].root()["op"].integer(), 1);
    EXPECT_EQ(rows[1].root()["attempt"].integer(), 2);
    EXPECT_EQ(rows[1].root()["t_ms"].number(), 1250.0);
    EXPECT_EQ(rows[1].root()["time"].string(), "2026-01-01T00:00:01.250Z");
    EXPECT_TRUE(rows[1].root()["fault"].is_null());
    EXPECT_EQ(rows[2].root()["op"].integer(), 2);
}

TEST(JournalNdjson, tells_a_lost_reply_from_its_effect) {
    const auto rows = lines(journal_ndjson(busy_world().sandbox->journal()));
    const auto lost = rows[2].root();
    EXPECT_EQ(lost["effect"].string(), "applied");
    EXPECT_EQ(lost["key"].string(), "k1");
    EXPECT_EQ(lost["closed_by"].string(), "sandbox");
    EXPECT_NE(lost["reply"].string(), "sent");
    const auto unknown = rows[3].root();
    EXPECT_EQ(unknown["decision"].string(), "unsupported");
    EXPECT_TRUE(unknown["op"].is_null());
}

TEST(JournalFilter, takes_what_fits_every_condition) {
    const auto& journal = busy_world().sandbox->journal();
    EXPECT_EQ(count_rows(journal, {}), 4U);
    EXPECT_EQ(count_rows(journal, {.operation = "get_item"}), 2U);
    EXPECT_EQ(count_rows(journal, {.operation = "get_item", .statuses = {200}}), 1U);
    EXPECT_EQ(count_rows(journal, {.faulted_only = true}), 2U);
    EXPECT_EQ(count_rows(journal, {.method = "POST"}), 1U);
    EXPECT_EQ(count_rows(journal, {.path = "/items/a"}), 2U);
    EXPECT_EQ(count_rows(journal, {.after = 3}), 1U);
    EXPECT_EQ(count_rows(journal, {.provider = "npm"}), 0U);
    EXPECT_EQ(lines(journal_ndjson(journal, {.limit = 2})).size(), 2U);
}

TEST(JournalJson, is_one_document) {
    const auto document = http::JsonDocument::parse(journal_json(busy_world().sandbox->journal()));
    ASSERT_TRUE(document);
    EXPECT_EQ(document->root()["rows"].size(), 4U);
    EXPECT_EQ(document->root()["dropped"].integer(), 0);
}

}  // namespace
}  // namespace apilab::sandbox
