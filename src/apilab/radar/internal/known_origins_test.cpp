#include "apilab/radar/internal/known_origins.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apilab/client/client.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"

namespace apilab::radar::internal {
namespace {

using ::testing::ElementsAre;

// Everybody's answer to everything: go there.
struct Redirects final : runtime::Service {
    runtime::Task<Result<http::Response>> call(http::Request request,
                                               runtime::CallContext /*context*/) override {
        asked.push_back(request.url().to_string());
        http::Response answer(302);
        answer.headers().set("location", to);
        co_return request.url().path() == "/end" ? http::Response(200) : std::move(answer);
    }
    std::string to;
    std::vector<std::string> asked;
};

ApiUrls urls() {
    const auto at = [](const char* text) { return *http::Url::parse(text); };
    return {.npm = at("https://npm.test"),
            .osv = at("https://osv.test"),
            .github = at("https://github.test/api"),
            .slack = at("https://slack.test"),
            .notion = at("https://notion.test"),
            .google = at("https://google.test"),
            .google_token = at("https://tokens.test/token")};
}

class KnownOriginsTest : public ::testing::Test {
protected:
    Result<http::Response> ask(const char* where, std::string to) {
        beyond.to = std::move(to);
        const auto client = client::Client::create(scheduler, known, rng).value();
        return runtime::run(scheduler, client->get(where));
    }
    runtime::VirtualScheduler scheduler;
    SeededRng rng{1};
    Redirects beyond;
    KnownOrigins known{urls(), beyond};
};

TEST_F(KnownOriginsTest, a_redirect_to_somebody_else_is_not_followed) {
    const auto answer = ask("https://npm.test/lodash", "https://elsewhere.test/end");
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind(), ErrorKind::protocol) << answer.error().to_string();
    EXPECT_THAT(beyond.asked, ElementsAre("https://npm.test/lodash"));
}

TEST_F(KnownOriginsTest, a_redirect_within_the_origin_or_to_another_that_is_known_is_followed) {
    EXPECT_TRUE(ask("https://github.test/api/repos/a/b", "https://github.test/end"));
    EXPECT_TRUE(ask("https://npm.test/lodash", "https://osv.test/end"));
    EXPECT_EQ(beyond.asked.size(), 4U);
}

TEST_F(KnownOriginsTest, who_is_not_configured_is_not_asked_at_all) {
    EXPECT_FALSE(ask("https://elsewhere.test/end", ""));
    EXPECT_FALSE(ask("http://npm.test/end", "")) << "nor the same host without TLS";
    EXPECT_TRUE(beyond.asked.empty());
}

}  // namespace
}  // namespace apilab::radar::internal
