#include "apilab/policy/token_life.hpp"

#include <gtest/gtest.h>

#include <string>

namespace apilab::policy {
namespace {

using namespace std::chrono_literals;

std::optional<Duration> read(const std::string& value) {
    const auto json = http::JsonDocument::parse("{\"expires_in\":" + value + "}");
    return read_expires_in(json->root()["expires_in"]);
}

TEST(TokenLife, a_lifetime_is_read_as_servers_write_it) {
    EXPECT_EQ(read("3600"), Duration(1h));
    EXPECT_EQ(read("\"3600\""), Duration(1h));
    EXPECT_EQ(read("3599.5"), Duration(3599s));
    EXPECT_EQ(read("0"), Duration(0s));
    EXPECT_EQ(read("-5"), Duration(0s));
    EXPECT_EQ(read("99999999999999"), Duration(24h * 3650));
    for (const auto* nothing : {"null", "\"\"", "\"soon\"", "\"3600 \"", "{}", "true"}) {
        EXPECT_FALSE(read(nothing)) << nothing;
    }
    EXPECT_FALSE(read_expires_in({}));
}

TEST(TokenLife, a_token_is_replaced_a_minute_early_and_a_short_one_after_three_quarters) {
    const SteadyTime asked(10h);
    EXPECT_EQ(renew_token_at(asked, 1h, {}), asked + 59min);
    EXPECT_EQ(renew_token_at(asked, 60s, {}), asked + 45s);
    EXPECT_EQ(renew_token_at(asked, 0s, {}), asked);
    EXPECT_EQ(renew_token_at(asked, 1h, {.early = 0s}), asked + 1h);
    EXPECT_EQ(renew_token_at(asked, std::nullopt, {}), SteadyTime::max());
}

TEST(TokenLife, refusals_are_told_apart) {
    EXPECT_EQ(classify_token_error("invalid_grant"), TokenRefusal::consent);
    EXPECT_EQ(classify_token_error("invalid_client"), TokenRefusal::configuration);
    EXPECT_EQ(classify_token_error("temporarily_unavailable"), TokenRefusal::transient);
    EXPECT_EQ(classify_token_error(""), TokenRefusal::transient);
}

TEST(TokenLife, an_option_out_of_range_is_named) {
    EXPECT_TRUE(TokenLifeOptions().validate());
    EXPECT_FALSE(TokenLifeOptions{.early = -1s}.validate());
    EXPECT_FALSE(TokenLifeOptions{.early = 61min}.validate());
}

}  // namespace
}  // namespace apilab::policy
