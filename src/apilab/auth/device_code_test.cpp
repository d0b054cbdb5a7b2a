#include "apilab/auth/device_code.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace apilab::auth {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

const ClientAuthentication desk{.method = ClientAuthentication::Method::none, .client_id = "desk"};
const http::Url endpoint = *http::Url::parse("https://id.test/device");

constexpr std::string_view good =
    R"({"device_code":"d0","user_code":"WDJB-MJHT","verification_uri":"https://id.test/go",)"
    R"("verification_uri_complete":"https://id.test/go?c=WDJB-MJHT","expires_in":1800,"interval":7,"x":[1]})";

Result<DeviceCode> read(std::string body, int status = 200) {
    return read_device_answer(http::Response::json(status, std::move(body)));
}
std::string without(std::string_view member) {
    std::string body(good);
    body.replace(body.find(member), 3, "xxx");
    return body;
}
std::string with(std::string_view old, std::string_view fresh) {
    std::string body(good);
    const auto at = body.find(old);
    EXPECT_NE(at, std::string::npos) << old;
    return body.replace(at, old.size(), fresh);
}

TEST(DeviceRequest, says_who_asks_for_what) {
    const auto request = device_request(endpoint, desk, "repo user", {});
    ASSERT_TRUE(request);
    EXPECT_EQ(request->method(), "POST");
    EXPECT_EQ(request->body(), "scope=repo%20user&client_id=desk");
    EXPECT_EQ(request->headers().value("accept"), "application/json")
        << "GitHub answers a form else";
    EXPECT_EQ(device_request(endpoint, desk, "", {})->body(), "client_id=desk");
}

TEST(DeviceAnswer, is_read_as_the_rfc_has_it) {
    const auto code = read(std::string(good));
    ASSERT_TRUE(code) << code.error().to_string();
    EXPECT_EQ(code->device_code.reveal(), "d0");
    EXPECT_EQ(code->user_code, "WDJB-MJHT");
    EXPECT_EQ(code->verification_uri.to_string(), "https://id.test/go");
    ASSERT_TRUE(code->verification_uri_complete);
    EXPECT_EQ(code->verification_uri_complete->query(), "c=WDJB-MJHT");
    EXPECT_EQ(code->lifetime, Duration(1800s));
    EXPECT_EQ(code->interval, Duration(7s));
}

TEST(DeviceAnswer, googles_name_for_the_address_counts) {
    const auto code = read(with("verification_uri\"", "verification_url\""));
    ASSERT_TRUE(code) << code.error().to_string();
    EXPECT_EQ(code->verification_uri.to_string(), "https://id.test/go");
}

TEST(DeviceAnswer, what_is_missing_is_named) {
    for (const auto* member : {"device_code", "user_code", "verification_uri", "expires_in"}) {
        const auto code = read(without(member));
        ASSERT_FALSE(code) << member;
        EXPECT_EQ(code.error().kind(), ErrorKind::decode);
        EXPECT_EQ(code.error().detail(), "/" + std::string(member));
        EXPECT_THAT(code.error().to_string(), Not(HasSubstr("d0")))
            << "the device code is a secret";
    }
}

TEST(DeviceAnswer, the_interval_is_5_s_where_none_is_named_and_never_extreme) {
    EXPECT_EQ(read(without("interval"))->interval, Duration(5s));
    EXPECT_EQ(read(with("\"interval\":7", "\"interval\":\"9\""))->interval, Duration(9s));
    EXPECT_EQ(read(with("\"interval\":7", "\"interval\":0"))->interval, Duration(1s));
    EXPECT_EQ(read(with("\"interval\":7", "\"interval\":999999999"))->interval, Duration(5min));
    EXPECT_EQ(read(with("1800", "999999999999"))->lifetime, Duration(24h));
    EXPECT_EQ(read(with("1800", "0")).error().detail(), "/expires_in");
}

TEST(DeviceAnswer, nothing_that_could_move_a_terminal_is_shown) {
    EXPECT_EQ(read(with("WDJB-MJHT\",", "W\\u001b[2J\",")).error().detail(), "/user_code");
    EXPECT_EQ(read(with("WDJB-MJHT\",", "W\\nX\",")).error().detail(), "/user_code");
    EXPECT_EQ(read(with("WDJB-MJHT\",", std::string(65, 'W') + "\",")).error().detail(),
              "/user_code");
}

TEST(DeviceAnswer, people_are_sent_to_https_or_to_this_machine) {
    for (const auto* bad : {"http://id.test/go", "javascript:alert(1)", "https://a:b@id.test/go",
                            "http://127.0.0.1.evil.test/go", "/go"}) {
        EXPECT_EQ(read(with("https://id.test/go\"", std::string(bad) + "\"")).error().detail(),
                  "/verification_uri")
            << bad;
    }
    for (const auto* fine :
         {"http://127.0.0.1:3000/go", "http://[::1]/go", "http://localhost/go"}) {
        EXPECT_TRUE(read(with("https://id.test/go\"", std::string(fine) + "\""))) << fine;
    }
}

TEST(DeviceAnswer, a_complete_address_elsewhere_is_left_out) {
    const auto code = read(with("https://id.test/go?c", "https://evil.test/go?c"));
    ASSERT_TRUE(code);
    EXPECT_FALSE(code->verification_uri_complete);
}

TEST(DeviceAnswer, a_refusal_has_the_servers_word) {
    const auto refused = read(R"({"error":"unauthorized_client"})", 400);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind(), ErrorKind::auth);
    EXPECT_EQ(refused.error().provider_code(), "unauthorized_client");
    EXPECT_EQ(refused.error().ending(), Ending::permanent);
    EXPECT_EQ(read(R"({"error":"slow_down"})", 429).error().ending(), Ending::none);
    EXPECT_EQ(read("<html>", 500).error().kind(), ErrorKind::status);
    EXPECT_EQ(read("<html>").error().kind(), ErrorKind::decode);
    EXPECT_EQ(read(std::string(100'000, ' ') + "{}").error().kind(), ErrorKind::too_large);
}

TEST(DeviceCodeGrant, asks_with_the_device_code) {
    const DeviceCodeGrant grant(*http::Url::parse("https://id.test/token"), desk, Secret("d/0"));
    const auto request = grant.request({}, {});
    ASSERT_TRUE(request);
    EXPECT_EQ(request->body(),
              "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code"
              "&device_code=d%2F0&client_id=desk");
    EXPECT_FALSE(grant.spends()) << "the same request is made again and again";
    const DeviceCodeGrant empty(endpoint, desk, Secret());
    EXPECT_EQ(empty.request({}, {}).error().detail(), "device_code");
}

// Answers as providers word them.
Result<http::Response> said(std::string_view error, int status = 400) {
    return http::Response::json(status, R"({"error":")" + std::string(error) + "\"}");
}

class Polling : public ::testing::Test {
protected:
    SteadyTime start{1h};
    SteadyTime now = start;
    DevicePolling polling{5s, 900s, start};

    std::optional<Result<TokenSet>> take(const Result<http::Response>& answer) {
        now = polling.next().value_or(now);
        return polling.take(answer, now, SystemTime{});
    }
    // How long after this answer the next poll is due.
    Duration wait_after(const Result<http::Response>& answer) {
        EXPECT_FALSE(take(answer)) << "it went on";
        return polling.next().value_or(now) - now;
    }
};

TEST_F(Polling, the_first_poll_is_an_interval_after_the_code) {
    EXPECT_EQ(polling.next(), start + 5s);
}

TEST_F(Polling, pending_goes_on_whatever_the_status) {
    EXPECT_EQ(wait_after(said("authorization_pending")), Duration(5s));
    EXPECT_EQ(wait_after(said("authorization_pending", 200)), Duration(5s)) << "GitHub";
    EXPECT_EQ(wait_after(said("authorization_pending", 428)), Duration(5s)) << "Google";
    EXPECT_EQ(polling.interval(), Duration(5s));
}

TEST_F(Polling, slow_down_adds_5_s_for_good) {
    EXPECT_EQ(wait_after(said("slow_down")), Duration(10s));
    EXPECT_EQ(wait_after(said("authorization_pending")), Duration(10s)) << "for good";
    EXPECT_EQ(wait_after(said("slow_down", 403)), Duration(15s)) << "Google";
    EXPECT_EQ(wait_after(said("rate_limit_exceeded", 403)), Duration(20s)) << "Google";
    EXPECT_EQ(wait_after(said("authorization_pending")), Duration(20s));
}

TEST_F(Polling, slow_down_may_name_a_longer_interval) {
    EXPECT_EQ(wait_after(http::Response::json(200, R"({"error":"slow_down","interval":30})")),
              Duration(30s));
    EXPECT_EQ(wait_after(http::Response::json(200, R"({"error":"slow_down","interval":3})")),
              Duration(35s))
        << "a shorter one is no help";
}

TEST_F(Polling, no_answer_doubles_the_interval_up_to_a_minute) {
    const Result<http::Response> lost = fail(ErrorKind::timeout, "no first byte");
    EXPECT_EQ(wait_after(lost), Duration(10s));
    EXPECT_EQ(wait_after(said("authorization_pending")), Duration(10s));
    EXPECT_EQ(wait_after(fail(ErrorKind::connect, "refused")), Duration(20s));
    EXPECT_EQ(wait_after(fail(ErrorKind::deadline, "30 s are over")), Duration(40s));
    EXPECT_EQ(wait_after(lost), Duration(60s));
    EXPECT_EQ(wait_after(lost), Duration(60s));
}

TEST_F(Polling, an_interval_above_a_minute_is_never_cut) {
    polling = DevicePolling(90s, 900s, start);
    EXPECT_EQ(wait_after(fail(ErrorKind::timeout, "no first byte")), Duration(90s));
}

TEST_F(Polling, a_server_in_trouble_is_asked_less_often_and_not_before_it_says) {
    EXPECT_EQ(wait_after(http::Response(503)), Duration(10s));
    EXPECT_EQ(wait_after(http::Response(503, "", {{"retry-after", "45"}})), Duration(45s));
    EXPECT_EQ(wait_after(said("temporarily_unavailable", 400)), Duration(40s));
    EXPECT_EQ(wait_after(http::Response(429)), Duration(60s));
}

TEST_F(Polling, the_tokens_end_it) {
    const auto over =
        take(http::Response::json(200, R"({"access_token":"a","token_type":"bearer"})"));
    ASSERT_TRUE(over && *over);
    EXPECT_EQ((*over)->access_token.reveal(), "a");
}

TEST_F(Polling, a_refusal_ends_it_for_good) {
    for (const auto& [word, status] : {std::pair("access_denied", 400),
                                       {"access_denied", 403},
                                       {"expired_token", 200},
                                       {"invalid_grant", 400},
                                       {"invalid_client", 401}}) {
        const auto over = take(said(word, status));
        ASSERT_TRUE(over && !*over) << word;
        EXPECT_EQ(over->error().kind(), ErrorKind::auth);
        EXPECT_EQ(over->error().provider_code(), word);
        EXPECT_EQ(over->error().ending(), Ending::permanent) << word;
    }
}

TEST_F(Polling, what_would_only_repeat_itself_ends_it) {
    EXPECT_TRUE(take(fail(ErrorKind::tls, "bad certificate")));
    EXPECT_TRUE(take(fail(ErrorKind::cancelled, "cancelled")));
    EXPECT_TRUE(take(http::Response(404)));
    EXPECT_TRUE(take(http::Response(200, "<html>")));
}

TEST_F(Polling, nobody_asks_after_the_end_of_the_code) {
    polling = DevicePolling(5s, 12s, start);
    EXPECT_EQ(polling.end(), start + 12s);
    EXPECT_EQ(wait_after(said("authorization_pending")), Duration(5s));
    EXPECT_FALSE(take(said("authorization_pending")));
    EXPECT_EQ(polling.next(), std::nullopt);
    EXPECT_EQ(DevicePolling::expired().ending(), Ending::permanent);
    EXPECT_EQ(DevicePolling::expired().detail(), "expired_token");
}

}  // namespace
}  // namespace apilab::auth
