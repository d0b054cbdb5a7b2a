#include "apilab/radar/service/notion_events.hpp"

#include <gtest/gtest.h>

#include "apilab/testing/matchers.hpp"

namespace apilab::radar {
namespace {

using apilab::testing::IsError;
using apilab::testing::IsOk;

constexpr std::string_view ours_id = "1a1b2c3d-0000-4000-8000-00000000000a";
const NotionOurs ours{.data_source = std::string(ours_id), .bot = "bot-1"};

std::string event(std::string_view type, std::string_view source = ours_id,
                  std::string_view author = "person-1") {
    return R"({"id":"e-1","timestamp":"2026-11-23T12:00:00.000Z","type":")" + std::string(type) +
           R"(","authors":[{"id":")" + std::string(author) +
           R"(","type":"person"}],"entity":{"id":"p-1","type":"page"},"data":{"parent":{"id":"d","type":"database","data_source_id":")" +
           std::string(source) + R"("},"updated_properties":["abc"]}})";
}
NotionNews read(std::string_view body) {
    auto news = read_notion_event(body, ours);
    EXPECT_THAT(news, IsOk());
    return *news;
}

TEST(NotionEvents, a_row_that_changed_is_to_be_read) {
    for (const auto* type : {"page.properties_updated", "page.created", "page.undeleted",
                             "page.moved", "page.shuffled"}) {
        const auto news = read(event(type));
        EXPECT_TRUE(news.read) << type;
        EXPECT_EQ(news.page, "p-1");
        EXPECT_EQ(news.type, type);
        EXPECT_TRUE(news.at);
    }
}

TEST(NotionEvents, what_cannot_have_changed_a_column_is_not) {
    for (const auto* type : {"page.content_updated", "page.locked", "page.deleted",
                             "comment.created", "file_upload.complete"}) {
        EXPECT_FALSE(read(event(type)).read) << type;
    }
}

TEST(NotionEvents, another_data_source_is_somebody_elses) {
    EXPECT_FALSE(read(event("page.properties_updated", "other")).read);
    EXPECT_TRUE(read(event("page.properties_updated",
                           "1A1B2C3D000040008000"
                           "00000000000A"))
                    .read)
        << "an id without dashes is the same";
}

TEST(NotionEvents, one_that_does_not_say_where_is_read) {
    EXPECT_TRUE(
        read(R"({"type":"page.properties_updated","entity":{"id":"p","type":"page"}})").read);
}

TEST(NotionEvents, what_our_own_bot_did_alone_is_not) {
    EXPECT_FALSE(read(event("page.properties_updated", ours_id, "bot-1")).read);
    auto both = event("page.properties_updated", ours_id, "bot-1");
    both.replace(both.find("[{"), 1, R"([{"id":"person-1","type":"person"},)");
    EXPECT_TRUE(read(both).read) << "a person had a hand in it";
}

TEST(NotionEvents, columns_that_changed_mean_all_rows) {
    const auto news = read(
        R"({"type":"data_source.schema_updated","entity":{"id":"1a1b2c3d-0000-4000-8000-00000000000a","type":"data_source"}})");
    EXPECT_TRUE(news.read);
    EXPECT_EQ(news.page, "");
    EXPECT_FALSE(
        read(R"({"type":"data_source.schema_updated","entity":{"id":"x","type":"data_source"}})")
            .read);
}

TEST(NotionEvents, what_is_no_event_is_an_error) {
    EXPECT_THAT(read_notion_event("{", ours), IsError(ErrorKind::decode));
    EXPECT_THAT(read_notion_event("{}", ours), IsError(ErrorKind::decode));
    EXPECT_THAT(read_notion_event(R"({"type":7})", ours), IsError(ErrorKind::decode));
    EXPECT_THAT(read_notion_event(std::string(2U << 20U, ' '), ours),
                IsError(ErrorKind::too_large));
}

}  // namespace
}  // namespace apilab::radar
