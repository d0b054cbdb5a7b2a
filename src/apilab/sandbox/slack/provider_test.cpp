#include "apilab/sandbox/slack/provider.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "apilab/http/url.hpp"
#include "apilab/sandbox/internal/ask_provider.hpp"

namespace apilab::sandbox::slack {
namespace {

using namespace std::chrono_literals;
using http::JsonDocument;

class SlackTest : public ::testing::Test {
protected:
    http::Response call(std::string_view method, const std::string& form,
                        const std::string& token = "xoxb-stub") {
        http::Headers headers = {{"content-type", "application/x-www-form-urlencoded"}};
        if (!token.empty()) {
            headers.add("authorization", "Bearer " + token);
        }
        return ask.send("POST", "/api/" + std::string(method), headers, form);
    }
    static std::string error_of(const http::Response& answer) {
        EXPECT_EQ(answer.status(), 200);
        return std::string(JsonDocument::parse(answer.body())->root()["error"].string_or("none"));
    }
    static std::string field(const http::Response& answer, std::string_view pointer) {
        const auto document = JsonDocument::parse(answer.body());
        return document->root().at_pointer(pointer).to_text();
    }

    SlackProvider provider;
    AskProvider ask{provider};
};

TEST_F(SlackTest, refusals_are_200s_that_say_no) {
    EXPECT_EQ(error_of(call("auth.test", "", "")), "not_authed");
    EXPECT_EQ(error_of(call("auth.test", "", "bogus")), "invalid_auth");
    EXPECT_EQ(error_of(call("auth.test", "")), "none");
    EXPECT_EQ(error_of(call("chat.postMessage", "channel=C0NOPE&text=x")), "channel_not_found");
    EXPECT_EQ(error_of(call("chat.postMessage", "channel=old-project&text=x")), "is_archived");
    EXPECT_EQ(error_of(call("chat.postMessage", "channel=design&text=x")), "not_in_channel");
    EXPECT_EQ(error_of(call("chat.postMessage", "channel=general")), "no_text");
    EXPECT_EQ(error_of(ask.post("/api/no.such", "{}")), "unknown_method");
}

TEST_F(SlackTest, a_message_can_be_read_back_with_its_metadata_where_that_is_asked) {
    const auto metadata =
        http::percent_encode(R"({"event_type":"t","event_payload":{"key":"k-1"}})");
    const auto posted = call("chat.postMessage", "channel=general&text=a%26b&metadata=" + metadata);
    EXPECT_EQ(field(posted, "/channel"), "\"C00000001\"");
    EXPECT_EQ(field(posted, "/message/metadata"), "null");
    const auto plain = call("conversations.history", "channel=C00000001&limit=1");
    EXPECT_EQ(field(plain, "/messages/0/ts"), field(posted, "/ts"));
    EXPECT_EQ(field(plain, "/messages/0/text"), "\"a&amp;b\"");
    EXPECT_EQ(field(plain, "/messages/0/metadata"), "null");
    const auto full =
        call("conversations.history", "channel=C00000001&limit=1&include_all_metadata=true");
    EXPECT_EQ(field(full, "/messages/0/metadata/event_payload/key"), "\"k-1\"");
}

TEST_F(SlackTest, json_is_taken_by_some_methods_and_ignored_by_others) {
    const http::Headers json = {{"content-type", "application/json; charset=utf-8"},
                                {"authorization", "Bearer xoxb-stub"}};
    const auto posted = ask.send("POST", "/api/chat.postMessage", json,
                                 R"({"channel":"general","text":"x","token":"bogus"})");
    EXPECT_EQ(field(posted, "/ok"), "true");
    const auto listed = ask.send("POST", "/api/users.list", json, R"({"limit":2})");
    const auto document = JsonDocument::parse(listed.body());
    EXPECT_EQ(document->root()["members"].size(), 260U) << "the argument was not seen";
    const http::Headers latin = {{"content-type", "application/json; charset=koi8-r"},
                                 {"authorization", "Bearer xoxb-stub"}};
    EXPECT_EQ(error_of(ask.send("POST", "/api/chat.postMessage", latin, "{}")), "invalid_charset");
}

TEST_F(SlackTest, cursors_go_through_all_260_users_and_end_in_an_empty_text) {
    std::set<std::string> ids;
    std::string cursor;
    for (int page = 0; page < 3; ++page) {
        const auto answer = call("users.list", "limit=100&cursor=" + http::percent_encode(cursor));
        const auto document = JsonDocument::parse(answer.body());
        for (const auto user : document->root()["members"].elements()) {
            ids.insert(std::string(user["id"].string_or("")));
        }
        cursor = document->root()["response_metadata"]["next_cursor"].string_or("?");
        EXPECT_EQ(cursor.ends_with('='), page < 2) << cursor;
    }
    EXPECT_EQ(cursor, "");
    EXPECT_EQ(ids.size(), 260U);
    EXPECT_EQ(error_of(call("users.list", "cursor=bogus")), "invalid_cursor");
    EXPECT_EQ(error_of(call("users.list", "limit=0")), "invalid_limit");
}

TEST_F(SlackTest, seven_channels_of_which_one_is_private_and_one_archived) {
    const auto count = [&](const std::string& form) {
        const auto answer = call("conversations.list", form);
        return JsonDocument::parse(answer.body())->root()["channels"].size();
    };
    EXPECT_EQ(count(""), 6U);
    EXPECT_EQ(count("types=public_channel,private_channel"), 7U);
    EXPECT_EQ(count("exclude_archived=true"), 5U);
}

TEST_F(SlackTest, six_posts_at_once_are_one_too_many_in_one_channel_only) {
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(call("chat.postMessage", "channel=general&text=x").status(), 200);
    }
    const auto refused = call("chat.postMessage", "channel=general&text=x");
    EXPECT_EQ(refused.status(), 429);
    EXPECT_EQ(refused.headers().value("retry-after"), "1");
    EXPECT_EQ(refused.body(), R"({"ok":false,"error":"ratelimited"})");
    EXPECT_EQ(call("chat.postMessage", "channel=random&text=x").status(), 200);
    ask.now += 1s;
    EXPECT_EQ(call("chat.postMessage", "channel=general&text=x").status(), 200);
}

TEST_F(SlackTest, a_second_message_of_one_event_is_counted) {
    const auto post = [&](const std::string& key) {
        const auto metadata =
            http::percent_encode(R"({"event_type":"t","event_payload":{"key":")" + key + R"("}})");
        call("chat.postMessage", "channel=general&text=x&metadata=" + metadata);
    };
    post("a");
    post("b");
    EXPECT_EQ(provider.numbers().at("messages doubled"), 0);
    post("a");
    EXPECT_EQ(provider.numbers().at("messages"), 3);
    EXPECT_EQ(provider.numbers().at("messages doubled"), 1);
    provider.reset();
    EXPECT_EQ(provider.numbers().at("messages"), 0);
}

TEST_F(SlackTest, a_token_that_a_fault_ends_is_refused_inside_a_200) {
    const auto refused = provider.refuse({.status = 401}, {});
    EXPECT_EQ(error_of(refused), "token_expired");
    EXPECT_EQ(provider.refuse({.status = 503}, {}).headers().value("content-type"),
              "text/html; charset=utf-8");
}

}  // namespace
}  // namespace apilab::sandbox::slack
