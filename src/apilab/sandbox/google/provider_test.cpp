#include "apilab/sandbox/google/provider.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "apilab/sandbox/google/mail.hpp"
#include "apilab/sandbox/internal/ask_provider.hpp"
#include "apilab/sandbox/internal/jose.hpp"
#include "apilab/sandbox/seed/keys.hpp"

namespace apilab::sandbox::google {
namespace {

using namespace std::chrono_literals;
using http::JsonDocument;

class GoogleTest : public ::testing::Test {
protected:
    http::Response form(std::string_view path, const std::string& body) {
        return ask.send("POST", path, {{"content-type", "application/x-www-form-urlencoded"}},
                        body);
    }
    http::Response refresh(const std::string& token = "seed-refresh-token") {
        return form("/token",
                    "grant_type=refresh_token&client_id=cid&client_secret=sec&"
                    "refresh_token=" +
                        token);
    }
    http::Response call(std::string method, const std::string& path, std::string body = {},
                        const std::string& type = "application/json") {
        if (token_.empty()) {
            token_ = text(refresh(), "/access_token");
        }
        return ask.send(std::move(method), "/gmail/v1/users/me" + path,
                        {{"authorization", "Bearer " + token_}, {"content-type", type}},
                        std::move(body));
    }
    http::Response get(const std::string& path) { return call("GET", path); }
    static std::string text(const http::Response& answer, std::string_view pointer) {
        const auto document = JsonDocument::parse(answer.body());
        return std::string(document->root().at_pointer(pointer).string_or("none"));
    }
    static std::size_t size(const http::Response& answer, std::string_view pointer) {
        return JsonDocument::parse(answer.body())->root().at_pointer(pointer).size();
    }

    GoogleProvider provider;
    AskProvider ask{provider};
    std::string token_;
};

TEST_F(GoogleTest, refresh_tokens_stay_and_are_not_told_again) {
    const auto first = refresh();
    EXPECT_EQ(first.status(), 200);
    EXPECT_EQ(text(first, "/refresh_token"), "none");
    EXPECT_EQ(refresh().status(), 200);
    const auto refused = refresh("nope");
    EXPECT_EQ(refused.status(), 400);
    EXPECT_EQ(text(refused, "/error"), "invalid_grant");
    EXPECT_EQ(form("/token", "grant_type=refresh_token&client_id=cid&client_secret=no").status(),
              401);
    EXPECT_EQ(provider.numbers().at("token requests"), 4);
}

TEST_F(GoogleTest, a_token_is_good_for_an_hour_and_revoked_for_ever) {
    EXPECT_EQ(get("/profile").status(), 200);
    ask.now += 3600s;
    const auto stale = get("/profile");
    EXPECT_EQ(stale.status(), 401);
    EXPECT_EQ(text(stale, "/error/errors/0/reason"), "authError");
    token_.clear();
    ask.auth = "revoke";
    EXPECT_EQ(refresh().status(), 400);
    ask.auth = "";
    EXPECT_EQ(refresh().status(), 400);
    provider.reset();
    EXPECT_EQ(refresh().status(), 200);
}

constexpr auto by_assertion =
    "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=";

// What an account asserts of itself at 1790000000, the time of these tests.
std::string asserted(std::string_view account, std::string_view key = "google-service-account",
                     std::string_view more =
                         R"(,"aud":"https://oauth2.googleapis.com/token","exp":1790003600,)"
                         R"("scope":"https://www.googleapis.com/auth/gmail.readonly")") {
    return internal::Key::from_pem(seed::key(key))
        ->sign(std::string("{\"iss\":\"") + std::string(account) +
                   "\",\"iat\":1790000000,\"sub\":\"me\"" + std::string(more) + "}",
               "k1")
        .value();
}
constexpr std::string_view ours = "apilab@sandbox.iam.gserviceaccount.com";

TEST_F(GoogleTest, a_service_account_asserts_itself_by_its_key) {
    const auto why = [&](const std::string& assertion) {
        const auto reply = form("/token", by_assertion + assertion);
        return reply.status() == 200 ? "good" : text(reply, "/error_description");
    };
    EXPECT_EQ(why(asserted(ours)), "good");
    EXPECT_EQ(why(asserted(ours, "github-app")), "Invalid JWT Signature.");
    EXPECT_EQ(why(asserted("sa@stub.iam.gserviceaccount.com", "github-app")), "good")
        << "the one account that takes any key";
    EXPECT_EQ(why(asserted("sa@stub.iam.gserviceaccount.com", "oauth-client-es256")),
              "Invalid JWT Signature.")
        << "but RS256 it is";
    EXPECT_EQ(why(asserted("other@x")), "Invalid grant: account not found");
    EXPECT_EQ(why("nonsense"), "Invalid JWT Signature.");
    const auto good = asserted(ours);
    EXPECT_EQ(why(good.substr(0, good.rfind('.') + 1)), "Invalid JWT Signature.");
}

TEST_F(GoogleTest, an_assertion_has_its_audience_times_and_scope) {
    const auto reply = [&](std::string_view more) {
        return form("/token", by_assertion + asserted(ours, "google-service-account", more));
    };
    const std::string ok = R"(,"aud":")" + ask.base_url + R"(/token","scope":"s","exp":)";
    EXPECT_EQ(reply(ok + "1790003600").status(), 200) << "the address that it came to is good, too";
    EXPECT_TRUE(reply(ok + "1790003601").body().contains("short-lived"));
    EXPECT_TRUE(reply(ok + "9223372036854775807").body().contains("short-lived"));
    EXPECT_TRUE(
        reply(R"(,"aud":"https://x","scope":"s","exp":1790003600)").body().contains("audience"));
    EXPECT_EQ(
        text(reply(R"(,"aud":"https://oauth2.googleapis.com/token","exp":1790003600)"), "/error"),
        "invalid_scope");
    ask.system_now += 2h;
    EXPECT_EQ(reply(ok + "1790003600").status(), 400);
}

TEST_F(GoogleTest, a_device_waits_in_googles_words) {
    const auto pair = form("/device/code", "client_id=cid&scope=email");
    EXPECT_NE(text(pair, "/verification_url"), "none");
    EXPECT_EQ(text(form("/device/code", "client_id=cid"), "/error"), "invalid_scope");
    EXPECT_EQ(form("/device/code", "client_id=nobody&scope=email").status(), 401);
    const auto poll = [&] {
        return form("/token",
                    "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&"
                    "client_id=cid&client_secret=sec&device_code=" +
                        text(pair, "/device_code"));
    };
    EXPECT_EQ(poll().status(), 428);
    ask.now += 1s;
    const auto hasty = poll();
    EXPECT_EQ(hasty.status(), 403);
    EXPECT_EQ(text(hasty, "/error"), "slow_down");
    ask.now += 20s;
    const auto tokens = poll();
    EXPECT_EQ(tokens.status(), 200);
    EXPECT_NE(text(tokens, "/refresh_token"), "none");
    EXPECT_EQ(refresh(text(tokens, "/refresh_token")).status(), 200);
}

TEST_F(GoogleTest, discovery_names_the_endpoints) {
    EXPECT_EQ(text(ask.get("/.well-known/openid-configuration"), "/token_endpoint"),
              ask.base_url + "/token");
}

TEST_F(GoogleTest, pages_of_45_mails_and_no_list_at_all_where_none_fits) {
    std::set<std::string> ids;
    std::string page;
    do {
        const auto answer = get("/messages?maxResults=20&pageToken=" + page);
        const auto document = JsonDocument::parse(answer.body());
        for (const auto one : document->root()["messages"].elements()) {
            ids.insert(std::string(one["id"].string_or("")));
        }
        page = document->root()["nextPageToken"].string_or("");
    } while (!page.empty());
    EXPECT_EQ(ids.size(), 45U);
    const auto none = get("/messages?q=subject:nothing-of-the-kind");
    EXPECT_FALSE(none.body().contains("\"messages\""));
    EXPECT_EQ(size(get("/messages?labelIds=STARRED&labelIds=INBOX"), "/messages"), 4U);
    EXPECT_EQ(size(get("/labels"), "/labels"), 9U);
}

TEST_F(GoogleTest, history_tells_what_arrived_and_says_404_to_what_is_too_old) {
    const auto start = text(get("/profile"), "/historyId");
    ask.system_now += 3s;
    const auto news = get("/history?startHistoryId=" + start + "&historyTypes=messageAdded");
    EXPECT_EQ(size(news, "/history"), 3U);
    EXPECT_NE(text(news, "/historyId"), start);
    EXPECT_EQ(
        size(get("/history?startHistoryId=" + start + "&historyTypes=labelAdded"), "/history"), 0U);
    EXPECT_EQ(get("/history?startHistoryId=1").status(), 404);
    EXPECT_EQ(get("/history").status(), 400);
    ask.system_now += 1h;
    EXPECT_EQ(size(get("/history?startHistoryId=" + start), "/history"), 12U)
        << "then no more come";
    ask.system_now += 24h * 8;
    EXPECT_EQ(get("/history?startHistoryId=" + start).status(), 404) << "older than a week";
}

TEST_F(GoogleTest, a_mail_that_was_sent_is_found_by_its_message_id) {
    const std::string raw =
        "To: a@example.com\r\nSubject: x\r\n y\r\nMessage-ID: <1@me>\r\n\r\nbody";
    const auto sent = call("POST", "/messages/send", "{\"raw\":\"" + base64url_encode(raw) + "\"}");
    ASSERT_EQ(sent.status(), 200) << sent.body();
    const auto found = get("/messages?q=rfc822msgid:1@me");
    EXPECT_EQ(text(found, "/messages/0/id"), text(sent, "/id"));
    const auto mail = get("/messages/" + text(sent, "/id"));
    EXPECT_EQ(text(mail, "/payload/headers/1/value"), "x y") << "a folded line is one";
    EXPECT_EQ(base64url_decode(text(mail, "/payload/body/data")), "body");
    const auto whole =
        base64url_decode(text(get("/messages/" + text(sent, "/id") + "?format=raw"), "/raw"));
    EXPECT_TRUE(whole->ends_with("\r\n\r\nbody"));
    call("POST", "/messages/send", "{\"raw\":\"" + base64url_encode(raw) + "\"}");
    EXPECT_EQ(provider.numbers().at("mails doubled"), 1);
    EXPECT_EQ(call("POST", "/messages/send", R"({"raw":"eA"})").status(), 400);
}

TEST_F(GoogleTest, a_mail_may_be_uploaded_as_it_is_or_beside_its_json) {
    (void)get("/profile");
    const auto upload = [&](const std::string& type, const std::string& body) {
        return ask.send("POST", "/upload/gmail/v1/users/me/messages/send",
                        {{"authorization", "Bearer " + token_}, {"content-type", type}}, body);
    };
    EXPECT_EQ(upload("message/rfc822", "Subject: x\r\n\r\ny").status(), 200);
    EXPECT_EQ(upload("multipart/related; boundary=b",
                     "--b\r\ncontent-type: application/json\r\n\r\n{}\r\n--b\r\ncontent-type: "
                     "message/rfc822\r\n\r\nSubject: z\r\n\r\ny\r\n--b--")
                  .status(),
              200);
    EXPECT_EQ(provider.numbers().at("mails sent"), 2);
}

TEST_F(GoogleTest, labels_change_and_history_says_so) {
    const auto start = text(get("/profile"), "/historyId");
    const auto id = text(get("/messages?maxResults=1"), "/messages/0/id");
    const auto changed =
        call("POST", "/messages/" + id + "/modify", R"({"addLabelIds":["STARRED"]})");
    EXPECT_TRUE(changed.body().contains("STARRED"));
    EXPECT_EQ(text(get("/history?startHistoryId=" + start), "/history/0/labelsAdded/0/labelIds/0"),
              "STARRED");
    EXPECT_EQ(call("POST", "/messages/" + id + "/modify", R"({"addLabelIds":["No"]})").status(),
              400);
    EXPECT_EQ(get("/messages/deadbeef").status(), 404);
}

TEST_F(GoogleTest, quota_is_counted_in_units_and_told_as_a_403) {
    GoogleProvider small({.units_per_minute = 12});
    AskProvider narrow(small);
    const auto fresh =
        narrow.send("POST", "/token", {{"content-type", "application/x-www-form-urlencoded"}},
                    "grant_type=refresh_token&client_id=cid&client_secret=sec&"
                    "refresh_token=seed-refresh-token");
    const http::Headers headers = {{"authorization", "Bearer " + text(fresh, "/access_token")}};
    const auto list = [&] {
        return narrow.send("GET", "/gmail/v1/users/me/messages", headers, "");
    };
    EXPECT_EQ(list().status(), 200);
    EXPECT_EQ(list().status(), 200);
    const auto refused = list();
    EXPECT_EQ(refused.status(), 403);
    EXPECT_EQ(text(refused, "/error/errors/0/reason"), "rateLimitExceeded");
    EXPECT_FALSE(refused.headers().contains("retry-after"));
    EXPECT_EQ(text(small.refuse({.limit = "quota"}, {}), "/error/errors/0/reason"),
              "dailyLimitExceeded");
}

TEST_F(GoogleTest, what_was_never_fetched_is_missed) {
    (void)get("/profile");
    EXPECT_EQ(provider.numbers().at("mails missed"), 45);
    (void)get("/messages/" + text(get("/messages"), "/messages/0/id"));
    EXPECT_EQ(provider.numbers().at("mails missed"), 44);
    EXPECT_EQ(provider.numbers().at("mails fetched"), 1);
}

}  // namespace
}  // namespace apilab::sandbox::google
