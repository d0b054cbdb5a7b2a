#include "apilab/auth/jwt.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apilab/auth/internal/test_keys.hpp"

namespace apilab::auth {
namespace {

using namespace std::chrono_literals;

const SystemTime noon{1'700'000'000s + 999ms};

TEST(Jwt, claims_stand_in_one_order_and_empty_ones_are_left_out) {
    EXPECT_EQ(claims_text({}).value(), "{}");
    EXPECT_EQ(claims_text({.issuer = "me",
                           .subject = "s\"",
                           .audience = {"https://a"},
                           .issued_at = noon,
                           .not_before = noon - 1s,
                           .expires_at = noon + 60s,
                           .id = "j",
                           .scope = "a b",
                           .more = {{"n", "7"}, {"o", R"({"x":[1]})"}}})
                  .value(),
              R"({"iss":"me","sub":"s\"","aud":"https://a","iat":1700000000,"nbf":1699999999,)"
              R"("exp":1700000060,"jti":"j","scope":"a b","n":7,"o":{"x":[1]}})");
    EXPECT_EQ(claims_text({.audience = {"a", "b"}}).value(), R"({"aud":["a","b"]})");
}

TEST(Jwt, what_no_server_would_take_is_refused) {
    EXPECT_FALSE(claims_text({.issued_at = noon, .expires_at = noon}));
    EXPECT_FALSE(claims_text({.not_before = noon, .expires_at = noon - 1s}));
    EXPECT_FALSE(claims_text({.issuer = "me", .more = {{"iss", "\"you\""}}}));
    EXPECT_FALSE(claims_text({.more = {{"n", "7}"}}}));
    EXPECT_FALSE(claims_text({.more = {{"n", ""}}}));
    EXPECT_FALSE(claims_text({.issuer = "\xFF"}));
}

TEST(Jwt, is_signed_as_a_jws_of_type_jwt) {
    const auto token = sign_jwt(test::ec_key(), {.issuer = "me"});
    ASSERT_TRUE(token);
    const auto jws = verify_jws(token->reveal(), test::ec_key().verification());
    ASSERT_TRUE(jws);
    EXPECT_EQ(jws->type, "JWT");
    EXPECT_EQ(jws->payload, R"({"iss":"me"})");
    const auto other = sign_jwt(test::ec_key(), {}, {{"typ", "at+jwt"}});
    EXPECT_EQ(verify_jws(other->reveal(), test::ec_key().verification())->type, "at+jwt");
    EXPECT_FALSE(sign_jwt(test::ec_key(), {.issuer = std::string(20000, 'x')}));
}

}  // namespace
}  // namespace apilab::auth
