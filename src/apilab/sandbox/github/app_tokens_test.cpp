#include "apilab/sandbox/github/app_tokens.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "apilab/sandbox/github/provider.hpp"
#include "apilab/sandbox/internal/ask_provider.hpp"
#include "apilab/sandbox/internal/jose.hpp"
#include "apilab/sandbox/seed/keys.hpp"
#include "apilab/sandbox/world.hpp"

namespace apilab::sandbox::github {
namespace {

using namespace std::chrono_literals;

class AppTokensTest : public ::testing::Test {
protected:
    // From `issued` seconds from now until `expires` seconds from now.
    [[nodiscard]] std::string jwt(int issued = -60, int expires = 540,
                                  std::string_view issuer = "4711",
                                  std::string_view key = "github-app") const {
        const auto now = ask.system_now.time_since_epoch() / 1s;
        return internal::Key::from_pem(seed::key(key))
            ->sign("{\"iat\":" + std::to_string(now + issued) + ",\"exp\":" +
                       std::to_string(now + expires) + ",\"iss\":" + std::string(issuer) + "}",
                   "")
            .value();
    }
    [[nodiscard]] http::Response create(const std::string& bearer, std::string body = "",
                                        const std::string& installation = "815") const {
        return ask.send("POST", "/app/installations/" + installation + "/access_tokens",
                        {{"authorization", "Bearer " + bearer}}, std::move(body));
    }
    std::string text(const http::Response& reply, std::string_view field) {
        return std::string(parsed(reply, keep)[field].string_or(""));
    }
    std::string why(const std::string& bearer) {
        const auto reply = create(bearer);
        return std::to_string(reply.status()) + " " + text(reply, "message");
    }
    [[nodiscard]] http::Response get(std::string_view path, const std::string& token) const {
        return ask.get(path, {{"authorization", "token " + token}});
    }

    GitHubProvider provider{make_world().value().github};
    AskProvider ask{provider};
    http::JsonDocument keep = http::JsonDocument::parse("null").value();
};

TEST_F(AppTokensTest, a_jwt_of_the_app_gets_a_token_for_an_hour) {
    const auto reply = create(jwt());
    ASSERT_EQ(reply.status(), 201) << reply.body();
    const auto token = text(reply, "token");
    EXPECT_TRUE(token.starts_with("ghs_"));
    EXPECT_EQ(text(reply, "expires_at"), "2026-09-21T15:13:20Z");
    EXPECT_EQ(text(reply, "repository_selection"), "all");
    EXPECT_EQ(get("/repos/octo/hello", token).status(), 200);
    EXPECT_EQ(ask.facts.at("credential"), "github installation 815");
    EXPECT_EQ(get("/user", token).status(), 403) << "it is nobody";
    ask.now += 1h;
    EXPECT_EQ(get("/repos/octo/hello", token).status(), 401);
    EXPECT_EQ(ask.facts.at("token_state"), "expired");
    EXPECT_EQ(get("/repos/octo/hello", "ghs_nonsense").status(), 401);
}

TEST_F(AppTokensTest, a_jwt_is_refused_in_githubs_words) {
    const std::string iat =
        "401 'Issued at' claim ('iat') must be an Integer representing the time that the assertion "
        "was issued";
    EXPECT_EQ(why(jwt(60)), "201 ");
    EXPECT_EQ(why(jwt(61)), iat);
    EXPECT_EQ(why(jwt(0, 600)), "201 ");
    EXPECT_EQ(why(jwt(0, 601)), "401 'Expiration time' claim ('exp') is too far in the future");
    EXPECT_TRUE(why(jwt(-600, 0)).starts_with("401 'Expiration time' claim ('exp') must be"));
    EXPECT_EQ(why(jwt(-60, 540, "\"Iv23liapilabsandbox0\"")), "201 ") << "the client id will do";
    EXPECT_EQ(why(jwt(-60, 540, "\"4711\"")), "201 ");
    EXPECT_EQ(why(jwt(-60, 540, "1")), "404 Integration not found");
    const std::string undecoded = "401 A JSON web token could not be decoded";
    EXPECT_EQ(why(jwt(-60, 540, "4711", "oauth-client-rs256")), undecoded);
    EXPECT_EQ(why(jwt(-60, 540, "4711", "oauth-client-es256")), undecoded);
    EXPECT_EQ(why("ghp_stubtoken"), undecoded);
    EXPECT_EQ(get("/repos/octo/hello", jwt()).status(), 401) << "a JWT is good for /app alone";
}

TEST_F(AppTokensTest, an_installation_has_its_repositories_and_permissions) {
    EXPECT_EQ(create(jwt(), "", "816").status(), 404);
    EXPECT_EQ(create(jwt(), "not json").status(), 400);
    EXPECT_EQ(create(jwt(), R"({"permissions":{"administration":"write"}})").status(), 422);
    EXPECT_EQ(create(jwt(), R"({"permissions":{"contents":"write"}})").status(), 422);
    EXPECT_EQ(create(jwt(), R"({"repositories":["secret"]})").status(), 422);
    const auto narrow =
        create(jwt(), R"({"permissions":{"issues":"read"},"repositories":["hello"]})");
    EXPECT_EQ(narrow.status(), 201);
    EXPECT_EQ(text(narrow, "repository_selection"), "selected");
    EXPECT_EQ(parsed(narrow, keep)["permissions"].to_text(), R"({"issues":"read"})");
}

TEST_F(AppTokensTest, a_fault_ends_the_token_that_is_presented) {
    const auto token = text(create(jwt()), "token");
    ask.auth = "revoke";
    EXPECT_EQ(get("/repos/octo/hello", token).status(), 401);
    EXPECT_EQ(get("/repos/octo/hello", "ghp_stubtoken").status(), 401);
    ask.auth = "";
    EXPECT_EQ(get("/repos/octo/hello", token).status(), 401) << "and it stays so";
    EXPECT_EQ(get("/repos/octo/hello", "ghp_stubtoken").status(), 200);
}

TEST_F(AppTokensTest, the_app_may_ask_who_it_is) {
    const auto reply = ask.get("/app", {{"authorization", "Bearer " + jwt()}});
    EXPECT_EQ(reply.status(), 200);
    EXPECT_EQ(text(reply, "slug"), "apilab-sandbox");
    EXPECT_EQ(ask.get("/app").status(), 401);
}

}  // namespace
}  // namespace apilab::sandbox::github
