#include "apilab/auth/client_authentication.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apilab/auth/internal/test_forms.hpp"
#include "apilab/auth/internal/test_keys.hpp"
#include "apilab/auth/jws.hpp"
#include "apilab/http/query.hpp"

namespace apilab::auth {
namespace {

using namespace std::chrono_literals;
using Method = ClientAuthentication::Method;

const SystemTime now{1'700'000'000s};
const http::Url endpoint = *http::Url::parse("https://id.test/token");

http::Request sent(const ClientAuthentication& client) {
    http::Query form;
    form.add("grant_type", "client_credentials");
    auto request = form_request(endpoint, std::move(form), client, now);
    EXPECT_TRUE(request);
    return *std::move(request);
}

TEST(ClientAuthentication, basic_encodes_both_halves_first_and_leaves_the_form_alone) {
    const auto request =
        sent({.client_id = "s6BhdRkqt3", .client_secret = Secret("7Fjfp0ZBr1KtD")});
    EXPECT_EQ(request.headers().value("authorization"), "Basic czZCaGRSa3F0Mzo3RmpmcDBaQnIxS3RE");
    EXPECT_EQ(request.body(), "grant_type=client_credentials");
    EXPECT_EQ(request.method(), "POST");
    EXPECT_EQ(request.headers().value("content-type"), "application/x-www-form-urlencoded");
    EXPECT_EQ(request.headers().value("accept"), "application/json");
    const auto odd = sent({.client_id = "a:b c", .client_secret = Secret("p%+\xC3\xBC")});
    // a%3Ab%20c:p%25%2B%C3%BC
    EXPECT_EQ(odd.headers().value("authorization"), "Basic YSUzQWIlMjBjOnAlMjUlMkIlQzMlQkM=");
}

TEST(ClientAuthentication, post_puts_id_and_secret_into_the_form_and_sends_no_header) {
    const auto request =
        sent({.method = Method::post, .client_id = "a&b", .client_secret = Secret("s=")});
    EXPECT_EQ(request.body(), "grant_type=client_credentials&client_id=a%26b&client_secret=s%3D");
    EXPECT_FALSE(request.headers().contains("authorization"));
}

TEST(ClientAuthentication, a_public_client_sends_its_id_alone) {
    const auto request =
        sent({.method = Method::none, .client_id = "app", .client_secret = Secret("never mind")});
    EXPECT_EQ(request.body(), "grant_type=client_credentials&client_id=app");
    EXPECT_FALSE(request.headers().contains("authorization"));
    EXPECT_EQ(sent({.method = Method::none}).body(), "grant_type=client_credentials");
}

TEST(ClientAuthentication, an_assertion_says_who_for_whom_and_for_how_long) {
    SeededRng rng(1);
    const ClientAuthentication client{
        .client_id = "app",
        .client_secret = Secret("never mind"),
        .assertion = ClientAssertion{.key = test::ec_key("k1"), .rng = rng}};
    const auto request = sent(client);
    EXPECT_FALSE(request.headers().contains("authorization")) << "one way a request";
    EXPECT_EQ(test::field_names(request),
              "grant_type client_id client_assertion_type client_assertion");
    EXPECT_EQ(test::field_of(request, "client_assertion_type"),
              "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    const auto jwt = test::field_of(request, "client_assertion");
    const auto jws = verify_jws(jwt, test::ec_key().verification());
    ASSERT_TRUE(jws) << jws.error().to_string();
    EXPECT_EQ(jws->header, R"({"alg":"ES256","kid":"k1","typ":"JWT"})");
    const auto claims = test::claims_of(jwt);
    EXPECT_EQ(claims.root()["iss"].string_or(""), "app");
    EXPECT_EQ(claims.root()["sub"].string_or(""), "app");
    EXPECT_EQ(claims.root()["aud"].string_or(""), "https://id.test/token");
    EXPECT_EQ(claims.root()["iat"].integer(), 1'700'000'000);
    EXPECT_EQ(claims.root()["exp"].integer(), 1'700'000'060);
}

TEST(ClientAuthentication, no_two_assertions_have_one_name) {
    SeededRng rng(1);
    const ClientAuthentication client{
        .client_id = "app", .assertion = ClientAssertion{.key = test::rsa_key(), .rng = rng}};
    const auto first = test::claims_of(test::field_of(sent(client), "client_assertion"));
    const auto second = test::claims_of(test::field_of(sent(client), "client_assertion"));
    EXPECT_EQ(first.root()["jti"].string_or("").size(), 36U);
    EXPECT_NE(first.root()["jti"].string_or(""), second.root()["jti"].string_or(""));
}

TEST(ClientAuthentication, audience_and_lifetime_are_as_configured) {
    SeededRng rng(1);
    const auto request = sent(
        {.client_id = "app",
         .assertion = ClientAssertion{
             .key = test::ec_key(), .rng = rng, .audience = "https://id.test", .lifetime = 5min}});
    const auto claims = test::claims_of(test::field_of(request, "client_assertion"));
    EXPECT_EQ(claims.root()["aud"].string_or(""), "https://id.test");
    EXPECT_EQ(claims.root()["exp"].integer(), 1'700'000'300);
}

TEST(ClientAuthentication, an_assertion_that_cannot_be_made_is_an_error_and_no_request) {
    SeededRng rng(1);
    const auto refused = [](const ClientAuthentication& client) {
        const auto request = form_request(endpoint, {}, client, now);
        return request ? "accepted" : request.error().message();
    };
    const auto with = [&](const SigningKey& key, Duration lifetime) {
        return ClientAuthentication{
            .client_id = "app",
            .assertion = ClientAssertion{.key = key, .rng = rng, .lifetime = lifetime}};
    };
    using ::testing::HasSubstr;
    EXPECT_EQ(refused(with(test::ec_key(), 10s)), "accepted");
    EXPECT_EQ(refused(with(test::ec_key(), 10min)), "accepted");
    EXPECT_THAT(refused(with(test::ec_key(), 9s)), HasSubstr("lifetime"));
    EXPECT_THAT(refused(with(test::ec_key(), 601s)), HasSubstr("lifetime"));
    EXPECT_THAT(refused(with(test::hmac_key(), 60s)), HasSubstr("HS256"));
    auto nameless = with(test::ec_key(), 60s);
    nameless.client_id.clear();
    EXPECT_THAT(refused(nameless), HasSubstr("client_id"));
}

}  // namespace
}  // namespace apilab::auth
