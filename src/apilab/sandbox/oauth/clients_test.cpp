#include "apilab/sandbox/oauth/clients.hpp"

#include <gtest/gtest.h>

#include <string>

#include "apilab/sandbox/internal/ask_oauth.hpp"

namespace apilab::sandbox::oauth {
namespace {

using namespace std::chrono_literals;

class ClientsTest : public ::testing::Test, public AskOAuth {
protected:
    // client_credentials by an assertion.
    std::string by(const std::string& assertion, const std::string& more = "") {
        return error(token("grant_type=client_credentials" + assertion_form(assertion) + more, ""));
    }
};

TEST_F(ClientsTest, a_key_says_who_a_client_is_by_rs256_or_es256) {
    EXPECT_EQ(by(signed_by("oauth-client-rs256", claims("rsa", "1"))), "200 ");
    EXPECT_EQ(ask.facts.at("client_by"), "private_key_jwt");
    EXPECT_EQ(by(signed_by("oauth-client-es256", claims("ec", "1"))), "200 ");
    EXPECT_EQ(by(signed_by("oauth-client-rs256", claims("ec", "2"))), "401 invalid_client");
    EXPECT_EQ(by(signed_by("github-app", claims("rsa", "3"))), "401 invalid_client");
    EXPECT_EQ(by(signed_by("oauth-client-rs256", claims("nobody", "4"))), "401 invalid_client");
}

TEST_F(ClientsTest, an_assertion_is_good_once) {
    const auto assertion = signed_by("oauth-client-rs256", claims("rsa", "same"));
    EXPECT_EQ(by(assertion), "200 ");
    EXPECT_EQ(by(assertion), "401 invalid_client");
    EXPECT_EQ(ask.facts.at("assertion"), "jti is missing or was used before");
    EXPECT_EQ(by(signed_by("oauth-client-rs256", claims("rsa", ""))), "401 invalid_client");
    EXPECT_EQ(by(signed_by("oauth-client-es256", claims("ec", "same"))), "200 ")
        << "ids are an issuer's own";
}

TEST_F(ClientsTest, an_assertion_has_its_time) {
    const auto old = signed_by("oauth-client-rs256", claims("rsa", "1", 60));
    ask.system_now += 60s + 5min - 1ns;
    EXPECT_EQ(by(old), "200 ");
    const auto older = signed_by("oauth-client-rs256", claims("rsa", "2", 60));
    ask.system_now += 60s + 5min;
    EXPECT_EQ(by(older), "401 invalid_client");
    const auto early = signed_by("oauth-client-rs256", claims("rsa", "3", 3600));
    ask.system_now -= 5min + 1s;
    EXPECT_EQ(by(early), "401 invalid_client") << "issued in the future";
    EXPECT_EQ(by(signed_by("oauth-client-rs256", claims("rsa", "4", 3600 + 301))),
              "401 invalid_client")
        << "good for too long";
}

TEST_F(ClientsTest, an_assertion_is_for_us_and_by_the_client_about_itself) {
    const auto with = [&](const std::string& from, const std::string& to, const char* id) {
        auto text = claims("rsa", id);
        text.replace(text.find(from), from.size(), to);
        return by(signed_by("oauth-client-rs256", text));
    };
    const auto aud = "\"" + ask.base_url + "/token\"";
    EXPECT_EQ(with(aud, "\"https://other.test\"", "1"), "401 invalid_client");
    EXPECT_EQ(with(aud, "[\"https://other.test\",\"" + ask.base_url + "\"]", "2"), "200 ");
    EXPECT_EQ(with("\"sub\":\"rsa\"", "\"sub\":\"cid\"", "3"), "401 invalid_client");
    EXPECT_EQ(by(signed_by("oauth-client-rs256", claims("rsa", "4")), "&client_id=cid"),
              "401 invalid_client");
    EXPECT_EQ(by(signed_by("oauth-client-rs256", claims("rsa", "5")), "&client_id=rsa"), "200 ");
}

TEST_F(ClientsTest, two_ways_at_once_are_refused) {
    EXPECT_EQ(error(token("grant_type=client_credentials" +
                          assertion_form(signed_by("oauth-client-rs256", claims("rsa", "1"))))),
              "400 invalid_request");
    EXPECT_EQ(error(token("grant_type=client_credentials&client_assertion=x", "")),
              "400 invalid_request")
        << "without a type";
}

TEST_F(ClientsTest, a_public_client_says_its_name_alone_and_no_other_client_may) {
    EXPECT_EQ(redeem(code("pub"), "&client_id=pub", "").status(), 200);
    EXPECT_EQ(ask.facts.at("client_by"), "none");
    EXPECT_EQ(error(redeem(code(), "&client_id=cid", "")), "401 invalid_client");
    EXPECT_EQ(error(token("grant_type=client_credentials&client_id=pub", "")),
              "400 unauthorized_client");
    EXPECT_EQ(error(token("grant_type=client_credentials&client_id=rsa&client_secret=", "")),
              "401 invalid_client")
        << "a client with a key has no empty secret";
    path = "/introspect";
    EXPECT_EQ(error(token("token=x&client_id=pub", "")), "401 invalid_client");
}

TEST(RedirectUris, a_port_is_free_on_loopback_addresses_only) {
    const OAuthClient client{"c", "", "", {"http://127.0.0.1/cb", "https://app.test/cb"}};
    EXPECT_TRUE(may_redirect_to(client, "http://127.0.0.1:5000/cb"));
    EXPECT_TRUE(may_redirect_to(client, "https://app.test/cb"));
    for (const auto* uri :
         {"https://app.test:444/cb", "https://app.test/cb?x=1", "http://[::1]/cb",
          "http://127.0.0.1:/cb", "http://127.0.0.1:5000/CB", "http://127.0.0.1:80x/cb", ""}) {
        EXPECT_FALSE(may_redirect_to(client, uri)) << uri;
    }
}

}  // namespace
}  // namespace apilab::sandbox::oauth
