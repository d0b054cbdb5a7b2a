#include "apilab/auth/github_app_grant.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apilab/auth/internal/test_forms.hpp"
#include "apilab/auth/internal/test_keys.hpp"
#include "apilab/auth/jws.hpp"
#include "apilab/http/date.hpp"

namespace apilab::auth {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

const SystemTime now = *http::parse_iso_time("2026-11-22T10:00:00Z");

GitHubAppOptions options() {
    return {.api = *http::Url::parse("https://api.github.test"),
            .app = "Iv1.abc",
            .key = test::rsa_key(""),
            .installation = 42,
            .repositories = {},
            .permissions = {}};
}

http::Request asked(const GitHubAppOptions& chosen) {
    auto request = GitHubAppGrant(chosen).request({}, now);
    EXPECT_TRUE(request);
    return *std::move(request);
}

http::Response answer(int status, std::string body, SystemTime date = now) {
    auto response = http::Response::json(status, std::move(body));
    response.header("date", http::format_http_date(date));
    return response;
}

Result<TokenSet> read(const Result<http::Response>& response) {
    return GitHubAppGrant(options()).read(response, now);
}

TEST(GitHubAppGrant, asks_for_the_installation_with_a_jwt_of_the_app) {
    const auto request = asked(options());
    EXPECT_EQ(request.method(), "POST");
    EXPECT_EQ(request.url().to_string(),
              "https://api.github.test/app/installations/42/access_tokens");
    EXPECT_EQ(request.headers().value("accept"), "application/vnd.github+json");
    EXPECT_EQ(request.body(), "");
    const auto authorization = request.headers().value("authorization");
    ASSERT_TRUE(authorization.starts_with("Bearer "));
    const auto jws = verify_jws(authorization.substr(7), test::rsa_key().verification());
    ASSERT_TRUE(jws);
    EXPECT_EQ(jws->header, R"({"alg":"RS256","typ":"JWT"})");
    const auto claims = test::claims_of(authorization.substr(7));
    const auto seconds = now.time_since_epoch() / 1s;
    EXPECT_EQ(claims.root()["iss"].string_or(""), "Iv1.abc");
    EXPECT_EQ(claims.root()["iat"].integer(), seconds - 60);
    EXPECT_EQ(claims.root()["exp"].integer(), seconds + 540) << "GitHub takes 10 min at most";
}

TEST(GitHubAppGrant, repositories_and_permissions_stand_in_the_body) {
    auto chosen = options();
    chosen.api = *http::Url::parse("https://git.test/api/v3");
    chosen.repositories = {"a", "b\"c"};
    chosen.permissions = {{"contents", "read"}, {"issues", "write"}};
    const auto request = asked(chosen);
    EXPECT_EQ(request.url().path(), "/api/v3/app/installations/42/access_tokens");
    EXPECT_EQ(request.headers().value("content-type"), "application/json");
    EXPECT_EQ(
        request.body(),
        R"({"repositories":["a","b\"c"],"permissions":{"contents":"read","issues":"write"}})");
    chosen.repositories.clear();
    EXPECT_EQ(asked(chosen).body(), R"({"permissions":{"contents":"read","issues":"write"}})");
}

TEST(GitHubAppGrant, options_that_cannot_be_are_named) {
    const auto refused = [](const GitHubAppOptions& wrong) {
        const auto request = GitHubAppGrant(wrong).request({}, now);
        return request ? "accepted" : request.error().message();
    };
    auto wrong = options();
    wrong.app = "";
    EXPECT_THAT(refused(wrong), HasSubstr("app"));
    wrong = options();
    wrong.installation = 0;
    EXPECT_THAT(refused(wrong), HasSubstr("installation"));
    wrong = options();
    wrong.key = test::ec_key();
    EXPECT_THAT(refused(wrong), HasSubstr("RS256"));
    wrong = options();
    wrong.repositories.assign(501, "a");
    EXPECT_THAT(refused(wrong), HasSubstr("500"));
    wrong.repositories = {""};
    EXPECT_THAT(refused(wrong), HasSubstr("empty name"));
}

constexpr std::string_view good = R"({"token":"ghs_1","expires_at":"2026-11-22T11:00:00Z",)"
                                  R"("permissions":{"contents":"read","issues":"write"}})";

TEST(GitHubAppGrant, the_lifetime_is_that_of_the_servers_clock) {
    const auto tokens = read(answer(201, std::string(good)));
    ASSERT_TRUE(tokens) << tokens.error().to_string();
    EXPECT_EQ(tokens->access_token.reveal(), "ghs_1");
    EXPECT_TRUE(tokens->refresh_token.empty());
    EXPECT_EQ(tokens->lifetime, 1h);
    EXPECT_EQ(tokens->scope, "contents:read issues:write");
    EXPECT_EQ(read(answer(201, std::string(good), now + 10min))->lifetime, 50min);
    EXPECT_EQ(read(answer(201, std::string(good), now + 2h))->lifetime, 0s);
    EXPECT_EQ(read(http::Response::json(201, std::string(good)))->lifetime, 1h) << "by our clock";
}

TEST(GitHubAppGrant, an_answer_without_what_counts_is_an_error_at_its_place) {
    EXPECT_EQ(read(answer(201, R"({"expires_at":"2026-11-22T11:00:00Z"})")).error().detail(),
              "/token");
    EXPECT_EQ(read(answer(201, R"({"token":"t"})")).error().detail(), "/expires_at");
    EXPECT_EQ(read(answer(201, R"({"token":"t","expires_at":"soon"})")).error().detail(),
              "/expires_at");
    EXPECT_EQ(read(answer(201, "<html>")).error().kind(), ErrorKind::decode);
    EXPECT_EQ(read(fail(ErrorKind::connect, "down")).error().kind(), ErrorKind::connect);
}

TEST(GitHubAppGrant, each_refusal_is_told_with_its_remedy_and_is_final) {
    for (const auto& [status, remedy] :
         {std::pair(401, "key"), std::pair(403, "suspended"), std::pair(404, "installation"),
          std::pair(422, "permissions")}) {
        const auto error = read(answer(status, R"({"message":"No \u0007way"})")).error();
        EXPECT_EQ(error.kind(), ErrorKind::auth) << status;
        EXPECT_EQ(error.status(), status);
        EXPECT_EQ(error.ending(), Ending::permanent) << status;
        EXPECT_EQ(error.outcome(), Outcome::answered);
        EXPECT_THAT(error.message(), HasSubstr("No ?way"));
        EXPECT_THAT(error.remedy(), HasSubstr(remedy));
    }
    EXPECT_EQ(read(answer(500, "")).error().kind(), ErrorKind::status);
    EXPECT_EQ(read(answer(500, "")).error().ending(), Ending::none);
}

TEST(GitHubAppGrant, a_clock_that_is_wrong_is_named_and_a_limit_is_no_refusal) {
    const auto error = read(answer(401, "{}", now - 11min)).error();
    EXPECT_THAT(error.remedy(), HasSubstr("our clock is 660 s ahead of the server's"));
    EXPECT_EQ(error.ending(), Ending::none);
    auto limited = answer(403, R"({"message":"secondary rate limit"})");
    limited.header("retry-after", "60");
    EXPECT_EQ(read(limited).error().kind(), ErrorKind::rate_limited);
    EXPECT_EQ(read(limited).error().ending(), Ending::none);
    auto used_up = answer(403, "{}");
    used_up.header("x-ratelimit-remaining", "0");
    EXPECT_EQ(read(used_up).error().kind(), ErrorKind::rate_limited);
    EXPECT_EQ(read(answer(429, "{}")).error().kind(), ErrorKind::rate_limited);
}

}  // namespace
}  // namespace apilab::auth
