#include "apilab/radar/service/slack_events.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apilab/http/json.hpp"
#include "apilab/testing/matchers.hpp"

namespace apilab::radar {
namespace {

using apilab::testing::IsError;
using apilab::testing::IsOk;

std::string body(std::string_view event) {
    return R"({"type":"event_callback","event_id":"Ev1","team_id":"T1","api_app_id":"A1",
        "authorizations":[{"enterprise_id":null,"team_id":"T1","user_id":"U0BOT","is_bot":true}],
        "event":)" +
           std::string(event) + "}";
}
SlackHeard heard(std::string_view event) {
    const auto read = read_slack_event(body(event));
    EXPECT_THAT(read, IsOk());
    return read ? *read : SlackHeard{};
}
SlackQuestion asked(std::string_view text) {
    const auto said =
        heard(R"({"type":"app_mention","user":"U1","channel":"C1","ts":"5.1","text":)" +
              http::json_quote(text) + "}");
    EXPECT_TRUE(said.question) << said.ignored;
    return said.question.value_or(SlackQuestion());
}

TEST(SlackQuestions, are_read_from_what_is_said_to_radar) {
    EXPECT_EQ(asked("<@U0BOT> status").wish, SlackWish::status);
    EXPECT_EQ(asked("<@U0BOT|radar>: STATUS ").wish, SlackWish::status);
    EXPECT_EQ(asked("help").wish, SlackWish::help);
    EXPECT_EQ(asked("<@U0BOT> check").wish, SlackWish::check);
    EXPECT_EQ(asked("<@U0BOT> check").watch, "");
    EXPECT_EQ(asked("<@U0BOT> check web-shop.v2").watch, "web-shop.v2");
}

TEST(SlackQuestions, that_nobody_understands_are_unclear_and_do_nothing) {
    for (const auto* text :
         {"", "<@U0BOT>", "<@U0BOT", "good morning", "status of webshop", "check Web Shop",
          "check ../../etc", "check <!channel>", "checks webshop", "help me"}) {
        const auto question = asked(text);
        EXPECT_EQ(question.wish, SlackWish::unclear) << text;
        EXPECT_EQ(question.watch, "") << text;
    }
    EXPECT_EQ(asked("check " + std::string(65, 'a')).wish, SlackWish::unclear);
}

TEST(SlackQuestions, are_answered_in_their_thread_and_once) {
    const auto question = asked("status");
    EXPECT_EQ(question.thread_ts, "5.1");
    EXPECT_EQ(question.answer_key(), "slack:answer:C1:5.1");
    const auto reply = heard(
        R"({"type":"message","channel_type":"im","user":"U1","channel":"D1","ts":"6.1",
            "thread_ts":"5.1","text":"help"})");
    EXPECT_EQ(reply.question->thread_ts, "5.1");
    // A mention in a direct message is told twice.
    const auto mention = heard(
        R"({"type":"app_mention","user":"U1","channel":"D1","ts":"6.1","text":"<@U0BOT> help"})");
    EXPECT_EQ(mention.question->answer_key(), reply.question->answer_key());
}

TEST(SlackQuestions, are_none_where_a_bot_speaks) {
    EXPECT_EQ(heard(R"({"type":"message","channel_type":"im","user":"U0BOT","channel":"D1",
                        "ts":"6.1","text":"status","bot_id":"B1","app_id":"A1"})")
                  .ignored,
              "our own message");
    EXPECT_EQ(heard(R"({"type":"app_mention","user":"U0BOT","channel":"C1","ts":"6.1",
                        "text":"<@U0BOT> status"})")
                  .ignored,
              "our own message");
    EXPECT_EQ(heard(R"({"type":"app_mention","bot_id":"B2","channel":"C1","ts":"6.1",
                        "text":"<@U0BOT> status"})")
                  .ignored,
              "another bot's message");
}

TEST(SlackQuestions, are_none_where_nobody_asked) {
    const auto why = [](std::string_view event) {
        const auto said = heard(event);
        EXPECT_FALSE(said.question) << event;
        return said.ignored;
    };
    EXPECT_EQ(why(R"({"type":"message","channel_type":"channel","user":"U1","channel":"C1",
                      "ts":"1.1","text":"status"})"),
              "said to others");
    EXPECT_EQ(why(R"({"type":"message","subtype":"message_changed","channel_type":"im",
                      "channel":"D1","ts":"1.1","message":{"text":"status"}})"),
              "no new message");
    EXPECT_EQ(why(R"({"type":"reaction_added","user":"U1"})"), "an event that asks nothing");
    EXPECT_EQ(why(R"({"type":"canvas_sang"})"), "a type that nobody knows");
    EXPECT_EQ(why(R"({"type":"app_mention","user":"U1","text":"status"})"),
              "without channel or ts");
    EXPECT_EQ(read_slack_event(R"({"type":"url_verification","challenge":"c"})")->ignored,
              "a handshake");
    EXPECT_EQ(read_slack_event(R"({"type":"app_rate_limited","minute_rate_limited":60})")->ignored,
              "Slack leaves events out: there are too many");
    EXPECT_EQ(read_slack_event(R"({"type":"event_parade"})")->ignored, "no event that is known");
    EXPECT_THAT(read_slack_event("payload=x"), IsError(ErrorKind::decode));
}

}  // namespace
}  // namespace apilab::radar
