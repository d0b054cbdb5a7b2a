#include "apilab/sandbox/oauth/provider.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "apilab/base/base64.hpp"
#include "apilab/sandbox/internal/ask_provider.hpp"

namespace apilab::sandbox::oauth {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

http::Headers basic(std::string_view pair) {
    return {{"authorization", "Basic " + base64_encode(pair)},
            {"content-type", "application/x-www-form-urlencoded"}};
}
const http::Headers form{{"content-type", "application/x-www-form-urlencoded; charset=utf-8"}};

class OAuth : public ::testing::Test {
protected:
    OAuthProvider provider;
    AskProvider ask{provider};
    http::JsonDocument keep = http::JsonDocument::parse("null").value();

    http::Response token(std::string body, const http::Headers& headers = basic("cid:sec")) {
        return ask.send("POST", "/token", headers, std::move(body));
    }
    std::string text(const http::Response& reply, std::string_view field) {
        return std::string(parsed(reply, keep)[field].string_or(""));
    }
    std::string error(const http::Response& reply) {
        return std::to_string(reply.status()) + " " + text(reply, "error");
    }
    http::Response with(std::string_view target, const std::string& access) {
        return ask.get(target, {{"authorization", "Bearer " + access}});
    }
};

TEST_F(OAuth, client_credentials_give_a_bearer_token_and_no_refresh_token) {
    const auto reply = token("grant_type=client_credentials");
    ASSERT_EQ(reply.status(), 200);
    EXPECT_EQ(text(reply, "token_type"), "Bearer");
    EXPECT_EQ(parsed(reply, keep)["expires_in"].integer(), 3600);
    EXPECT_TRUE(parsed(reply, keep)["refresh_token"].missing());
    EXPECT_EQ(reply.headers().value("cache-control"), "no-store");
    const auto document = with("/documents/7", text(reply, "access_token"));
    EXPECT_EQ(document.status(), 200);
    EXPECT_EQ(text(document, "owner"), "cid");
    EXPECT_EQ(with("/userinfo", text(reply, "access_token")).status(), 403) << "nobody's token";
}

TEST_F(OAuth, the_client_says_who_it_is_in_the_header_or_in_the_form_but_not_in_both) {
    EXPECT_EQ(token("grant_type=client_credentials&client_id=cid&client_secret=sec", form).status(),
              200);
    EXPECT_EQ(error(token("grant_type=client_credentials&client_secret=sec&client_id=cid")),
              "400 invalid_request");
    const auto wrong = token("grant_type=client_credentials", basic("cid:wrong"));
    EXPECT_EQ(error(wrong), "401 invalid_client");
    EXPECT_THAT(std::string(wrong.headers().value("www-authenticate")), HasSubstr("Basic"));
    EXPECT_EQ(error(token("grant_type=client_credentials", form)), "401 invalid_client");
    EXPECT_EQ(error(token("grant_type=client_credentials&client_id=cid&client_secret=no", form)),
              "401 invalid_client");
}

TEST_F(OAuth, name_and_secret_are_form_encoded_before_base64) {
    OAuthProvider odd({.clients = {{"a:b", "p+q%r"}}});
    AskProvider asked(odd);
    EXPECT_EQ(
        asked.send("POST", "/token", basic("a%3Ab:p%2Bq%25r"), "grant_type=client_credentials")
            .status(),
        200);
}

TEST_F(OAuth, errors_are_those_of_rfc_6749) {
    EXPECT_EQ(error(token("grant_type=password&username=a&password=b")),
              "400 unsupported_grant_type");
    EXPECT_EQ(error(token("scope=x")), "400 invalid_request");
    EXPECT_EQ(error(token("grant_type=client_credentials&grant_type=client_credentials")),
              "400 invalid_request");
    EXPECT_EQ(error(token("grant_type=client_credentials&scope=admin")), "400 invalid_scope");
    EXPECT_EQ(error(token("grant_type=refresh_token")), "400 invalid_request");
    EXPECT_EQ(error(token("grant_type=refresh_token&refresh_token=nonsense")), "400 invalid_grant");
    EXPECT_EQ(error(ask.post("/token", R"({"grant_type":"client_credentials"})")),
              "400 invalid_request");
}

TEST_F(OAuth, a_refresh_rotates_and_the_old_token_is_refused_without_harm_to_the_new) {
    const std::string first = "grant_type=refresh_token&refresh_token=seed-refresh-token";
    const auto reply = token(first);
    ASSERT_EQ(reply.status(), 200);
    const auto access = text(reply, "access_token");
    EXPECT_EQ(ask.facts.at("credential"), "consent 1");
    EXPECT_EQ(error(token(first)), "400 invalid_grant");
    EXPECT_EQ(ask.facts.at("replay_of"), "1");
    EXPECT_EQ(with("/userinfo", access).status(), 200);
    EXPECT_EQ(text(with("/userinfo", access), "sub"), "octo");
    EXPECT_EQ(
        token("grant_type=refresh_token&refresh_token=" + text(reply, "refresh_token")).status(),
        200);
}

TEST_F(OAuth, under_the_fault_rotate_a_replay_logs_everybody_out) {
    ask.auth = "rotate";
    const std::string first = "grant_type=refresh_token&refresh_token=seed-refresh-token";
    const auto reply = token(first);
    EXPECT_EQ(error(token(first)), "400 invalid_grant");
    EXPECT_EQ(with("/userinfo", text(reply, "access_token")).status(), 401);
}

TEST_F(OAuth, a_withdrawn_consent_is_invalid_grant) {
    OAuthProvider gone({.consents = {{"rt", "cid", "ilse", true}}});
    AskProvider asked(gone);
    const auto reply =
        asked.send("POST", "/token", basic("cid:sec"), "grant_type=refresh_token&refresh_token=rt");
    EXPECT_EQ(error(reply), "400 invalid_grant");
    EXPECT_EQ(asked.facts.at("credential"), "consent 1");
}

TEST_F(OAuth, an_access_token_expires_and_the_challenge_says_so) {
    const auto access = text(token("grant_type=client_credentials"), "access_token");
    ask.now += 1h - 1ns;
    EXPECT_EQ(with("/documents/1", access).status(), 200);
    ask.now += 1ns;
    const auto late = with("/documents/1", access);
    EXPECT_EQ(late.status(), 401);
    EXPECT_THAT(std::string(late.headers().value("www-authenticate")),
                HasSubstr("error=\"invalid_token\""));
    EXPECT_EQ(ask.facts.at("token_state"), "expired");
    const auto nobody = ask.get("/documents/1");
    EXPECT_EQ(nobody.status(), 401);
    EXPECT_THAT(std::string(nobody.headers().value("www-authenticate")),
                ::testing::Not(HasSubstr("error")));
}

TEST_F(OAuth, faults_end_the_token_that_is_presented) {
    const auto access = text(token("grant_type=client_credentials"), "access_token");
    ask.auth = "expire";
    EXPECT_EQ(with("/documents/1", access).status(), 401);
    ask.auth = "";
    EXPECT_EQ(with("/documents/1", access).status(), 401) << "and it stays so";
    const std::string first = "grant_type=refresh_token&refresh_token=seed-refresh-token";
    ask.auth = "revoke";
    EXPECT_EQ(error(token(first)), "400 invalid_grant");
}

TEST_F(OAuth, revocation_is_200_for_anything_and_introspection_says_no_more_than_inactive) {
    const auto access = text(token("grant_type=client_credentials"), "access_token");
    const auto look = [&](const std::string& value) {
        return ask.send("POST", "/introspect", basic("cid:sec"), "token=" + value).body();
    };
    EXPECT_THAT(look(access), HasSubstr("\"active\":true"));
    EXPECT_EQ(look("nonsense"), R"({"active":false})");
    EXPECT_EQ(ask.send("POST", "/revoke", basic("cid:sec"), "token=" + access).status(), 200);
    EXPECT_EQ(ask.send("POST", "/revoke", basic("cid:sec"), "token=nonsense").status(), 200);
    EXPECT_EQ(look(access), R"({"active":false})");
    EXPECT_EQ(with("/documents/1", access).status(), 401);
    EXPECT_EQ(ask.send("POST", "/revoke", basic("cid:no"), "token=x").status(), 401);
}

TEST_F(OAuth, what_belongs_to_the_token_endpoint_is_noticed_elsewhere) {
    EXPECT_EQ(with("/documents/1", "seed-refresh-token").status(), 401);
    EXPECT_TRUE(ask.facts.contains("leak"));
    EXPECT_EQ(ask.get("/documents/1", {{"x-secret", "sec"}}).status(), 401);
    EXPECT_TRUE(ask.facts.contains("leak"));
    EXPECT_EQ(ask.get("/documents/1?access_token=abc").status(), 401) << "only the header counts";
    EXPECT_TRUE(ask.facts.contains("leak"));
    EXPECT_EQ(with("/documents/1", "abc").status(), 401);
    EXPECT_FALSE(ask.facts.contains("leak"));
}

TEST_F(OAuth, discovery_names_the_endpoints) {
    const auto reply = ask.get("/.well-known/openid-configuration");
    EXPECT_EQ(text(reply, "token_endpoint"), ask.base_url + "/token");
    EXPECT_EQ(ask.get("/.well-known/oauth-authorization-server").body(), reply.body());
}

TEST_F(OAuth, refusals_speak_oauth) {
    const auto now = SystemTime();
    EXPECT_EQ(error(provider.refuse({.status = 503}, now)), "503 temporarily_unavailable");
    const auto limited = provider.refuse({.limit = "method", .retry_after = "2"}, now);
    EXPECT_EQ(limited.status(), 429);
    EXPECT_EQ(limited.headers().value("retry-after"), "2");
    EXPECT_EQ(error(provider.refuse({.status = 403}, now)), "403 insufficient_scope");
}

}  // namespace
}  // namespace apilab::sandbox::oauth
