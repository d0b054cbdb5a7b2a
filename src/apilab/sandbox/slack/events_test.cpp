#include <gmock/gmock.h>

#include "apilab/sandbox/slack/internal/ask_slack.hpp"
#include "apilab/sandbox/webhook/hub.hpp"

namespace apilab::sandbox::slack {
namespace {

using ::testing::ElementsAre;

/// Keeps what is emitted.
class Ear final : public webhook::Hub {
public:
    Result<std::string> subscribe(webhook::Subscription /*subscription*/) override { return "1"; }
    Result<void> change(webhook::Subscription /*subscription*/) override { return {}; }
    bool unsubscribe(std::string_view /*id*/) override { return false; }
    [[nodiscard]] std::optional<webhook::Subscription> find(
        std::string_view /*id*/) const override {
        return std::nullopt;
    }
    [[nodiscard]] std::vector<webhook::Subscription> subscriptions(
        std::string_view /*from*/, std::string_view /*scope*/) const override {
        return {};
    }
    void emit(webhook::Event event) override { heard.push_back(std::move(event)); }
    void emit_to(std::string_view /*subscription*/, webhook::Event /*event*/) override {}
    [[nodiscard]] std::vector<webhook::DeliveryRecord> deliveries(
        std::string_view /*subscription*/) const override {
        return {};
    }
    [[nodiscard]] std::optional<webhook::DeliveryRecord> delivery(
        std::string_view /*id*/) const override {
        return std::nullopt;
    }
    bool redeliver(std::string_view /*delivery*/) override { return false; }

    std::vector<webhook::Event> heard;
};

class SlackEvents : public AskSlack {
protected:
    SlackEvents() { ask.hub = &ear; }
    /// Type and subtype of what was heard since.
    std::vector<std::string> kinds() {
        std::vector<std::string> out;
        for (const auto& event : ear.heard) {
            EXPECT_EQ(event.from, "slack");
            EXPECT_EQ(event.scope, "T0APILAB1");
            const auto body = http::JsonDocument::parse(event.body);
            EXPECT_EQ(body->root()["type"].string(), event.type);
            EXPECT_TRUE(body->root()["event_ts"].is_string());
            const auto subtype = body->root()["subtype"].string_or("");
            out.push_back(event.type + (subtype.empty() ? "" : "/" + std::string(subtype)));
        }
        return out;
    }

    Ear ear;
};

TEST_F(SlackEvents, a_message_is_told_when_it_comes_changes_and_goes) {
    const auto ts = post("channel=general&text=hello");
    call("chat.update", "channel=C00000001&text=there&ts=" + ts);
    call("chat.delete", "channel=C00000001&ts=" + ts);
    EXPECT_THAT(kinds(),
                ElementsAre("message", "message/message_changed", "message/message_deleted"));
    const auto posted = http::JsonDocument::parse(ear.heard.at(0).body);
    EXPECT_EQ(posted->root()["channel"].string(), "C00000001");
    EXPECT_EQ(posted->root()["channel_type"].string(), "channel");
    EXPECT_EQ(posted->root()["ts"].string(), ts);
    const auto changed = http::JsonDocument::parse(ear.heard.at(1).body);
    EXPECT_EQ(changed->root()["message"]["text"].string(), "there");
    EXPECT_EQ(changed->root()["previous_message"]["text"].string(), "hello");
    EXPECT_EQ(http::JsonDocument::parse(ear.heard.at(2).body)->root()["deleted_ts"].string(), ts);
}

TEST_F(SlackEvents, a_mention_of_the_bot_is_an_event_of_its_own) {
    post("channel=general&text=" + http::percent_encode("<@U0APILAB1> are you there?"));
    EXPECT_THAT(kinds(), ElementsAre("message", "app_mention"));
}

TEST_F(SlackEvents, reactions_pins_members_channels_and_files_are_told) {
    const auto ts = post("channel=general&text=hello");
    const auto at = "channel=C00000001&timestamp=" + ts;
    ear.heard.clear();
    call("reactions.add", at + "&name=tada");
    call("reactions.remove", at + "&name=tada");
    call("pins.add", at);
    call("pins.remove", at);
    call("conversations.join", "channel=C00000007");
    call("conversations.leave", "channel=C00000007");
    call("conversations.create", "name=fresh");
    EXPECT_THAT(kinds(),
                ElementsAre("reaction_added", "reaction_removed", "pin_added", "pin_removed",
                            "member_joined_channel", "member_left_channel", "channel_created"));
}

TEST_F(SlackEvents, what_is_refused_is_not_told) {
    call("chat.postMessage", "channel=C0NOPE&text=x");
    call("reactions.add", "channel=C00000001&timestamp=1.0&name=tada");
    EXPECT_TRUE(ear.heard.empty());
}

TEST_F(SlackEvents, metadata_is_not_told) {
    post("channel=general&text=x&metadata=" +
         http::percent_encode(R"({"event_type":"t","event_payload":{"key":"k"}})"));
    EXPECT_TRUE(http::JsonDocument::parse(ear.heard.at(0).body)->root()["metadata"].missing());
}

}  // namespace
}  // namespace apilab::sandbox::slack
