#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apilab/sandbox/credentials.hpp"
#include "apilab/sandbox/internal/test_shop.hpp"

namespace apilab::sandbox {
namespace {

using namespace std::chrono_literals;
using internal::Shopper;
using ::testing::HasSubstr;

const std::string key = seed_secret(1, "api key", "ak_");

http::Headers with(const std::string& value) {
    return {{"x-api-key", value}};
}

TEST(CredentialCheck, a_key_belongs_into_its_header) {
    Shopper shopper("name = \"x\"");
    EXPECT_EQ(shopper.finding("AUT-01").reason, UnknownReason::not_exercised);
    shopper.send("GET", "/api/auth/key", {}, {}, with(key));
    EXPECT_EQ(shopper.finding("AUT-01").verdict, Verdict::pass);
    shopper.send("GET", "/api/items?q=" + key, {}, {}, with(key));
    const auto found = shopper.finding("AUT-01");
    EXPECT_EQ(found.verdict, Verdict::fail);
    EXPECT_EQ(found.rows.size(), 1U);
    EXPECT_THAT(found.sentence, HasSubstr("url"));
}

TEST(CredentialCheck, a_fixed_key_in_the_query_is_seen_by_the_provider) {
    Shopper shopper("name = \"x\"");
    shopper.send("GET", "/api/auth/key?api_key=api_stub");
    EXPECT_EQ(shopper.finding("AUT-01").verdict, Verdict::fail);
}

TEST(RotationCheck, the_new_key_is_used_before_the_old_one_ends) {
    Shopper good("name = \"x\"");
    EXPECT_EQ(good.finding("AUT-14").reason, UnknownReason::not_exercised);
    good.send("POST", "/api/keys/rotate", {}, {}, with(key));
    good.wait(59s);
    good.send("GET", "/api/auth/key", {}, {}, with(key));
    EXPECT_EQ(good.finding("AUT-14").reason, UnknownReason::not_exercised);
    good.send("GET", "/api/auth/key", {}, {}, with(seed_secret(1, "api key 2", "ak_")));
    EXPECT_EQ(good.finding("AUT-14").verdict, Verdict::pass);

    Shopper late("name = \"x\"");
    late.send("POST", "/api/keys/rotate", {}, {}, with(key));
    late.wait(61s);
    late.send("GET", "/api/auth/key", {}, {}, with(key));
    const auto found = late.finding("AUT-14");
    EXPECT_EQ(found.verdict, Verdict::fail);
    EXPECT_EQ(found.rows.size(), 1U);
}

TEST(OutputCheck, no_secret_may_stand_in_what_is_handed_in) {
    Shopper shopper("name = \"x\"");
    EXPECT_EQ(shopper.finding("SEC-01").reason, UnknownReason::not_applicable);
    ASSERT_TRUE(shopper.sandbox->hand_in("log", "GET /api/auth/key 200 key=***"));
    EXPECT_EQ(shopper.finding("SEC-01").verdict, Verdict::pass);
    ASSERT_TRUE(shopper.sandbox->hand_in("metrics", "requests{key=\"" + key + "\"} 1"));
    const auto found = shopper.finding("SEC-01");
    EXPECT_EQ(found.verdict, Verdict::fail);
    EXPECT_THAT(found.sentence, HasSubstr("metrics"));
    EXPECT_EQ(shopper.sandbox->numbers().at("places with a secret"), 1);
}

TEST(StartCheck, every_missing_name_is_said_at_once) {
    Shopper shopper("name = \"x\"");
    EXPECT_EQ(shopper.finding("SEC-02").reason, UnknownReason::not_applicable);
    ASSERT_TRUE(shopper.sandbox->hand_in("first start", "missing: APILAB_API_KEY"));
    const auto found = shopper.finding("SEC-02");
    EXPECT_EQ(found.verdict, Verdict::fail);
    EXPECT_THAT(found.sentence, HasSubstr("APILAB_API_USER, APILAB_API_PASSWORD"));
    ASSERT_TRUE(shopper.sandbox->hand_in(
        "first start",
        "APILAB_API_KEY APILAB_API_USER APILAB_API_PASSWORD APILAB_API_TOKEN are missing"));
    EXPECT_EQ(shopper.finding("SEC-02").verdict, Verdict::pass);
}

}  // namespace
}  // namespace apilab::sandbox
