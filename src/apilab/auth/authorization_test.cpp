#include "apilab/auth/authorization.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "apilab/http/redact.hpp"

namespace apilab::auth {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

AuthorizationRequest good_request() {
    return {.endpoint = *http::Url::parse("https://id.test/authorize"),
            .client_id = "desk app",
            .redirect_uri = "http://127.0.0.1:4321/callback",
            .scope = "openid mail.read",
            .state = Secret("xyz"),
            .code_challenge = "E9Melhoa"};
}

void expect_unusable(const AuthorizationRequest& request, std::string_view parameter) {
    const auto url = request.url();
    ASSERT_FALSE(url) << parameter;
    EXPECT_EQ(url.error().kind(), ErrorKind::invalid_argument);
    EXPECT_EQ(url.error().detail(), parameter);
}

TEST(AuthorizationRequest, has_what_the_rfc_asks_for_and_nothing_that_is_empty) {
    const auto url = good_request().url();
    ASSERT_TRUE(url) << url.error().to_string();
    EXPECT_EQ(url->to_string(),
              "https://id.test/authorize?response_type=code&client_id=desk%20app"
              "&redirect_uri=http%3A%2F%2F127.0.0.1%3A4321%2Fcallback&scope=openid%20mail.read"
              "&state=xyz&code_challenge=E9Melhoa&code_challenge_method=S256");
}

TEST(AuthorizationRequest, what_else_the_server_wants_follows_in_order) {
    auto request = good_request();
    request.nonce = "n1";
    request.prompt = "consent";
    request.extra = {{"access_type", "offline"}, {"a&b", "c=d"}};
    EXPECT_THAT(request.url()->query(),
                EndsWith("&nonce=n1&prompt=consent&access_type=offline&a%26b=c%3Dd"));
}

TEST(AuthorizationRequest, the_query_and_the_path_of_the_endpoint_stay) {
    auto request = good_request();
    request.endpoint = *http::Url::parse("https://id.test/authorize/?tenant=a%20b");
    EXPECT_THAT(
        request.url()->to_string(),
        ::testing::StartsWith("https://id.test/authorize/?tenant=a%20b&response_type=code&"));
}

TEST(AuthorizationRequest, a_parameter_that_would_be_there_twice_is_refused) {
    auto request = good_request();
    request.extra = {{"scope", "more"}};
    expect_unusable(request, "scope");
    request = good_request();
    request.extra = {{"x", "1"}, {"x", "2"}};
    expect_unusable(request, "x");
    request = good_request();
    request.endpoint = *http::Url::parse("https://id.test/authorize?client%5fid=other");
    expect_unusable(request, "client_id");
}

TEST(AuthorizationRequest, several_resources_may_be_asked_for) {
    auto request = good_request();
    request.extra = {{"resource", "https://a.test"}, {"resource", "https://b.test"}};
    EXPECT_TRUE(request.url());
}

TEST(AuthorizationRequest, without_one_of_these_there_is_none) {
    auto request = good_request();
    request.client_id.clear();
    expect_unusable(request, "client_id");
    request = good_request();
    request.redirect_uri.clear();
    expect_unusable(request, "redirect_uri");
    request.redirect_uri = "http://127.0.0.1/#part";
    expect_unusable(request, "redirect_uri");
    request = good_request();
    request.state = Secret();
    expect_unusable(request, "state");
    request = good_request();
    request.code_challenge.clear();
    expect_unusable(request, "code_challenge");
}

const ExpectedAnswer plain{.state = Secret("xyz"), .issuer = {}};
const ExpectedAnswer strict{
    .state = Secret("xyz"), .issuer = "https://id.test", .issuer_required = true};

void expect_refused(std::string_view query, const ExpectedAnswer& expected,
                    std::string_view detail) {
    const auto code = read_authorization_answer(query, expected);
    ASSERT_FALSE(code) << query;
    EXPECT_EQ(code.error().kind(), ErrorKind::auth) << query;
    EXPECT_EQ(code.error().ending(), Ending::permanent) << query;
    EXPECT_EQ(code.error().detail(), detail) << query;
    EXPECT_THAT(code.error().to_string(), Not(HasSubstr("c0de"))) << "the code is a secret";
}

TEST(AuthorizationAnswer, gives_the_code_decoded) {
    const auto code = read_authorization_answer("state=xyz&code=4%2F0A+b&scope=more", plain);
    ASSERT_TRUE(code) << code.error().to_string();
    EXPECT_EQ(code->reveal(), "4/0A b");
}

TEST(AuthorizationAnswer, belongs_to_the_request_by_its_exact_state) {
    for (const auto* query :
         {"code=c0de", "code=c0de&state=", "code=c0de&state=xy", "code=c0de&state=xyz0",
          "code=c0de&state=XYZ", "code=c0de&state=xyz&state=xyz", "code=c0de&State=xyz",
          "code=c0de&state=xyz%20", "", "&&&", "code=c0de&state%3Dxyz", "error=access_denied"}) {
        expect_refused(query, plain, "state");
    }
}

TEST(AuthorizationAnswer, an_empty_state_belongs_to_nothing) {
    expect_refused("code=c0de&state=", {.state = Secret(), .issuer = {}}, "state");
}

TEST(AuthorizationAnswer, a_parameter_that_is_there_twice_is_refused) {
    expect_refused("state=xyz&code=c0de&code=c0de", plain, "code");
    expect_refused("state=xyz&code=c0de&c%6Fde=other", plain, "code");
    expect_refused("state=xyz&code=c0de&iss=a&iss=a", plain, "iss");
    expect_refused("state=xyz&code=c0de&else=1&else=2", plain, "else");
}

TEST(AuthorizationAnswer, comes_from_the_server_that_was_asked) {
    EXPECT_TRUE(read_authorization_answer("state=xyz&code=c&iss=https%3A%2F%2Fid.test", strict));
    expect_refused("state=xyz&code=c0de&iss=https%3A%2F%2Fid.test%2F", strict, "iss");
    expect_refused("state=xyz&code=c0de&iss=https%3A%2F%2Fevil.test", strict, "iss");
    expect_refused("state=xyz&code=c0de&iss=", strict, "iss");
    expect_refused("state=xyz&code=c0de", strict, "iss");
}

TEST(AuthorizationAnswer, an_issuer_that_nobody_promised_must_still_be_the_right_one) {
    auto unpromised = strict;
    unpromised.issuer_required = false;
    EXPECT_TRUE(read_authorization_answer("state=xyz&code=c", unpromised));
    EXPECT_TRUE(
        read_authorization_answer("state=xyz&code=c&iss=https%3A%2F%2Fid.test", unpromised));
    expect_refused("state=xyz&code=c0de&iss=https%3A%2F%2Fevil.test", unpromised, "iss");
    EXPECT_TRUE(read_authorization_answer("state=xyz&code=c&iss=any", plain));
}

TEST(AuthorizationAnswer, an_error_of_another_server_says_nothing) {
    expect_refused("state=xyz&error=access_denied&iss=https%3A%2F%2Fevil.test", strict, "iss");
}

TEST(AuthorizationAnswer, a_refusal_has_the_servers_words) {
    const auto code = read_authorization_answer(
        "error=access_denied&error_description=Not+today&state=xyz", plain);
    ASSERT_FALSE(code);
    EXPECT_EQ(code.error().kind(), ErrorKind::auth);
    EXPECT_EQ(code.error().provider_code(), "access_denied");
    EXPECT_EQ(code.error().ending(), Ending::permanent);
    EXPECT_EQ(code.error().message(), "the authorization server said access_denied: Not today");
}

TEST(AuthorizationAnswer, a_server_that_is_down_may_do_better_later) {
    for (const auto* query : {"error=server_error&state=xyz",
                              "error=temporarily_unavailable&state=xyz&error_description="}) {
        EXPECT_EQ(read_authorization_answer(query, plain).error().ending(), Ending::none);
    }
}

TEST(AuthorizationAnswer, the_servers_words_are_bounded_and_cannot_move_a_terminal) {
    const std::string query = "state=xyz&error=" + std::string(200, 'e') +
                              "%1B&error_description=%1B%5B2J%0D%0A%C2%9B" + std::string(1000, 'd');
    const auto code = read_authorization_answer(query, plain);
    ASSERT_FALSE(code);
    EXPECT_EQ(code.error().provider_code().size(), 64U);
    EXPECT_LT(code.error().message().size(), 400U);
    EXPECT_THAT(code.error().message(), HasSubstr("?[2J????ddd"));
}

TEST(AuthorizationAnswer, an_error_without_a_word_is_none_the_less_an_error) {
    expect_refused("state=xyz&code=c0de&error=", plain, "error");
    EXPECT_EQ(
        read_authorization_answer("state=xyz&code=c0de&error=e", plain).error().provider_code(),
        "e");
}

TEST(AuthorizationAnswer, has_a_code) {
    expect_refused("state=xyz", plain, "code");
    expect_refused("state=xyz&code=", plain, "code");
    expect_refused("state=xyz&token=c0de", plain, "code");
}

TEST(AuthorizationAnswer, is_bounded) {
    const auto large = read_authorization_answer(
        "state=xyz&code=" + std::string(std::size_t{16} * 1024, 'c'), plain);
    ASSERT_FALSE(large);
    EXPECT_EQ(large.error().kind(), ErrorKind::too_large);
    EXPECT_EQ(large.error().detail(), "state");
    std::string many = "state=xyz&code=c";
    for (int i = 0; i < 99; ++i) {
        many += "&p" + std::to_string(i) + "=";
    }
    EXPECT_EQ(read_authorization_answer(many, plain).error().kind(), ErrorKind::too_large);
}

AuthorizationCodeGrant::Options good_code() {
    return {.token_url = *http::Url::parse("https://id.test/token"),
            .client = {.method = ClientAuthentication::Method::none, .client_id = "desk"},
            .code = Secret("c/1"),
            .redirect_uri = "http://127.0.0.1:4321/callback",
            .code_verifier = Secret("v-1")};
}

TEST(AuthorizationCodeGrant, redeems_the_code_with_the_verifier) {
    auto options = good_code();
    options.extra = {{"resource", "https://a.test"}};
    const AuthorizationCodeGrant grant(options);
    const auto request = grant.request({}, {});
    ASSERT_TRUE(request) << request.error().to_string();
    EXPECT_EQ(request->method(), "POST");
    EXPECT_EQ(request->url().to_string(), "https://id.test/token");
    EXPECT_EQ(request->body(),
              "grant_type=authorization_code&code=c%2F1"
              "&redirect_uri=http%3A%2F%2F127.0.0.1%3A4321%2Fcallback&code_verifier=v-1"
              "&resource=https%3A%2F%2Fa.test&client_id=desk");
    EXPECT_TRUE(grant.spends()) << "a code works once";
    EXPECT_EQ(grant.name(), "authorization_code");
}

TEST(AuthorizationCodeGrant, what_is_shown_of_it_has_neither_code_nor_verifier) {
    const auto shown =
        http::shown_form(AuthorizationCodeGrant(good_code()).request({}, {})->body());
    EXPECT_THAT(shown, HasSubstr("code=***"));
    EXPECT_THAT(shown, HasSubstr("code_verifier=***"));
}

TEST(AuthorizationCodeGrant, has_something_to_redeem) {
    auto options = good_code();
    options.code = Secret();
    EXPECT_EQ(AuthorizationCodeGrant(options).request({}, {}).error().detail(), "code");
    options = good_code();
    options.code_verifier = Secret();
    EXPECT_EQ(AuthorizationCodeGrant(options).request({}, {}).error().detail(), "code_verifier");
}

TEST(AuthorizationCodeGrant, a_refused_code_is_the_end_of_it) {
    const AuthorizationCodeGrant grant(good_code());
    const auto tokens = grant.read(http::Response::json(400, R"({"error":"invalid_grant"})"), {});
    ASSERT_FALSE(tokens);
    EXPECT_EQ(tokens.error().kind(), ErrorKind::auth);
    EXPECT_EQ(tokens.error().ending(), Ending::permanent);
    EXPECT_EQ(tokens.error().provider_code(), "invalid_grant");
    EXPECT_THAT(tokens.error().to_string(), HasSubstr("log in again"));
    const auto good =
        grant.read(http::Response::json(200, R"({"access_token":"a","token_type":"Bearer"})"), {});
    ASSERT_TRUE(good);
    EXPECT_EQ(good->access_token.reveal(), "a");
}

}  // namespace
}  // namespace apilab::auth
