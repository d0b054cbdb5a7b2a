#include "apilab/auth/grants.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "apilab/auth/internal/test_forms.hpp"
#include "apilab/auth/internal/test_keys.hpp"
#include "apilab/auth/jws.hpp"
#include "apilab/http/date.hpp"

namespace apilab::auth {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

const SystemTime now{1'700'000'000s};
const http::Url token_url = *http::Url::parse("https://id.test/token");
constexpr std::string_view bearer_json =
    R"({"access_token":"a1","token_type":"Bearer","expires_in":3599})";

TokenEndpoint endpoint() {
    return {.url = token_url,
            .client = {.method = ClientAuthentication::Method::post,
                       .client_id = "app",
                       .client_secret = Secret("s3")},
            .more = {}};
}

http::Response answer(int status, std::string body, SystemTime date = now) {
    auto response = http::Response::json(status, std::move(body));
    response.header("date", http::format_http_date(date));
    return response;
}

TEST(ClientCredentialsGrant, asks_for_itself_with_the_scope_and_what_the_server_adds) {
    auto options = ClientCredentialsOptions{.endpoint = endpoint(), .scope = "a b"};
    options.endpoint.more = {
        {"audience", "https://api.test"}, {"resource", "x"}, {"resource", "y"}};
    const ClientCredentialsGrant grant(options);
    const auto request = grant.request({}, now);
    ASSERT_TRUE(request);
    EXPECT_EQ(request->body(),
              "grant_type=client_credentials&scope=a%20b&audience=https%3A%2F%2Fapi.test&resource=x"
              "&resource=y&client_id=app&client_secret=s3");
    EXPECT_EQ(request->url(), token_url);
    EXPECT_FALSE(grant.spends());
    EXPECT_EQ(grant.read(answer(200, std::string(bearer_json)), now)->access_token.reveal(), "a1");
}

TEST(ClientCredentialsGrant, an_empty_scope_is_left_out) {
    const ClientCredentialsGrant grant({.endpoint = endpoint(), .scope = {}});
    EXPECT_EQ(test::field_names(*grant.request({}, now)), "grant_type client_id client_secret");
}

TEST(ClientCredentialsGrant, no_field_stands_in_the_form_twice) {
    for (const auto* name :
         {"grant_type", "scope", "client_id", "client_secret", "client_assertion", "audience"}) {
        auto options = ClientCredentialsOptions{.endpoint = endpoint(), .scope = {}};
        options.endpoint.more = {{"audience", "x"}, {name, "x"}};
        const auto request = ClientCredentialsGrant(options).request({}, now);
        ASSERT_FALSE(request) << name;
        EXPECT_THAT(request.error().message(), HasSubstr(name));
    }
}

TEST(RefreshTokenGrant, sends_the_refresh_token_at_hand_and_not_the_access_token) {
    const RefreshTokenGrant grant({.endpoint = endpoint(), .scope = "a"});
    const auto request =
        grant.request({.access_token = Secret("old"), .refresh_token = Secret("r+1")}, now);
    ASSERT_TRUE(request);
    EXPECT_EQ(request->body(),
              "grant_type=refresh_token&refresh_token=r%2B1&scope=a&client_id=app&client_secret="
              "s3");
}

TEST(RefreshTokenGrant, without_one_nothing_can_be_asked) {
    const auto request = RefreshTokenGrant({.endpoint = endpoint()}).request({}, now);
    ASSERT_FALSE(request);
    EXPECT_EQ(request.error().kind(), ErrorKind::auth);
    EXPECT_EQ(request.error().ending(), Ending::permanent);
}

TEST(RefreshTokenGrant, spends_its_token_unless_the_server_is_known_not_to_rotate) {
    EXPECT_TRUE(RefreshTokenGrant({.endpoint = endpoint()}).spends());
    EXPECT_FALSE(RefreshTokenGrant({.endpoint = endpoint(), .rotates = false}).spends());
}

JwtBearerOptions bearer_options() {
    return {.token_url = token_url, .key = test::rsa_key("k1"), .issuer = "robot@test"};
}

TEST(JwtBearerGrant, signs_who_it_is_for_an_hour_and_sends_no_client) {
    auto options = bearer_options();
    options.subject = "ada@test";
    options.scope = "mail drive";
    const JwtBearerGrant grant(options);
    const auto request = grant.request({}, now);
    ASSERT_TRUE(request) << request.error().to_string();
    EXPECT_EQ(test::field_names(*request), "grant_type assertion");
    EXPECT_EQ(test::field_of(*request, "grant_type"),
              "urn:ietf:params:oauth:grant-type:jwt-bearer");
    EXPECT_FALSE(request->headers().contains("authorization"));
    const auto jws =
        verify_jws(test::field_of(*request, "assertion"), test::rsa_key().verification());
    ASSERT_TRUE(jws);
    EXPECT_EQ(jws->header, R"({"alg":"RS256","kid":"k1","typ":"JWT"})");
    EXPECT_EQ(jws->payload, R"({"iss":"robot@test","sub":"ada@test","aud":"https://id.test/token",)"
                            R"("iat":1700000000,"exp":1700003600,"scope":"mail drive"})");
    EXPECT_FALSE(grant.spends());
}

TEST(JwtBearerGrant, an_hour_is_the_longest_and_other_options_are_checked) {
    const auto refused = [](const JwtBearerOptions& options) {
        const auto request = JwtBearerGrant(options).request({}, now);
        return request ? "accepted" : request.error().message();
    };
    auto options = bearer_options();
    EXPECT_EQ(refused(options), "accepted");
    options.lifetime = 1h + 1s;
    EXPECT_THAT(refused(options), HasSubstr("lifetime"));
    options.lifetime = 59s;
    EXPECT_THAT(refused(options), HasSubstr("lifetime"));
    options = bearer_options();
    options.issuer = "";
    EXPECT_THAT(refused(options), HasSubstr("issuer"));
    options = bearer_options();
    options.key = test::hmac_key();
    EXPECT_THAT(refused(options), HasSubstr("HS256"));
}

TEST(JwtBearerGrant, audience_client_and_names_are_as_configured) {
    SeededRng rng(1);
    auto options = bearer_options();
    options.audience = "https://issuer.test";
    options.key = test::ec_key();
    options.rng = rng;
    options.client = endpoint().client;
    options.more = {{"scope", "mail"}};
    const JwtBearerGrant grant(options);
    const auto request = *grant.request({}, now);
    EXPECT_EQ(test::field_names(request), "grant_type assertion scope client_id client_secret");
    const auto claims = test::claims_of(test::field_of(request, "assertion"));
    EXPECT_EQ(claims.root()["aud"].string_or(""), "https://issuer.test");
    EXPECT_EQ(claims.root()["jti"].string_or("").size(), 36U);
    const auto again = test::claims_of(test::field_of(*grant.request({}, now), "assertion"));
    EXPECT_NE(claims.root()["jti"].string_or(""), again.root()["jti"].string_or(""));
}

TEST(JwtBearerGrant, a_refusal_is_about_the_assertion_and_names_a_clock_that_is_wrong) {
    const JwtBearerGrant grant(bearer_options());
    const std::string body = R"({"error":"invalid_grant","error_description":"Invalid JWT"})";
    const auto refused = grant.read(answer(400, body), now).error();
    EXPECT_EQ(refused.provider_code(), "invalid_grant");
    EXPECT_EQ(refused.ending(), Ending::permanent);
    EXPECT_THAT(refused.remedy(), HasSubstr("assertion"));
    EXPECT_THAT(refused.remedy(), Not(HasSubstr("consent")));

    const auto ahead = grant.read(answer(400, body, now - 312s), now).error();
    EXPECT_THAT(ahead.remedy(), HasSubstr("our clock is 312 s ahead of the server's"));
    EXPECT_EQ(ahead.ending(), Ending::none) << "goes on once the clock is set";
    const auto behind = grant.read(answer(400, body, now + 31s), now).error();
    EXPECT_THAT(behind.remedy(), HasSubstr("our clock is 31 s behind the server's"));
    EXPECT_EQ(grant.read(answer(400, body, now + 30s), now).error().ending(), Ending::permanent);

    EXPECT_EQ(grant.read(answer(200, std::string(bearer_json)), now)->lifetime, 3599s);
    EXPECT_EQ(grant.read(fail(ErrorKind::timeout, "late"), now).error().kind(), ErrorKind::timeout);
}

TokenExchangeOptions exchange_options() {
    return {.endpoint = endpoint(),
            .subject_token = [] { return Secret("outer"); },
            .actor_token = {},
            .actor_token_type = {},
            .requested_token_type = {},
            .audience = "db",
            .scope = "read"};
}

TEST(TokenExchangeGrant, sends_the_token_with_its_kind_and_what_is_wanted) {
    auto options = exchange_options();
    EXPECT_EQ(test::field_names(*TokenExchangeGrant(options).request({}, now)),
              "grant_type subject_token subject_token_type audience scope client_id client_secret");
    options.subject_token_type = std::string(id_token_type);
    options.actor_token = [] { return Secret("actor"); };
    options.actor_token_type = std::string(jwt_token_type);
    options.requested_token_type = std::string(access_token_type);
    const auto request = *TokenExchangeGrant(options).request({}, now);
    EXPECT_EQ(test::field_of(request, "grant_type"),
              "urn:ietf:params:oauth:grant-type:token-exchange");
    EXPECT_EQ(test::field_of(request, "subject_token"), "outer");
    EXPECT_EQ(test::field_of(request, "subject_token_type"), id_token_type);
    EXPECT_EQ(test::field_of(request, "actor_token"), "actor");
    EXPECT_EQ(test::field_of(request, "actor_token_type"), jwt_token_type);
    EXPECT_EQ(test::field_of(request, "requested_token_type"), access_token_type);
}

TEST(TokenExchangeGrant, the_subject_token_is_asked_for_each_time) {
    auto count = std::make_shared<int>(0);
    auto options = exchange_options();
    options.subject_token = [count]() -> Result<Secret> {
        return ++*count < 3 ? Result<Secret>(Secret("s" + std::to_string(*count)))
                            : fail(ErrorKind::io, "the file is gone");
    };
    const TokenExchangeGrant grant(options);
    EXPECT_EQ(test::field_of(*grant.request({}, now), "subject_token"), "s1");
    EXPECT_EQ(test::field_of(*grant.request({}, now), "subject_token"), "s2");
    EXPECT_EQ(grant.request({}, now).error().kind(), ErrorKind::io);
}

TEST(TokenExchangeGrant, halves_are_refused) {
    auto options = exchange_options();
    options.subject_token = [] { return Secret(); };
    EXPECT_FALSE(TokenExchangeGrant(options).request({}, now));
    options.subject_token = nullptr;
    EXPECT_FALSE(TokenExchangeGrant(options).request({}, now));
    options = exchange_options();
    options.actor_token = [] { return Secret("actor"); };
    EXPECT_FALSE(TokenExchangeGrant(options).request({}, now));
    options = exchange_options();
    options.actor_token_type = std::string(jwt_token_type);
    EXPECT_FALSE(TokenExchangeGrant(options).request({}, now));
}

TEST(TokenExchangeGrant, the_answer_says_what_kind_of_token_it_brings) {
    auto options = exchange_options();
    options.requested_token_type = std::string(access_token_type);
    const TokenExchangeGrant grant(options);
    const auto read = [&](std::string_view kind, std::string_view type = "Bearer") {
        return grant.read(answer(200, R"({"access_token":"a1","token_type":")" + std::string(type) +
                                          R"(","issued_token_type":")" + std::string(kind) + "\"}"),
                          now);
    };
    EXPECT_EQ(read(access_token_type)->access_token.reveal(), "a1");
    EXPECT_EQ(read(id_token_type).error().detail(), "/issued_token_type");
    EXPECT_EQ(read("").error().detail(), "/issued_token_type");
    EXPECT_EQ(read(access_token_type, "N_A").error().detail(), "/token_type");
    EXPECT_EQ(grant.read(answer(400, R"({"error":"invalid_target"})"), now).error().provider_code(),
              "invalid_target");
}

}  // namespace
}  // namespace apilab::auth
