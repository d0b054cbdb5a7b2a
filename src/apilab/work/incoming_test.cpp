#include "apilab/work/incoming.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace apilab::work {
namespace {

using http::Headers;
using testing::Contains;
using testing::Key;
using testing::Not;
using testing::Pair;
using testing::StartsWith;

Result<Incoming> read(std::string_view sender, Headers headers, std::string_view body) {
    if (!headers.contains("content-type")) {
        headers.add("Content-Type", "application/json");
    }
    return read_event(*find_sender(sender), headers, body);
}

Headers github(std::string type = "push") {
    return {{"X-GitHub-Delivery", "d-1"},
            {"X-GitHub-Event", std::move(type)},
            {"X-GitHub-Hook-ID", "30"},
            {"X-Hub-Signature-256", "sha256=00"}};
}

TEST(Incoming, github_names_an_event_in_its_headers) {
    const auto in = read("github", github(), R"({"ref":"refs/heads/main"})");
    ASSERT_TRUE(in) << in.error().to_string();
    EXPECT_EQ(in->event.source, "github");
    EXPECT_EQ(in->event.sender_id, "d-1");
    EXPECT_EQ(in->event.type, "push");
    EXPECT_EQ(in->event.scope, "30");
    EXPECT_EQ(in->event.body, R"({"ref":"refs/heads/main"})");
    EXPECT_FALSE(in->event.id_is_signed);
    EXPECT_EQ(in->entity, "") << "one push is not a newer state of another";
    EXPECT_EQ(in->payload, std::nullopt);
    EXPECT_EQ(in->handshake, Handshake::none);
}

TEST(Incoming, github_says_in_the_body_which_version_of_what_it_tells) {
    const auto in =
        read("github", github("issues"),
             R"({"action":"edited","issue":{"id":1347,"updated_at":"2026-01-01T00:00:01Z"}})");
    EXPECT_EQ(in->entity, "github:issue:1347");
    EXPECT_EQ(in->version, 1'767'225'601'000);
    const auto comment = read("github", github("issue_comment"),
                              R"({"comment":{"id":7,"updated_at":"2026-01-01T00:00:01Z"}})");
    EXPECT_EQ(comment->entity, "github:issue_comment:7");
}

TEST(Incoming, githubs_form_is_an_event_whose_job_gets_the_json) {
    auto headers = github("ping");
    headers.add("content-type", "application/x-www-form-urlencoded");
    const auto in = read("github", headers, "payload=%7B%22zen%22%3A%22a+b%2Bc%22%7D");
    EXPECT_EQ(in->payload, R"({"zen":"a b+c"})");
    EXPECT_EQ(in->event.body, "payload=%7B%22zen%22%3A%22a+b%2Bc%22%7D") << "byte by byte";
    EXPECT_EQ(in->handshake, Handshake::github_ping);
    const auto twice = read("github", headers, "payload=1&payload=2");
    EXPECT_EQ(twice->payload, std::nullopt) << "two readers may take two different ones";
}

TEST(Incoming, slack_names_an_event_in_the_body) {
    const auto in = read("slack", {},
                         R"({"team_id":"T1","event_id":"Ev1","type":"event_callback","event":)"
                         R"({"type":"message","channel":"C1","ts":"1531420618.000123",)"
                         R"("event_ts":"1531420618.000123"}})");
    ASSERT_TRUE(in);
    EXPECT_EQ(in->event.sender_id, "Ev1");
    EXPECT_EQ(in->event.scope, "T1");
    EXPECT_EQ(in->event.type, "event_callback");
    EXPECT_TRUE(in->event.id_is_signed);
    EXPECT_EQ(in->entity, "slack:message:C1:1531420618.000123");
    EXPECT_EQ(in->version, 1'531'420'618'000'123);
}

TEST(Incoming, a_change_and_a_deletion_in_slack_tell_of_the_message) {
    const auto about = [](std::string_view rest) {
        return read("slack", {},
                    R"({"event_id":"Ev1","type":"event_callback","event":{"type":"message",)"
                    R"("channel":"C1","event_ts":"1531420620.000000",)" +
                        std::string(rest) + "}}")
            ->entity;
    };
    EXPECT_EQ(about(R"("ts":"9.000000","subtype":"message_changed","message":{"ts":"5.000000"})"),
              "slack:message:C1:5.000000");
    EXPECT_EQ(about(R"("ts":"9.000000","subtype":"message_deleted","deleted_ts":"5.000000")"),
              "slack:message:C1:5.000000");
}

TEST(Incoming, slack_wants_its_challenge_back) {
    const auto in = read("slack", {}, R"({"type":"url_verification","challenge":"3eZbrw1a"})");
    ASSERT_TRUE(in);
    EXPECT_EQ(in->handshake, Handshake::slack_challenge);
    EXPECT_EQ(in->challenge, "3eZbrw1a");
    EXPECT_EQ(read("slack", {}, R"({"type":"url_verification"})").error().detail(), "/challenge");
    const auto huge =
        R"({"type":"url_verification","challenge":")" + std::string(2000, 'x') + "\"}";
    EXPECT_EQ(read("slack", {}, huge).error().detail(), "/challenge");
}

TEST(Incoming, slacks_word_that_it_left_events_out_is_kept_though_it_has_no_id) {
    const auto told = [](std::string_view minute) {
        return read("slack", {},
                    R"({"type":"app_rate_limited","team_id":"T1","minute_rate_limited":)" +
                        std::string(minute) + R"(,"api_app_id":"A1"})");
    };
    const auto in = told("1518467820");
    ASSERT_TRUE(in) << in.error().to_string();
    EXPECT_EQ(in->event.type, "app_rate_limited");
    EXPECT_EQ(in->event.sender_id, told("1518467820")->event.sender_id);
    EXPECT_NE(in->event.sender_id, told("1518467880")->event.sender_id);
}

TEST(Incoming, commands_and_clicks_in_slack_are_forms) {
    const Headers form{{"content-type", "application/x-www-form-urlencoded"}};
    const auto command =
        read("slack", form, "team_id=T1&command=%2Fdeploy&text=now&trigger_id=398.738");
    ASSERT_TRUE(command);
    EXPECT_EQ(command->event.type, "slash_command");
    EXPECT_EQ(command->event.sender_id, "398.738");
    EXPECT_EQ(command->event.scope, "T1");
    EXPECT_EQ(command->payload, std::nullopt);
    const auto click = read("slack", form,
                            "payload=%7B%22type%22%3A%22block_actions%22%2C%22trigger_id%22%3A%221."
                            "2%22%2C%22team%22%3A%7B%22id%22%3A%22T2%22%7D%7D");
    EXPECT_EQ(click->event.type, "block_actions");
    EXPECT_EQ(click->event.sender_id, "1.2");
    EXPECT_EQ(click->event.scope, "T2");
    EXPECT_THAT(*click->payload, StartsWith(R"({"type":"block_actions")"));
    const auto closed = read("slack", form, "payload=%7B%22type%22%3A%22view_closed%22%7D");
    EXPECT_THAT(closed->event.sender_id, StartsWith("sha256:"));
}

TEST(Incoming, stripe_notion_and_shopify_say_what_they_are_about) {
    const auto stripe = read("stripe", {},
                             R"({"id":"evt_1","type":"invoice.paid","created":1700000000,"data":)"
                             R"({"object":{"id":"in_1","object":"invoice"}}})");
    EXPECT_EQ(stripe->event.sender_id, "evt_1");
    EXPECT_EQ(stripe->entity, "stripe:invoice:in_1");
    EXPECT_EQ(stripe->version, 1'700'000'000);
    const auto notion = read("notion", {},
                             R"({"id":"n-1","type":"page.created","timestamp":)"
                             R"("2026-01-01T00:00:00.250Z","entity":{"id":"p-1","type":"page"}})");
    EXPECT_EQ(notion->entity, "notion:page:p-1");
    EXPECT_EQ(notion->version, 1'767'225'600'250);
    const auto shopify = read("shopify",
                              {{"X-Shopify-Event-Id", "s-1"},
                               {"X-Shopify-Topic", "orders/updated"},
                               {"X-Shopify-Triggered-At", "2026-01-01T00:00:00.5Z"}},
                              R"({"id":820982911946154508})");
    EXPECT_EQ(shopify->event.type, "orders/updated");
    EXPECT_EQ(shopify->entity, "shopify:orders:820982911946154508");
    EXPECT_EQ(shopify->version, 1'767'225'600'500);
}

TEST(Incoming, standard_webhooks_have_the_id_in_a_header_and_the_type_in_the_body) {
    for (const std::string_view name : {"standard", "standard_ed25519"}) {
        const auto in = read(name, {{"webhook-id", "msg_1"}}, R"({"type":"order.shipped"})");
        EXPECT_EQ(in->event.source, "standard");
        EXPECT_EQ(in->event.sender_id, "msg_1");
        EXPECT_EQ(in->event.type, "order.shipped");
    }
}

TEST(Incoming, odd_json_is_an_event_where_the_id_is_in_a_header) {
    const std::string deep(1000, '[');
    for (const std::string_view body :
         {"", "not json", "\xFF\xFE", R"({"n":1e400})", "[1,2]", "null", deep.c_str()}) {
        const auto in = read("github", github("issues"), body);
        ASSERT_TRUE(in) << body;
        EXPECT_EQ(in->event.body, body);
        EXPECT_EQ(in->entity, "");
        EXPECT_TRUE(read("standard", {{"webhook-id", "msg_1"}}, body)) << body;
        for (const std::string_view name : {"slack", "stripe", "notion"}) {
            const auto refused = read(name, {}, body);
            ASSERT_FALSE(refused) << name;
            EXPECT_EQ(refused.error().kind(), ErrorKind::invalid_argument);
            EXPECT_EQ(refused.error().detail(), find_sender(name)->id.name);
        }
    }
}

TEST(Incoming, an_id_is_there_once_and_can_be_kept) {
    auto headers = github();
    headers.add("x-github-delivery", "d-2");
    EXPECT_EQ(read("github", headers, "{}").error().detail(), "x-github-delivery");
    for (const std::string& id :
         {std::string(), std::string(256, 'x'), std::string("a\x01"), std::string("\xFF")}) {
        auto other = github();
        other.set("x-github-delivery", id);
        EXPECT_EQ(read("github", other, "{}").error().detail(), "x-github-delivery");
    }
    EXPECT_EQ(read("stripe", {}, R"({"id":["evt_1"]})").error().detail(), "/id");
    auto types = github();
    types.add("x-github-event", "ping");
    EXPECT_EQ(read("github", types, "{}").error().detail(), "x-github-event");
}

TEST(Incoming, credentials_are_not_kept_and_signatures_are) {
    auto headers = github();
    for (const char* name : {"Authorization", "Cookie", "Proxy-Authorization", "X-Api-Key"}) {
        headers.add(name, "s3cr3t");
    }
    const auto in = read("github", headers, "{}");
    EXPECT_THAT(in->event.headers, Contains(Pair("x-hub-signature-256", "sha256=00")));
    EXPECT_THAT(in->event.headers, Contains(Key("x-github-delivery")));
    EXPECT_THAT(
        in->event.headers,
        Not(Contains(testing::Field(&std::pair<std::string, std::string>::second, "s3cr3t"))));
}

TEST(Incoming, notions_token_stands_alone_in_its_body) {
    EXPECT_EQ(read_verification_token(R"({"verification_token":"secret_x"})")->reveal(),
              "secret_x");
    for (const std::string_view body :
         {"", "{}", R"({"verification_token":""})", R"({"verification_token":7})", "[]"}) {
        EXPECT_FALSE(read_verification_token(body)) << body;
    }
    EXPECT_FALSE(
        read_verification_token(R"({"verification_token":")" + std::string(5000, 'x') + "\"}"));
}

TEST(Incoming, a_media_type_has_no_parameters) {
    EXPECT_EQ(media_type("Application/JSON ; charset=utf-8"), "application/json");
    EXPECT_EQ(media_type(""), "");
}

}  // namespace
}  // namespace apilab::work
