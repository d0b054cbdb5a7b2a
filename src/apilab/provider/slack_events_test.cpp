#include "apilab/provider/slack_events.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apilab/testing/matchers.hpp"

namespace apilab::provider::slack {
namespace {

using apilab::testing::IsError;
using apilab::testing::IsErrorSaying;
using apilab::testing::IsOk;
using ::testing::HasSubstr;

std::string callback(std::string_view event) {
    return R"({"token":"old","team_id":"T1","api_app_id":"A1","type":"event_callback",
        "event_id":"Ev1","event_time":1700000000,"authorizations":[{"enterprise_id":null,
        "team_id":"T1","user_id":"U0BOT","is_bot":true,"is_enterprise_install":false}],
        "is_ext_shared_channel":false,"event_context":"4-x","event":)" +
           std::string(event) + "}";
}

TEST(SlackEventForms, of_what_happened_hold_who_said_what_where) {
    const auto read = read_event(callback(
        R"({"type":"app_mention","user":"U1","text":"<@U0BOT> status","ts":"1.2","channel":"C1",
            "event_ts":"1.2","blocks":[1]})"));
    ASSERT_THAT(read, IsOk());
    EXPECT_EQ(read->type, EnvelopeType::event_callback);
    EXPECT_EQ(read->event_id, "Ev1");
    EXPECT_EQ(read->authorizations.front().user_id, "U0BOT");
    EXPECT_EQ(read->event->type, EventType::app_mention);
    EXPECT_EQ(read->event->channel, "C1");
    EXPECT_EQ(read->event->rest.find("blocks")->text, "[1]");
    EXPECT_FALSE(is_own(*read));
    EXPECT_FALSE(from_bot(*read->event));
}

TEST(SlackEventForms, of_types_that_nobody_knows_are_kept) {
    const auto event = read_event(callback(R"({"type":"canvas_sang","song":"la"})"));
    ASSERT_THAT(event, IsOk());
    EXPECT_EQ(event->event->type.known(), std::nullopt);
    EXPECT_EQ(event->event->type.unknown_text(), "canvas_sang");
    EXPECT_EQ(event->event->rest.find("song")->text, "\"la\"");
    const auto outer = read_event(R"({"type":"event_parade"})");
    ASSERT_THAT(outer, IsOk());
    EXPECT_EQ(outer->type.unknown_text(), "event_parade");
    const auto renamed =
        read_event(callback(R"({"type":"channel_rename","channel":{"id":"C1","name":"new"}})"));
    ASSERT_THAT(renamed, IsOk());
    EXPECT_EQ(renamed->event->channel, std::nullopt);
    EXPECT_THAT(renamed->event->rest.find("channel")->text, HasSubstr("\"new\""));
}

TEST(SlackEventForms, of_a_handshake_and_of_a_limit_are_told_apart) {
    const auto asked = read_event(R"({"token":"x","challenge":"c","type":"url_verification"})");
    ASSERT_THAT(asked, IsOk());
    EXPECT_EQ(asked->challenge, "c");
    const auto limited = read_event(
        R"({"token":"x","type":"app_rate_limited","team_id":"T1","minute_rate_limited":1518467820,
            "api_app_id":"A1"})");
    ASSERT_THAT(limited, IsOk());
    EXPECT_EQ(limited->type, EnvelopeType::app_rate_limited);
    EXPECT_EQ(limited->minute_rate_limited, 1518467820);
}

TEST(SlackEventForms, without_what_they_are_for_are_errors_that_name_it) {
    const auto where = [](std::string_view body) {
        const auto read = read_event(body);
        EXPECT_THAT(read, IsError(ErrorKind::decode)) << body;
        return read ? "" : read.error().detail();
    };
    EXPECT_EQ(where("{}"), "/type");
    EXPECT_EQ(where(R"({"type":7})"), "/type");
    EXPECT_EQ(where(R"({"type":"event_callback","event":{"type":"message"}})"), "/event_id");
    EXPECT_EQ(where(R"({"type":"event_callback","event_id":"Ev1"})"), "/event/type");
    EXPECT_EQ(where(R"({"type":"event_callback","event_id":"Ev1","event":[]})"), "/event/type");
    EXPECT_EQ(where(R"({"type":"url_verification"})"), "/challenge");
    EXPECT_THAT(read_event("["), IsError(ErrorKind::decode));
    EXPECT_THAT(read_event("\"" + std::string(1U << 20U, 'x') + "\""),
                IsError(ErrorKind::too_large));
}

TEST(SlackEventForms, of_ones_own_bot_are_known_by_app_and_by_user) {
    const auto own = [](std::string_view event) { return is_own(*read_event(callback(event))); };
    EXPECT_TRUE(own(R"({"type":"message","app_id":"A1","bot_id":"B1","user":"U0BOT"})"));
    EXPECT_TRUE(own(R"({"type":"message","user":"U0BOT"})"));
    EXPECT_TRUE(own(R"({"type":"message","app_id":"A1"})"));
    EXPECT_FALSE(own(R"({"type":"message","app_id":"A2","bot_id":"B2","user":"U2"})"));
    EXPECT_FALSE(own(R"({"type":"message","user":"U1"})"));
    EXPECT_FALSE(is_own(*read_event(R"({"type":"event_parade"})")));
    EXPECT_TRUE(from_bot({.subtype = "bot_message"}));
    EXPECT_TRUE(from_bot({.bot_id = "B2"}));
}

}  // namespace
}  // namespace apilab::provider::slack
