#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "apilab/sandbox/internal/ask_oauth.hpp"

namespace apilab::sandbox::oauth {
namespace {

using namespace std::chrono_literals;

class GrantsTest : public ::testing::Test, public AskOAuth {
protected:
    struct Pair {
        std::string device;
        std::string user;
    };
    Pair start(const std::string& client = "pub") {
        const auto reply = ask.send("POST", "/device_authorization",
                                    {{"content-type", "application/x-www-form-urlencoded"}},
                                    "client_id=" + client + "&scope=openid");
        EXPECT_EQ(reply.status(), 200) << reply.body();
        return {text(reply, "device_code"), text(reply, "user_code")};
    }
    std::string poll(const std::string& device, const std::string& client = "pub") {
        last = token(
            "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code"
            "&device_code=" +
                device + "&client_id=" + client,
            "");
        return error(last);
    }
    std::string bearer(const std::string& assertion, const std::string& more = "") {
        return error(
            token("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer"
                  "&assertion=" +
                      assertion + more,
                  ""));
    }
    std::string exchange(const std::string& subject, const std::string& more = "") {
        last = token(
            "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange"
            "&subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Aaccess_token"
            "&subject_token=" +
                subject + more,
            "other:sec2");
        return error(last);
    }
    http::Response last;
};

TEST_F(GrantsTest, a_device_waits_until_the_user_consents) {
    const auto pair = start();
    EXPECT_THAT(pair.user, ::testing::MatchesRegex("[B-T]{4}-[B-T]{4}"));
    EXPECT_EQ(poll(pair.device), "400 authorization_pending");
    EXPECT_EQ(ask.facts.at("device"), "1");
    ask.now += 20s;
    EXPECT_EQ(poll(pair.device), "200 ") << "the seed's user takes 6 to 20 s";
    EXPECT_NE(text(last, "refresh_token"), "");
    EXPECT_NE(text(last, "id_token"), "");
    ask.now += 5s;
    EXPECT_EQ(poll(pair.device), "400 invalid_grant") << "once";
    EXPECT_EQ(poll("nonsense"), "400 invalid_grant");
}

TEST_F(GrantsTest, who_polls_too_fast_is_told_and_has_to_wait_longer_from_then_on) {
    const auto pair = start();
    (void)poll(pair.device);
    ask.now += 4s;
    EXPECT_EQ(poll(pair.device), "400 slow_down");
    ask.now += 5s;
    EXPECT_EQ(poll(pair.device), "400 slow_down") << "now it is 10 s";
    ask.now += 15s;
    EXPECT_EQ(poll(pair.device), "200 ");
    EXPECT_EQ(text(last, "token_type"), "Bearer");
}

TEST_F(GrantsTest, a_device_code_expires_and_may_be_denied) {
    const auto pair = start();
    ask.auth = "revoke";
    EXPECT_EQ(poll(pair.device), "400 access_denied");
    const auto second = start();
    ask.auth = "expire";
    EXPECT_EQ(poll(second.device), "400 expired_token");
    ask.auth = "";
    const auto third = start();
    ask.now += 10min;
    EXPECT_EQ(poll(third.device), "400 expired_token");
    EXPECT_EQ(poll(start().device, "cid"), "401 invalid_client");
}

TEST_F(GrantsTest, a_person_may_decide_at_the_page) {
    AskOAuth waiting({.auto_consent = false});
    const auto given =
        waiting.ask.send("POST", "/device_authorization",
                         {{"content-type", "application/x-www-form-urlencoded"}}, "client_id=pub");
    const auto device = waiting.text(given, "device_code");
    const auto user = waiting.text(given, "user_code");
    const auto ask_once = [&] {
        waiting.ask.now += 1min;
        return waiting.error(waiting.token(
            "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&client_id=pub"
            "&device_code=" +
                device,
            ""));
    };
    EXPECT_EQ(ask_once(), "400 authorization_pending");
    const auto decide = [&](const std::string& code) {
        return waiting.ask
            .send("POST", "/device", {{"content-type", "application/x-www-form-urlencoded"}},
                  "decision=allow&user_code=" + code)
            .status();
    };
    EXPECT_EQ(decide("AAAA-AAAA"), 400);
    EXPECT_EQ(decide(user), 200);
    EXPECT_EQ(ask_once(), "200 ");
    EXPECT_EQ(waiting.ask.get("/device?user_code=" + user).status(), 200);
}

TEST_F(GrantsTest, an_assertion_of_a_client_with_a_key_is_a_grant) {
    EXPECT_EQ(bearer(signed_by("oauth-client-es256", claims("ec", "1"))), "200 ");
    EXPECT_EQ(bearer(signed_by("oauth-client-es256", claims("ec", "1"))), "400 invalid_grant")
        << "jti";
    EXPECT_EQ(bearer(signed_by("oauth-client-es256", claims("rsa", "2"))), "400 invalid_grant");
    EXPECT_EQ(bearer(signed_by("oauth-client-es256", claims("cid", "3"))), "400 invalid_grant");
    EXPECT_EQ(bearer("x.y.z"), "400 invalid_grant");
    EXPECT_EQ(bearer(""), "400 invalid_request");
    EXPECT_EQ(bearer(signed_by("oauth-client-es256", claims("ec", "4")), "&scope=admin"),
              "400 invalid_scope");
}

TEST_F(GrantsTest, a_token_is_exchanged_for_one_that_reaches_less_far) {
    const auto access = text(redeem(code()), "access_token");
    EXPECT_EQ(exchange(access, "&scope=documents.read&audience=documents"), "200 ");
    EXPECT_EQ(text(last, "issued_token_type"), "urn:ietf:params:oauth:token-type:access_token");
    EXPECT_EQ(text(last, "scope"), "documents.read");
    const auto narrow = text(last, "access_token");
    EXPECT_EQ(document(narrow), 200);
    EXPECT_EQ(exchange(narrow, "&scope=openid"), "400 invalid_scope");
    EXPECT_EQ(exchange(access, "&resource=https%3A%2F%2Fother.test"), "400 invalid_target");
    EXPECT_EQ(exchange("nonsense"), "400 invalid_request");
    EXPECT_EQ(exchange(access, "&requested_token_type=x"), "400 invalid_request");
    ask.now += 1h;
    EXPECT_EQ(exchange(access), "400 invalid_request") << "it has expired";
}

TEST_F(GrantsTest, a_grace_period_forgives_who_lost_an_answer) {
    AskOAuth kind({.refresh = {.revoke_family = true, .grace = 30s}});
    const std::string first = "grant_type=refresh_token&refresh_token=seed-refresh-token";
    EXPECT_EQ(kind.token(first).status(), 200);
    kind.ask.now += 30s - 1ns;
    const auto again = kind.token(first);
    EXPECT_EQ(again.status(), 200);
    EXPECT_EQ(kind.ask.facts.at("replay_of"), "1");
    kind.ask.now += 1ns;
    EXPECT_EQ(kind.error(kind.token(first)), "400 invalid_grant");
    EXPECT_EQ(kind.document(kind.text(again, "access_token")), 401) << "and the family is over";
}

TEST_F(GrantsTest, what_a_token_request_is_about_is_noted_even_where_a_fault_answers) {
    const auto request =
        http::Request::post(*http::Url::parse(ask.base_url + "/token"),
                            "grant_type=refresh_token&refresh_token=seed-refresh-token",
                            "application/x-www-form-urlencoded");
    const Route route{.method = "POST", .path_template = "/token", .operation = "token"};
    std::map<std::string, std::string> facts;
    provider.describe({.request = &request, .route = &route, .facts = &facts});
    EXPECT_EQ(facts.at("grant"), "refresh_token");
    EXPECT_EQ(facts.at("credential"), "consent 1");
}

}  // namespace
}  // namespace apilab::sandbox::oauth
