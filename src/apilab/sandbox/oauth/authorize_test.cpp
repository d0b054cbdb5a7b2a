#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "apilab/http/query.hpp"
#include "apilab/sandbox/internal/ask_oauth.hpp"

namespace apilab::sandbox::oauth {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

class AuthorizeTest : public ::testing::Test, public AskOAuth {};

TEST_F(AuthorizeTest, the_user_is_sent_back_with_code_state_and_issuer) {
    const auto reply = authorize(with_pkce(request().add("state", "a b&c")));
    EXPECT_EQ(reply.status(), 302);
    EXPECT_EQ(back(reply, "base"), callback);
    EXPECT_THAT(back(reply, "code"), HasSubstr("code_"));
    EXPECT_EQ(back(reply, "state"), "a b&c");
    EXPECT_EQ(back(reply, "iss"), ask.base_url);
    EXPECT_EQ(ask.facts.at("pkce"), "S256");
    EXPECT_EQ(ask.facts.at("authorization"), "1");
    EXPECT_FALSE(std::string(authorize(with_pkce(request())).headers().value("location"))
                     .contains("state="));
}

TEST_F(AuthorizeTest, a_client_or_redirect_uri_that_is_not_known_gets_a_page_and_no_redirect) {
    for (const auto* query :
         {"response_type=code",
          "response_type=code&client_id=nobody&redirect_uri=http://127.0.0.1:9/cb",
          "response_type=code&client_id=cid",
          "response_type=code&client_id=cid&redirect_uri=http://evil.test/cb",
          "response_type=code&client_id=cid&client_id=cid&redirect_uri=http://127.0.0.1:9/cb",
          "response_type=code&client_id=cid&redirect_uri=http://127.0.0.1:9/cb/more",
          "response_type=code&client_id=cid&redirect_uri=http://127.0.0.1:9@evil.test/cb",
          "response_type=code&client_id=cid&redirect_uri=http://127.0.0.1.evil.test/cb",
          "response_type=code&client_id=cid&redirect_uri=http://localhost:9/cb",
          "response_type=code&client_id=cid&redirect_uri=https://127.0.0.1:9/cb"}) {
        const auto reply = ask.get(std::string("/authorize?") + query);
        EXPECT_EQ(reply.status(), 400) << query;
        EXPECT_FALSE(reply.headers().contains("location")) << query;
    }
}

TEST_F(AuthorizeTest, a_loopback_redirect_may_have_any_port) {
    for (const auto* uri : {"http://127.0.0.1:49152/cb", "http://127.0.0.1/cb",
                            "http://127.0.0.1:1/callback", "http://[::1]:8080/callback"}) {
        http::Query query;
        query.add("response_type", "code").add("client_id", "cid").add("redirect_uri", uri);
        EXPECT_EQ(back(authorize(query), "base"), uri);
    }
}

TEST_F(AuthorizeTest, other_mistakes_go_back_to_the_client_with_its_state) {
    const auto refused = [&](std::string_view name, std::string_view value,
                             const char* type = "code", std::string_view client = "cid") {
        http::Query query;
        query.add("response_type", type).add("client_id", client).add("redirect_uri", callback);
        const auto reply = authorize(query.add("state", "s").add(name, value));
        EXPECT_EQ(back(reply, "state"), "s");
        EXPECT_EQ(back(reply, "iss"), ask.base_url);
        EXPECT_EQ(back(reply, "code"), "");
        return back(reply, "error");
    };
    EXPECT_EQ(refused("x", "y", "token"), "unsupported_response_type");
    EXPECT_EQ(refused("x", "y", ""), "invalid_request");
    EXPECT_EQ(refused("scope", "openid admin"), "invalid_scope");
    EXPECT_EQ(refused("code_challenge", "short"), "invalid_request");
    EXPECT_EQ(refused("code_challenge_method", "S256"), "invalid_request");
    EXPECT_EQ(refused("response_mode", "fragment"), "invalid_request");
    EXPECT_EQ(refused("request", "x"), "request_not_supported");
    EXPECT_EQ(refused("prompt", "none login"), "invalid_request");
    EXPECT_EQ(refused("x", "y", "code", "pub"), "invalid_request") << "public: PKCE is a must";
    ask.auth = "revoke";
    EXPECT_EQ(refused("x", "y"), "access_denied");
}

TEST_F(AuthorizeTest, pkce_may_be_asked_of_everyone) {
    const AskOAuth strict({.pkce_for_all = true});
    EXPECT_EQ(back(strict.authorize(request()), "error"), "invalid_request");
    EXPECT_NE(strict.code(), "");
}

TEST_F(AuthorizeTest, without_automatic_consent_a_page_asks) {
    const AskOAuth asking({.auto_consent = false});
    const auto query = request().add("state", "\"<s>");
    const auto shown = asking.authorize(query);
    EXPECT_EQ(shown.status(), 200);
    EXPECT_THAT(shown.body(), HasSubstr("&quot;&lt;s&gt;"));
    EXPECT_THAT(shown.body(), Not(HasSubstr("<s>")));
    EXPECT_EQ(back(asking.authorize(request().add("prompt", "none")), "error"), "consent_required");
    const auto decide = [&](const std::string& decision) {
        return asking.ask.send("POST", "/authorize",
                               {{"content-type", "application/x-www-form-urlencoded"}},
                               query.to_string() + "&decision=" + decision);
    };
    EXPECT_EQ(back(decide("deny"), "error"), "access_denied");
    EXPECT_NE(back(decide("allow"), "code"), "");
}

TEST_F(AuthorizeTest, faults_answer_what_a_client_has_to_refuse) {
    ask.auth = "wrong_state";
    EXPECT_NE(back(authorize(request().add("state", "s")), "state"), "s");
    EXPECT_EQ(ask.facts.at("tampered"), "state");
    ask.auth = "wrong_issuer";
    const auto reply = authorize(request().add("state", "s"));
    EXPECT_EQ(back(reply, "state"), "s");
    EXPECT_NE(back(reply, "iss"), ask.base_url);
    EXPECT_EQ(ask.facts.at("tampered"), "iss");
}

TEST_F(AuthorizeTest, a_code_is_good_for_tokens_once_and_a_second_time_revokes_them) {
    const auto value = code();
    const auto reply = redeem(value);
    ASSERT_EQ(reply.status(), 200) << reply.body();
    EXPECT_EQ(ask.facts.at("code"), "1");
    const auto access = text(reply, "access_token");
    const auto refresh = text(reply, "refresh_token");
    EXPECT_EQ(document(access), 200);
    EXPECT_EQ(error(redeem(value)), "400 invalid_grant");
    EXPECT_EQ(document(access), 401);
    EXPECT_EQ(error(token("grant_type=refresh_token&refresh_token=" + refresh)),
              "400 invalid_grant");
}

TEST_F(AuthorizeTest, a_code_is_bound_to_time_client_redirect_uri_and_verifier) {
    const auto value = code();
    EXPECT_EQ(error(redeem(value, "", "other:sec2")), "400 invalid_grant");
    const auto with = [&](const std::string& uri, const std::string& proof) {
        http::Query query;
        query.add("grant_type", "authorization_code").add("code", value);
        if (!uri.empty()) {
            query.add("redirect_uri", uri);
        }
        if (!proof.empty()) {
            query.add("code_verifier", proof);
        }
        return error(token(query.to_string()));
    };
    const std::string good(verifier);
    const std::string uri(callback);
    EXPECT_EQ(with("http://127.0.0.1:10/cb", good), "400 invalid_grant");
    EXPECT_EQ(with("", good), "400 invalid_grant");
    EXPECT_EQ(with(uri, ""), "400 invalid_grant");
    EXPECT_EQ(with(uri, std::string(43, 'a')), "400 invalid_grant");
    EXPECT_EQ(with(uri, "short"), "400 invalid_grant");
    ask.now += 60s - 1ns;
    EXPECT_EQ(redeem(value).status(), 200);
    const auto late = code();
    ask.now += 60s;
    EXPECT_EQ(error(redeem(late)), "400 invalid_grant");
    ask.auth = "expire";
    EXPECT_EQ(error(redeem(code())), "400 invalid_grant");
}

TEST_F(AuthorizeTest, a_verifier_for_a_request_without_challenge_is_a_downgrade) {
    const auto bare = back(authorize(request()), "code");
    EXPECT_EQ(error(redeem(bare)), "400 invalid_grant");
    http::Query query;
    query.add("grant_type", "authorization_code").add("code", bare).add("redirect_uri", callback);
    EXPECT_EQ(token(query.to_string()).status(), 200);
}

TEST_F(AuthorizeTest, a_challenge_without_method_is_plain) {
    const auto plain = back(authorize(request().add("code_challenge", verifier)), "code");
    EXPECT_EQ(ask.facts.at("pkce"), "plain");
    EXPECT_EQ(redeem(plain).status(), 200);
}

TEST_F(AuthorizeTest, an_id_token_says_who_it_is_for_and_is_signed_by_a_key_of_the_set) {
    const auto value = back(
        authorize(with_pkce(request().add("scope", "openid email").add("nonce", "n-1"))), "code");
    const auto reply = redeem(value);
    const auto id = sandbox::internal::read_jwt(text(reply, "id_token")).value();
    const auto claims = id.claims.root();
    EXPECT_EQ(claims["iss"].string(), ask.base_url);
    EXPECT_EQ(claims["aud"].string(), "cid");
    EXPECT_EQ(claims["sub"].string(), "octo");
    EXPECT_EQ(claims["nonce"].string(), "n-1");
    EXPECT_GT(claims["exp"].integer().value_or(0), claims["iat"].integer().value_or(0));
    const auto key = sandbox::internal::Key::from_pem(seed::key("oauth-id-token")).value();
    EXPECT_TRUE(key.verify(id));
    EXPECT_THAT(ask.get("/jwks").body(), HasSubstr(key.jwk(id.key_id)));
    EXPECT_EQ(text(redeem(back(authorize(with_pkce(request().add("scope", "email"))), "code")),
                   "id_token"),
              "")
        << "not without openid";
}

TEST_F(AuthorizeTest, discovery_lists_what_there_is) {
    const auto body = ask.get("/.well-known/openid-configuration").body();
    for (const auto* name :
         {"authorization_endpoint", "device_authorization_endpoint", "jwks_uri", "private_key_jwt",
          "token-exchange", "\"authorization_response_iss_parameter_supported\":true", "S256"}) {
        EXPECT_THAT(body, HasSubstr(name));
    }
    EXPECT_EQ(ask.get("/.well-known/oauth-authorization-server/oauth").body(), body);
}

}  // namespace
}  // namespace apilab::sandbox::oauth
