// Slack, Notion and Gmail.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apilab/provider/gmail.hpp"
#include "apilab/provider/notion.hpp"
#include "apilab/provider/slack.hpp"
#include "apilab/testing/harness.hpp"
#include "apilab/testing/matchers.hpp"

namespace apilab::provider {
namespace {

using apilab::testing::Harness;
using apilab::testing::IsError;
using apilab::testing::IsOk;
using http::JsonDocument;
using http::Response;
using ::testing::ElementsAre;
using ::testing::SizeIs;

class GlueTest : public ::testing::Test {
protected:
    Endpoint at(std::string_view base) {
        return {.client = &harness_.client(), .base = *http::Url::parse(base)};
    }
    template <class T>
    T run(runtime::Task<T> task) {
        return runtime::run(harness_.scheduler(), std::move(task));
    }
    const http::Request& asked(std::size_t i) { return harness_.transport().seen()[i].request; }

    Harness harness_;
};

TEST_F(GlueTest, a_message_is_posted_with_its_key_in_the_metadata) {
    const Slack slack(at("http://h/slack"), Secret("xoxb-t"));
    harness_.transport().reply(
        Response::json(200, R"({"ok":true,"channel":"C1","ts":"1.000247"})"));
    const auto posted = run(slack.post({.channel = "#a", .text = "say \"hi\"", .key = "k-1"}));
    ASSERT_THAT(posted, IsOk());
    EXPECT_EQ(posted->channel, "C1");
    EXPECT_EQ(posted->ts, "1.000247");
    EXPECT_EQ(asked(0).url().path(), "/slack/api/chat.postMessage");
    EXPECT_EQ(asked(0).headers().value("authorization"), "Bearer xoxb-t");
    EXPECT_EQ(asked(0).headers().value("content-type"), "application/x-www-form-urlencoded");
    EXPECT_EQ(asked(0).body(),
              "channel=%23a&text=say%20%22hi%22&metadata=%7B%22event_type%22%3A%22apilab%22%2C"
              "%22event_payload%22%3A%7B%22key%22%3A%22k-1%22%7D%7D");
}

TEST_F(GlueTest, a_200_that_says_no_is_an_error_with_slacks_word) {
    const Slack slack(at("http://h"), Secret("t"));
    harness_.transport()
        .reply(Response::json(200, R"({"ok":false,"error":"is_archived"})"))
        .reply(Response::json(200, R"({"ok":false,"error":"token_expired"})"))
        .reply(Response::json(200, "{}"));
    const auto archived = run(slack.post({.channel = "C1", .text = "x"}));
    EXPECT_THAT(archived, IsError(ErrorKind::status));
    EXPECT_EQ(archived.error().provider_code(), "is_archived");
    EXPECT_THAT(run(slack.post({.channel = "C1", .text = "x"})), IsError(ErrorKind::auth));
    EXPECT_THAT(run(slack.post({.channel = "C1", .text = "x"})), IsError(ErrorKind::decode));
}

TEST_F(GlueTest, a_post_whose_reply_was_lost_is_not_repeated) {
    const Slack slack(at("http://h"), Secret("t"));
    harness_.transport().fail_with(
        Error(ErrorKind::connection_lost, "reset").with_outcome(Outcome::unknown));
    EXPECT_THAT(run(slack.post({.channel = "C1", .text = "x"})),
                IsError(ErrorKind::connection_lost));
    EXPECT_THAT(harness_.transport().seen(), SizeIs(1));
}

constexpr auto history_with_it =
    R"({"ok":true,"messages":[{"ts":"2.1","text":"other"},{"ts":"1.7","text":"x","metadata":
    {"event_type":"apilab","event_payload":{"key":"k-1"}}}],"has_more":false})";
const Slack::Message keyed{.channel = "C1", .text = "x", .key = "k-1"};

TEST_F(GlueTest, a_post_whose_reply_was_lost_is_looked_for_and_found_by_its_key) {
    const Slack slack(at("http://h"), Secret("t"));
    harness_.transport()
        .fail_with(Error(ErrorKind::connection_lost, "reset").with_outcome(Outcome::unknown))
        .reply(Response::json(200, history_with_it));
    const auto posted = run(slack.post_once(keyed));
    ASSERT_THAT(posted, IsOk());
    EXPECT_EQ(posted->ts, "1.7");
    ASSERT_THAT(harness_.transport().seen(), SizeIs(2));
    EXPECT_EQ(asked(1).url().path(), "/api/conversations.history");
}

TEST_F(GlueTest, a_post_that_is_not_in_the_history_is_sent_again_three_times_in_all) {
    const Slack slack(at("http://h"), Secret("t"));
    for (int i = 0; i < Slack::posts_max; ++i) {
        harness_.transport()
            .fail_with(Error(ErrorKind::connection_lost, "reset").with_outcome(Outcome::unknown))
            .reply(Response::json(200, R"({"ok":true,"messages":[],"has_more":false})"));
    }
    EXPECT_THAT(run(slack.post_once(keyed)), IsError(ErrorKind::connection_lost));
    EXPECT_THAT(harness_.transport().seen(), SizeIs(6));
}

TEST_F(GlueTest, a_post_that_nobody_can_look_for_is_not_sent_again) {
    const Slack slack(at("http://h"), Secret("t"));
    harness_.transport()
        .fail_with(Error(ErrorKind::connection_lost, "reset").with_outcome(Outcome::unknown))
        .reply(Response::json(200, R"({"ok":false,"error":"missing_scope"})"));
    const auto posted = run(slack.post_once(keyed));
    EXPECT_THAT(posted, IsError(ErrorKind::auth));
    EXPECT_EQ(posted.error().outcome(), Outcome::unknown);
    EXPECT_THAT(harness_.transport().seen(), SizeIs(2));
}

TEST_F(GlueTest, a_history_with_a_message_that_cannot_be_read_does_not_say_that_it_is_not_there) {
    const Slack slack(at("http://h"), Secret("t"));
    harness_.transport().reply(
        Response::json(200, R"({"ok":true,"messages":[{"text":"no ts"}],"has_more":false})"));
    EXPECT_THAT(run(slack.find("C1", "k-1")), IsError(ErrorKind::too_large));
}

TEST_F(GlueTest, slack_codes_that_pass_are_told_from_those_that_may_have_done_it) {
    EXPECT_TRUE(Slack::passing("ratelimited"));
    EXPECT_TRUE(Slack::passing("service_unavailable"));
    EXPECT_FALSE(Slack::passing("internal_error"));
    EXPECT_FALSE(Slack::passing("channel_not_found"));
}

TEST_F(GlueTest, a_row_is_found_by_its_key_or_not) {
    const Notion notion(at("http://h/notion"), {.token = Secret("ntn"), .data_source = "d-1"});
    harness_.transport()
        .reply(Response::json(200, R"({"results":[{"id":"p-1","object":"page","properties":{"Key":
            {"id":"k","type":"rich_text","rich_text":[{"plain_text":"k-1"}]}}}]})"))
        .reply(Response::json(200, R"({"results":[]})"));
    const auto found = run(notion.find("k-1"));
    ASSERT_THAT(found, IsOk());
    ASSERT_TRUE(*found);
    EXPECT_EQ((*found)->id, "p-1");
    EXPECT_EQ(asked(0).url().path(), "/notion/v1/data_sources/d-1/query");
    EXPECT_EQ(asked(0).headers().value("notion-version"), "2025-09-03");
    const auto body = JsonDocument::parse(asked(0).body());
    EXPECT_EQ(body->root().at_pointer("/filter/rich_text/equals").string(), "k-1");
    const auto none = run(notion.find("k-2"));
    ASSERT_THAT(none, IsOk());
    EXPECT_FALSE(*none);
}

TEST_F(GlueTest, notion_s_overload_is_waited_out_even_for_a_write) {
    const Notion notion(at("http://h"), {.token = Secret("t"), .data_source = "d"});
    harness_.transport()
        .reply(Response(529, "{}", {{"retry-after", "3"}}))
        .reply(Response::json(200, R"({"id":"p-1"})"));
    const auto start = harness_.scheduler().now();
    ASSERT_THAT(run(notion.create("{}")), IsOk());
    EXPECT_GE(harness_.scheduler().now() - start, std::chrono::seconds(3));
}

TEST(NotionText, long_texts_are_cut_into_pieces_and_never_within_a_character) {
    EXPECT_EQ(Notion::rich_text(""), "[]");
    EXPECT_EQ(Notion::rich_text("abc", 2),
              R"([{"text":{"content":"ab"}},{"text":{"content":"c"}}])");
    // U+1F389 counts two, so it does not go into what is left of the first piece.
    const auto pieces = JsonDocument::parse(Notion::rich_text("a\xF0\x9F\x8E\x89z", 2));
    EXPECT_EQ(pieces->root().size(), 3U);
    EXPECT_EQ(pieces->root().at_pointer("/1/text/content").string(), "\xF0\x9F\x8E\x89");
    const auto exact = JsonDocument::parse(Notion::rich_text(std::string(2000, 'x')));
    EXPECT_EQ(exact->root().size(), 1U);
    const auto more = JsonDocument::parse(Notion::rich_text(std::string(2001, 'x')));
    EXPECT_EQ(more->root().size(), 2U);
}

TEST(NotionText, properties_are_json_whatever_their_texts_hold) {
    const auto row = JsonDocument::parse(
        Notion::text_properties({{"Key", "k-1"}, {"Say \"hi\"", "abc"}, {"None", ""}}, 2));
    ASSERT_THAT(row, IsOk());
    EXPECT_EQ(row->root().at_pointer("/Key/rich_text/0/text/content").string(), "k-");
    EXPECT_EQ(row->root()["Say \"hi\""]["rich_text"].size(), 2U);
    EXPECT_EQ(row->root()["None"]["rich_text"].size(), 0U);
    EXPECT_EQ(Notion::text_properties({}), "{}");
    EXPECT_EQ(Notion::checkbox_property("Announced", true), R"({"Announced":{"checkbox":true}})");
}

TEST(NotionText, a_tick_is_read_from_a_page_and_from_the_first_row_of_a_query) {
    const std::string page = R"({"id":"p-1","properties":{"Done":{"checkbox":true}}})";
    const Result<Response> one = Response::json(200, page);
    const Result<Response> list = Response::json(200, R"({"results":[)" + page + "]}");
    EXPECT_TRUE(Notion::is_ticked(one, "Done"));
    EXPECT_TRUE(Notion::is_ticked(list, "Done"));
    EXPECT_EQ(Notion::page_id(one), "p-1");
    EXPECT_EQ(Notion::page_id(list), "p-1");
    EXPECT_FALSE(Notion::is_ticked(one, "Other"));
    EXPECT_FALSE(Notion::is_ticked(Response::json(200, R"({"results":[]})"), "Done"));
    EXPECT_FALSE(Notion::is_ticked(Response::json(409, page), "Done"));
    EXPECT_FALSE(Notion::is_ticked(fail(ErrorKind::connection_lost, "reset"), "Done"));
    EXPECT_EQ(Notion::page_id(fail(ErrorKind::connection_lost, "reset")), "");
}

TEST_F(GlueTest, all_pages_of_a_mailbox_are_listed_and_an_empty_one_has_no_messages) {
    const Gmail gmail(at("http://h/google"));
    harness_.transport()
        .reply(Response::json(200, R"({"messages":[{"id":"a"},{"id":"b"}],"nextPageToken":"n"})"))
        .reply(Response::json(200, R"({"messages":[{"id":"c"}]})"))
        .reply(Response::json(200, R"({"resultSizeEstimate":0})"));
    const auto ids = run(gmail.list("rfc822msgid:x@y"));
    ASSERT_THAT(ids, IsOk());
    EXPECT_THAT(*ids, ElementsAre("a", "b", "c"));
    EXPECT_EQ(asked(0).url().path(), "/google/gmail/v1/users/me/messages");
    EXPECT_EQ(asked(1).url().query(), "maxResults=100&q=rfc822msgid%3Ax%40y&pageToken=n");
    EXPECT_THAT(*run(gmail.list()), SizeIs(0));
}

TEST_F(GlueTest, a_mail_goes_out_in_base64_for_urls) {
    const Gmail gmail(at("http://h"));
    EXPECT_EQ(gmail.send_request("\xfb\xff?").body(), "{\"raw\":\"-_8_\"}");
}

constexpr std::string_view no_mails = R"({"resultSizeEstimate":0})";
constexpr std::string_view one_mail = R"({"messages":[{"id":"m-1"}]})";
Error lost() {
    return Error(ErrorKind::connection_lost, "reset").with_outcome(Outcome::unknown);
}

TEST_F(GlueTest, a_mail_whose_reply_was_lost_is_looked_for_and_found) {
    const Gmail gmail(at("http://h"));
    harness_.transport().fail_with(lost()).reply(Response::json(200, std::string(one_mail)));
    const auto sent = run(gmail.send_once("a mail", "x@y"));
    ASSERT_THAT(sent, IsOk());
    EXPECT_EQ(*sent, "m-1");
    ASSERT_THAT(harness_.transport().seen(), SizeIs(2));
    EXPECT_EQ(asked(1).url().query(), "maxResults=100&q=rfc822msgid%3Ax%40y&includeSpamTrash=true");
}

TEST_F(GlueTest, a_mail_that_is_not_there_is_sent_again_and_not_for_ever) {
    const Gmail gmail(at("http://h"));
    harness_.transport()
        .fail_with(lost())
        .reply(Response::json(200, std::string(no_mails)))
        .reply(Response::json(200, R"({"id":"m-2"})"));
    const auto sent = run(gmail.send_once("a mail", "x@y"));
    ASSERT_THAT(sent, IsOk());
    EXPECT_EQ(*sent, "m-2");
    for (int i = 0; i < Gmail::sends_max; ++i) {
        harness_.transport().fail_with(lost()).reply(Response::json(200, std::string(no_mails)));
    }
    EXPECT_THAT(run(gmail.send_once("a mail", "x@y")), IsError(ErrorKind::connection_lost));
    EXPECT_THAT(harness_.transport().seen(), SizeIs(3 + 2 * Gmail::sends_max));
}

TEST_F(GlueTest, where_nobody_knows_whether_a_mail_is_out_it_is_not_sent_again) {
    const Gmail gmail(at("http://h"));
    harness_.transport().fail_with(lost()).reply(Response(404, "{}"));
    const auto sent = run(gmail.send_once("a mail", "x@y"));
    ASSERT_THAT(sent, IsError(ErrorKind::status));
    EXPECT_EQ(sent.error().outcome(), Outcome::unknown);
    EXPECT_THAT(harness_.transport().seen(), SizeIs(2));
}

TEST_F(GlueTest, a_mail_that_was_refused_is_not_looked_for) {
    const Gmail gmail(at("http://h"));
    harness_.transport().reply(Response(400, "{}"));
    EXPECT_THAT(run(gmail.send_once("a mail", "x@y")), IsError(ErrorKind::status));
    EXPECT_THAT(harness_.transport().seen(), SizeIs(1));
}

TEST_F(GlueTest, a_403_that_is_a_limit_is_tried_again_and_the_day_s_end_is_not) {
    const Gmail gmail(at("http://h"));
    const auto refused = [](const std::string& reason) {
        return Response::json(
            403, R"({"error":{"code":403,"errors":[{"reason":")" + reason + R"("}]}})");
    };
    EXPECT_TRUE(Gmail::passing(refused("userRateLimitExceeded")));
    EXPECT_FALSE(Gmail::passing(refused("dailyLimitExceeded")));
    harness_.transport()
        .reply(refused("rateLimitExceeded"))
        .reply(Response::json(200, R"({"id":"a"})"))
        .reply(refused("dailyLimitExceeded"));
    EXPECT_THAT(run(gmail.get("a")), IsOk());
    EXPECT_THAT(run(gmail.get("a")), IsError(ErrorKind::status));
    EXPECT_THAT(harness_.transport().seen(), SizeIs(3));
}

}  // namespace
}  // namespace apilab::provider
