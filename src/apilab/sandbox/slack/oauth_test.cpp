#include <gmock/gmock.h>

#include <chrono>

#include "apilab/base/base64.hpp"
#include "apilab/sandbox/internal/jose.hpp"
#include "apilab/sandbox/slack/internal/ask_slack.hpp"

namespace apilab::sandbox::slack {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr std::string_view redirect = "http%3A%2F%2F127.0.0.1%3A9%2Fcb";

class SlackOAuth : public AskSlack {
protected:
    /// What the user's consent sends back.
    std::string code(const std::string& more = "&scope=chat:write,channels:read",
                     const std::string& client = "cid") {
        const auto answer = ask.get("/oauth/v2/authorize?client_id=" + client + more +
                                    "&state=s%201&redirect_uri=" + std::string(redirect));
        EXPECT_EQ(answer.status(), 302) << answer.body();
        const std::string location(answer.headers().value("location"));
        EXPECT_THAT(location, StartsWith("http://127.0.0.1:9/cb?code="));
        EXPECT_THAT(location, HasSubstr("&state=s%201"));
        const auto from = location.find("code=") + 5;
        return location.substr(from, location.find('&') - from);
    }
    http::Response access(const std::string& form, const std::string& basic = "cid:sec") {
        return ask.send("POST", "/api/oauth.v2.access",
                        {{"content-type", "application/x-www-form-urlencoded"},
                         {"authorization", "Basic " + base64_encode(basic)}},
                        form);
    }
    std::string grant(const std::string& code) const {
        return "code=" + code + "&redirect_uri=" + std::string(redirect);
    }
};

TEST_F(SlackOAuth, a_code_gives_a_token_with_the_scopes_that_were_consented_to) {
    const auto answer = access(grant(code()));
    EXPECT_EQ(error_of(answer), "none");
    EXPECT_EQ(text(answer, "/token_type"), "bot");
    EXPECT_EQ(text(answer, "/scope"), "chat:write,channels:read");
    EXPECT_EQ(field(answer, "/enterprise"), "null");
    EXPECT_EQ(field(answer, "/expires_in"), "null") << "this app's tokens last";
    const auto token = text(answer, "/access_token");
    EXPECT_EQ(error("conversations.list", "", token), "none");
    EXPECT_EQ(error("users.list", "", token), "missing_scope");
}

TEST_F(SlackOAuth, what_is_wrong_is_told_in_a_200) {
    const auto good = code();
    EXPECT_EQ(error_of(access(grant(good), "nobody:sec")), "invalid_client_id");
    EXPECT_EQ(error_of(access(grant(good), "cid:wrong")), "bad_client_secret");
    EXPECT_EQ(error_of(access("code=" + good)), "bad_redirect_uri");
    EXPECT_EQ(error_of(access(grant("none"))), "invalid_code");
    EXPECT_EQ(error_of(access("grant_type=password")), "invalid_grant_type");
    EXPECT_EQ(error_of(access(grant(good))), "none");
    EXPECT_EQ(error_of(access(grant(good))), "invalid_code") << "once only";
    const auto old = code();
    ask.now += 11min;
    EXPECT_EQ(error_of(access(grant(old))), "invalid_code");
    EXPECT_EQ(error("oauth.v2.access", "client_id=cid&client_secret=sec&" + grant(code()), ""),
              "none")
        << "credentials may stand in the form";
}

TEST_F(SlackOAuth, a_code_goes_nowhere_but_to_this_machine) {
    const auto answer = ask.get(
        "/oauth/v2/authorize?client_id=cid&scope=chat:write&redirect_uri=https%3A%2F%2Fevil.test");
    EXPECT_EQ(answer.status(), 200);
    EXPECT_FALSE(answer.headers().contains("location"));
}

TEST_F(SlackOAuth, a_challenge_wants_its_verifier) {
    const auto challenge = internal::s256("the verifier");
    const auto first = code("&scope=chat:write&code_challenge=" + challenge);
    EXPECT_EQ(error_of(access(grant(first) + "&code_verifier=another")), "invalid_code_verifier");
    EXPECT_EQ(error_of(access(grant(first) + "&code_verifier=the%20verifier")), "none");
}

TEST_F(SlackOAuth, user_scopes_give_a_user_token) {
    const auto answer = access(grant(code("&user_scope=search:read")));
    const auto token = text(answer, "/authed_user/access_token");
    EXPECT_EQ(field(answer, "/access_token"), "null");
    EXPECT_EQ(error("search.messages", "query=message", token), "none");
}

TEST_F(SlackOAuth, a_rotating_token_ends_and_its_refresh_token_is_good_once) {
    const auto first = access(grant(code("&scope=chat:write", "cid-rotating")), "cid-rotating:sec");
    EXPECT_EQ(field(first, "/expires_in"), "43200");
    const auto token = text(first, "/access_token");
    EXPECT_THAT(token, StartsWith("xoxe.xoxb-1-"));
    EXPECT_EQ(field(call("auth.test", "", token), "/expires_in"), "43200");
    ask.now += 12h;
    EXPECT_EQ(error("auth.test", "", token), "token_expired");
    const auto form = "grant_type=refresh_token&refresh_token=" + text(first, "/refresh_token");
    const auto second = access(form, "cid-rotating:sec");
    EXPECT_EQ(error("auth.test", "", text(second, "/access_token")), "none");
    EXPECT_NE(text(second, "/refresh_token"), text(first, "/refresh_token"));
    EXPECT_EQ(error_of(access(form, "cid-rotating:sec")), "none") << "the grace";
    ask.now += 61s;
    EXPECT_EQ(error_of(access(form, "cid-rotating:sec")), "invalid_refresh_token");
}

TEST_F(SlackOAuth, a_token_can_be_revoked_by_its_bearer_by_a_fault_and_from_outside) {
    const auto fresh = [&] { return text(access(grant(code())), "/access_token"); };
    const auto first = fresh();
    EXPECT_EQ(field(call("auth.revoke", "test=true", first), "/revoked"), "false");
    EXPECT_EQ(field(call("auth.revoke", "", first), "/revoked"), "true");
    EXPECT_EQ(error("auth.test", "", first), "token_revoked");
    const auto second = fresh();
    EXPECT_TRUE(provider.end_token(second, "expire"));
    EXPECT_EQ(error("auth.test", "", second), "token_expired");
    EXPECT_FALSE(provider.end_token("nobody's", "expire"));
    const auto third = fresh();
    ask.auth = "revoke";
    EXPECT_EQ(error("auth.test", "", third), "token_revoked");
    EXPECT_EQ(error("auth.test"), "token_revoked");
    ask.auth.clear();
    EXPECT_EQ(error("auth.test", "", third), "token_revoked") << "for good";
    EXPECT_EQ(error("auth.test"), "none") << "the seed's token was refused once";
}

}  // namespace
}  // namespace apilab::sandbox::slack
