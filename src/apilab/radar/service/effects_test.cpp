#include "apilab/radar/service/effects.hpp"

#include <gtest/gtest.h>

#include <string>

namespace apilab::radar {
namespace {

TEST(Effects, on_slack_are_read_as_they_were_written) {
    const SlackEffect effect{.channel = "C01",
                             .text = "2 new: \"lodash\"\n\u00e9",
                             .blocks = R"([{"type":"section"}])",
                             .thread_ts = "1531420618.000123"};
    const auto again = read_slack_effect(payload(effect));
    ASSERT_TRUE(again) << again.error().to_string();
    EXPECT_EQ(again->channel, effect.channel);
    EXPECT_EQ(again->text, effect.text);
    EXPECT_EQ(again->blocks, effect.blocks);
    EXPECT_EQ(again->thread_ts, effect.thread_ts);
}

TEST(Effects, on_notion_keep_their_columns_in_order) {
    const NotionEffect effect{
        .row = "webshop/@scope/x",
        .revision = 12,
        .properties = {{"Why", R"({"rich_text":[]})"}, {"Action", R"({"select":null})"}}};
    const auto again = read_notion_effect(payload(effect));
    ASSERT_TRUE(again) << again.error().to_string();
    EXPECT_EQ(again->row, effect.row);
    EXPECT_EQ(again->revision, 12);
    EXPECT_EQ(again->properties, effect.properties);
}

TEST(Effects, on_gmail_are_read_as_they_were_written) {
    const GmailEffect effect{.from = "radar@example.org",
                             .to = {"a@example.org", "b@example.org"},
                             .subject = "Week 48",
                             .text = "text",
                             .html = "<p>html</p>"};
    const auto again = read_gmail_effect(payload(effect));
    ASSERT_TRUE(again) << again.error().to_string();
    EXPECT_EQ(again->from, effect.from);
    EXPECT_EQ(again->to, effect.to);
    EXPECT_EQ(again->subject, effect.subject);
    EXPECT_EQ(again->text, effect.text);
    EXPECT_EQ(again->html, effect.html);
}

TEST(Effects, that_are_something_else_are_refused_with_their_place) {
    const auto slack = read_slack_effect(R"({"channel":"C01","text":5})");
    ASSERT_FALSE(slack);
    EXPECT_EQ(slack.error().kind(), ErrorKind::decode);
    EXPECT_EQ(slack.error().detail(), "/text");
    const auto zero = read_notion_effect(R"({"row":"a/b","revision":0,"properties":[]})");
    ASSERT_FALSE(zero);
    EXPECT_EQ(zero.error().detail(), "/revision");
    const auto column =
        read_notion_effect(R"({"row":"a/b","revision":1,"properties":[{"name":1}]})");
    ASSERT_FALSE(column);
    EXPECT_EQ(column.error().detail(), "/properties/0/name");
    const auto mail =
        read_gmail_effect(R"({"from":"a","to":"b","subject":"c","text":"d","html":"e"})");
    ASSERT_FALSE(mail);
    EXPECT_EQ(mail.error().detail(), "/to");
    for (const std::string_view text : {"", "{", "[]", "null", "{}"}) {
        EXPECT_FALSE(read_slack_effect(text)) << text;
        EXPECT_FALSE(read_notion_effect(text)) << text;
        EXPECT_FALSE(read_gmail_effect(text)) << text;
    }
}

}  // namespace
}  // namespace apilab::radar
