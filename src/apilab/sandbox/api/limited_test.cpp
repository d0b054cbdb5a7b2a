#include "apilab/sandbox/api/limited.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apilab/sandbox/api/provider.hpp"
#include "apilab/sandbox/internal/ask_provider.hpp"
#include "apilab/sandbox/limit_dialect.hpp"

namespace apilab::sandbox::api {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class LimitedPaths : public ::testing::Test {
protected:
    ApiProvider provider{1};
    AskProvider ask{provider};
    // The first refusal.
    http::Response use_up(const std::string& dialect) {
        provider.reset();
        for (int i = 0; i < 10; ++i) {
            EXPECT_EQ(ask.get("/limited/" + dialect).status(), 200) << dialect << i;
        }
        return ask.get("/limited/" + dialect);
    }
};

TEST_F(LimitedPaths, each_dialect_refuses_the_eleventh_with_its_status) {
    EXPECT_EQ(limit_dialects().size(), 19U);
    for (const auto dialect : limit_dialects()) {
        const std::string name(to_string(dialect));
        EXPECT_EQ(use_up(name).status(), limit_status(dialect)) << name;
    }
    EXPECT_EQ(ask.get("/limited/klingon").status(), 404);
}

TEST_F(LimitedPaths, each_dialect_says_it_in_its_words) {
    const auto field = [&](const std::string& dialect, std::string_view name) {
        return std::string(use_up(dialect).headers().value(name));
    };
    EXPECT_EQ(field("ietf", "ratelimit"), "\"default\";r=0;t=10");
    EXPECT_EQ(field("ietf-old", "ratelimit-reset"), "10");
    EXPECT_EQ(field("github", "x-ratelimit-used"), "10");
    EXPECT_EQ(field("twitter", "x-rate-limit-remaining"), "0");
    EXPECT_EQ(field("slack", "retry-after"), "10");
    EXPECT_EQ(field("openai", "x-ratelimit-reset-requests"), "10s");
    EXPECT_EQ(use_up("openai").headers().value("retry-after-ms"), "10000");
    EXPECT_EQ(field("shopify", "x-shopify-shop-api-call-limit"), "10/10");
    EXPECT_EQ(field("seconds", "x-ratelimit-reset"), "10");
    EXPECT_EQ(field("millis", "x-ratelimit-reset").size(), 13U);
    EXPECT_THAT(field("http-date", "retry-after"), HasSubstr(" GMT"));
    EXPECT_EQ(field("unavailable", "retry-after"), "10");
    EXPECT_EQ(field("silent", "retry-after"), "");
    EXPECT_EQ(field("stripe", "stripe-should-retry"), "true");
    EXPECT_EQ(field("hubspot", "x-hubspot-ratelimit-interval-milliseconds"), "10000");
    EXPECT_THAT(use_up("google").body(), HasSubstr("rateLimitExceeded"));
    EXPECT_THAT(use_up("slack").body(), HasSubstr("ratelimited"));
    EXPECT_THAT(use_up("silent").body(), HasSubstr("ten requests"));
}

TEST_F(LimitedPaths, a_window_ends_and_other_credentials_have_their_own) {
    EXPECT_EQ(use_up("ietf").status(), 429);
    EXPECT_EQ(ask.send("GET", "/limited/ietf", {{"x-api-key", "api_stub"}}).status(), 200);
    ask.now += 10s;
    EXPECT_EQ(ask.get("/limited/ietf").status(), 200);
    EXPECT_EQ(use_up("slack").status(), 429);
    EXPECT_EQ(ask.get("/limited/slack").status(), 429);
    provider.reset();
    EXPECT_EQ(ask.get("/limited/slack").status(), 200);
}

}  // namespace
}  // namespace apilab::sandbox::api
