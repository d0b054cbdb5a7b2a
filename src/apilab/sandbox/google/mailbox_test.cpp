#include <fmt/format.h>

#include "apilab/base/base64.hpp"
#include "apilab/sandbox/google/internal/quota.hpp"
#include "apilab/sandbox/google/internal/test_google.hpp"
#include "apilab/sandbox/google/mail.hpp"
#include "apilab/sandbox/webhook/hub.hpp"

namespace apilab::sandbox::google {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

class GoogleMailbox : public GoogleWorld {
protected:
    static std::string message(std::string_view mail) {
        return R"("raw":")" + google::base64url_encode(mail) + "\"";
    }
};

TEST_F(GoogleMailbox, threads_are_listed_by_their_newest_mail_and_change_as_one) {
    EXPECT_EQ(size(get("/threads"), "/threads"), 18U);
    const auto page = get("/threads?maxResults=5");
    EXPECT_EQ(size(page, "/threads"), 5U);
    EXPECT_NE(text(page, "/nextPageToken"), "none");
    const auto id = text(page, "/threads/0/id");
    EXPECT_EQ(size(get("/threads/" + id), "/messages"), 2U);
    const auto changed =
        call("POST", "/threads/" + id + "/modify", R"({"addLabelIds":["STARRED"]})");
    EXPECT_EQ(size(changed, "/messages"), 2U);
    EXPECT_EQ(call("POST", "/threads/" + id + "/trash").status(), 200);
    EXPECT_EQ(size(get("/threads"), "/threads"), 17U);
    EXPECT_EQ(call("POST", "/threads/" + id + "/untrash").status(), 200);
    EXPECT_EQ(call("DELETE", "/threads/" + id).status(), 204);
    EXPECT_EQ(get("/threads/" + id).status(), 404);
}

TEST_F(GoogleMailbox, labels_are_made_changed_counted_and_deleted) {
    const auto made = call("POST", "/labels",
                           R"({"name":"Later","labelListVisibility":)"
                           R"("labelHide","color":{"textColor":"#000000",)"
                           R"("backgroundColor":"#ffffff"}})");
    ASSERT_EQ(made.status(), 200) << made.body();
    const auto place = "/labels/" + text(made, "/id");
    EXPECT_EQ(text(made, "/type"), "user");
    EXPECT_EQ(text(made, "/color/textColor"), "#000000");
    const auto twice = call("POST", "/labels", R"({"name":"later"})");
    EXPECT_EQ(twice.status(), 409);
    EXPECT_EQ(call("POST", "/labels", "{}").status(), 400);
    EXPECT_EQ(text(call("PATCH", place, R"({"name":"Soon"})"), "/labelListVisibility"),
              "labelHide");
    EXPECT_EQ(text(call("PUT", place, R"({"name":"Soon"})"), "/labelListVisibility"), "labelShow");
    const auto id = first_id();
    (void)call("POST", "/messages/" + id + "/modify",
               R"({"addLabelIds":[")" + text(made, "/id") + "\"]}");
    EXPECT_THAT(get(place).body(), HasSubstr("\"messagesTotal\": 1"));
    EXPECT_THAT(get(place).body(), HasSubstr("\"threadsTotal\": 1"));
    EXPECT_EQ(call("DELETE", place).status(), 204);
    EXPECT_FALSE(get("/messages/" + id).body().contains(text(made, "/id")));
    EXPECT_EQ(call("DELETE", "/labels/INBOX").status(), 400);
    EXPECT_EQ(call("PATCH", "/labels/INBOX", R"({"name":"x"})").status(), 400);
}

TEST_F(GoogleMailbox, a_draft_keeps_its_id_until_it_is_sent) {
    const auto made =
        call("POST", "/drafts", R"({"message":{)" + message("To: a@x.example\r\n\r\none") + "}}");
    const auto place = "/drafts/" + text(made, "/id");
    EXPECT_EQ(text(made, "/message/labelIds/0"), "DRAFT");
    const auto changed =
        call("PUT", place, R"({"message":{)" + message("To: a@x.example\r\n\r\ntwo") + "}}");
    EXPECT_EQ(text(changed, "/id"), text(made, "/id"));
    EXPECT_NE(text(changed, "/message/id"), text(made, "/message/id"));
    EXPECT_EQ(text(changed, "/message/threadId"), text(made, "/message/threadId"));
    EXPECT_EQ(text(get(place), "/message/snippet"), "two");
    EXPECT_EQ(size(get("/drafts"), "/drafts"), 1U);
    const auto sent = call("POST", "/drafts/send", R"({"id":")" + text(made, "/id") + "\"}");
    EXPECT_EQ(text(sent, "/labelIds/0"), "SENT");
    EXPECT_EQ(get(place).status(), 404);
    EXPECT_FALSE(get("/drafts").body().contains("\"drafts\""));
    EXPECT_EQ(call("DELETE", place).status(), 404);
}

TEST_F(GoogleMailbox, an_upload_in_pieces_goes_on_where_it_ended) {
    const std::string path = "/upload/gmail/v1/users/me/messages/send";
    const auto begun = send("POST", path + "?uploadType=resumable", "{}");
    ASSERT_EQ(begun.status(), 200);
    const auto there = std::string(begun.headers().value("location")).substr(ask.base_url.size());
    const std::string mail = "To: a@x.example\r\n\r\nhello";
    const auto put = [&](const std::string& bytes, const std::string& range) {
        return send("PUT", there, bytes, {{"content-range", range}});
    };
    const auto half = put(mail.substr(0, 10), "bytes 0-9/24");
    EXPECT_EQ(half.status(), 308);
    EXPECT_EQ(half.headers().value("range"), "bytes=0-9");
    EXPECT_EQ(put(mail.substr(0, 10), "bytes 0-9/24").headers().value("range"), "bytes=0-9")
        << "what is there already is not put there again";
    EXPECT_EQ(put("", "bytes */24").headers().value("range"), "bytes=0-9");
    const auto done = put(mail.substr(10), "bytes 10-23/24");
    EXPECT_EQ(done.status(), 200);
    EXPECT_EQ(text(get("/messages/" + text(done, "/id")), "/snippet"), "hello");
    EXPECT_EQ(put("", "bytes */24").status(), 404) << "it is over";
}

TEST_F(GoogleMailbox, a_batch_has_answers_of_its_own_in_another_order) {
    const auto part = [](int number, const std::string& request) {
        return fmt::format(
            "--b\r\nContent-Type: application/http\r\nContent-ID: <item{}>\r\n\r\n"
            "{}\r\n\r\n",
            number, request);
    };
    const auto batch = [&](const std::string& parts) {
        return send("POST", "/batch/gmail/v1", parts + "--b--\r\n",
                    {{"content-type", "multipart/mixed; boundary=b"}});
    };
    const auto id = first_id();
    const auto answer = batch(part(1, "GET /gmail/v1/users/me/messages/" + id) +
                              part(2, "GET /gmail/v1/users/me/messages/deadbeef HTTP/1.1") +
                              part(3, "POST /upload/gmail/v1/users/me/messages/send\r\n\r\nx: y"));
    EXPECT_EQ(answer.status(), 200);
    EXPECT_THAT(answer.body(), HasSubstr("Content-ID: <response-item1>"));
    EXPECT_THAT(answer.body(), HasSubstr("HTTP/1.1 200 OK"));
    EXPECT_THAT(answer.body(), HasSubstr("HTTP/1.1 404 Not Found"));
    EXPECT_THAT(answer.body(), HasSubstr(id));
    EXPECT_LT(answer.body().find("response-item3"), answer.body().find("response-item1"));
    EXPECT_EQ(provider.numbers().at("mails fetched"), 1);
    std::string many;
    for (int i = 0; i < 101; ++i) {
        many += part(i, "GET /gmail/v1/users/me/profile");
    }
    EXPECT_EQ(batch(many).status(), 400);
    EXPECT_EQ(send("POST", "/batch", "{}").status(), 400);
}

TEST_F(GoogleMailbox, each_call_of_a_batch_counts) {
    GoogleProvider small({.units_per_minute = 6});
    AskProvider narrow(small);
    const auto fresh =
        narrow.send("POST", "/token", {{"content-type", "application/x-www-form-urlencoded"}},
                    "grant_type=refresh_token&client_id=cid&client_secret=sec&"
                    "refresh_token=seed-refresh-token");
    const std::string one =
        "--b\r\nContent-Type: application/http\r\n\r\nGET "
        "/gmail/v1/users/me/messages\r\n\r\n";
    const auto answer = narrow.send("POST", "/batch",
                                    {{"authorization", "Bearer " + text(fresh, "/access_token")},
                                     {"content-type", "multipart/mixed; boundary=b"}},
                                    one + one + "--b--");
    EXPECT_THAT(answer.body(), HasSubstr("HTTP/1.1 200 OK"));
    EXPECT_THAT(answer.body(), HasSubstr("HTTP/1.1 403 Forbidden"));
    EXPECT_THAT(answer.body(), HasSubstr("rateLimitExceeded"));
    EXPECT_EQ(cost_of("send_message"), 100);
    EXPECT_EQ(cost_of("list_messages"), 5);
}

TEST_F(GoogleMailbox, a_scope_that_does_not_do_is_refused_with_its_reason) {
    EXPECT_EQ(get("/profile").status(), 200);
    ask.auth = "reduce_scope";
    EXPECT_EQ(get("/messages").status(), 200);
    const auto refused = call("POST", "/messages/" + first_id() + "/trash");
    EXPECT_EQ(refused.status(), 403);
    EXPECT_EQ(reason(refused), "insufficientPermissions");
    EXPECT_THAT(std::string(refused.headers().value("www-authenticate")),
                HasSubstr("insufficient_scope"));
    EXPECT_TRUE(scope_permits("https://www.googleapis.com/auth/gmail.modify", "trash_message"));
    EXPECT_FALSE(scope_permits("https://www.googleapis.com/auth/gmail.modify", "delete_message"))
        << "for ever is for the widest scope alone";
}

TEST_F(GoogleMailbox, refusals_have_the_reasons_of_the_guide) {
    EXPECT_EQ(reason(provider.refuse({.limit = "primary"}, {})), "rateLimitExceeded");
    EXPECT_EQ(reason(provider.refuse({.limit = "secondary"}, {})), "userRateLimitExceeded");
    const auto many = provider.refuse({.status = 429, .limit = "secondary"}, {});
    EXPECT_EQ(many.status(), 429);
    EXPECT_EQ(text(many, "/error/message"), "Too many concurrent requests for user");
    EXPECT_EQ(text(many, "/error/details/0/reason"), "RATE_LIMIT_EXCEEDED");
    EXPECT_EQ(text(many, "/error/status"), "RESOURCE_EXHAUSTED");
    EXPECT_EQ(reason(provider.refuse({.status = 403}, {})), "insufficientPermissions");
}

TEST_F(GoogleMailbox, a_token_is_ended_by_its_value_or_number_and_tells_of_itself) {
    (void)get("/profile");
    EXPECT_EQ(text(ask.get("/tokeninfo?access_token=" + token()), "/aud"), "cid");
    EXPECT_TRUE(
        provider.end_token(ask.facts.contains("token") ? ask.facts["token"] : "1", "expire"));
    EXPECT_EQ(get("/profile").status(), 401);
    EXPECT_FALSE(provider.end_token("99", "expire"));
    EXPECT_FALSE(provider.end_token("nobody", "revoke"));
}

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
    std::vector<webhook::Event> events;
};

TEST_F(GoogleMailbox, a_watch_tells_for_a_week_and_once_a_second) {
    Listener listener;
    ask.hub = &listener;
    EXPECT_EQ(call("POST", "/watch", R"({"topicName":"mine"})").status(), 400);
    const auto watched = call("POST", "/watch", R"({"topicName":"projects/p/topics/t"})");
    EXPECT_EQ(text(watched, "/expiration"), fmt::format("{}000", 1'790'000'000 + 7 * 86'400));
    ASSERT_EQ(listener.events.size(), 1U) << "a first one follows at once";
    const auto data =
        base64_decode(text(http::Response(200, listener.events[0].body), "/message/data"));
    EXPECT_THAT(*data, HasSubstr(R"("historyId":")" + text(watched, "/historyId") + "\""));
    (void)call("POST", "/messages/" + first_id() + "/modify", R"({"addLabelIds":["SPAM"]})");
    EXPECT_EQ(listener.events.size(), 1U) << "within the second";
    ask.system_now += 2s;
    (void)get("/profile");
    EXPECT_EQ(listener.events.size(), 2U);
    ask.system_now += 24h * 8;
    (void)get("/profile");
    EXPECT_EQ(listener.events.size(), 2U) << "it is over";
    EXPECT_EQ(call("POST", "/stop").status(), 204);
}

}  // namespace
}  // namespace apilab::sandbox::google
