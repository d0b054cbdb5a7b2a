#include "apilab/sandbox/internal/jose.hpp"

#include <gtest/gtest.h>

#include <string>

#include "apilab/sandbox/seed/keys.hpp"

namespace apilab::sandbox::internal {
namespace {

Key key(std::string_view name) {
    return Key::from_pem(seed::key(name)).value();
}

TEST(Jose, what_a_key_signs_it_verifies_and_no_other_does) {
    for (const auto* name : {"oauth-client-rs256", "oauth-client-es256"}) {
        const auto text = key(name).sign(R"({"iss":"x"})", "k1").value();
        const auto token = read_jwt(text).value();
        EXPECT_EQ(token.claims.root()["iss"].string(), "x");
        EXPECT_EQ(token.key_id, "k1");
        EXPECT_TRUE(key(name).verify(token)) << name;
        EXPECT_TRUE(Key::from_pem(key(name).public_pem())->verify(token)) << name;
        EXPECT_FALSE(key("github-app").verify(token)) << name;
    }
}

TEST(Jose, a_changed_payload_another_algorithm_and_none_are_refused) {
    const auto rsa = key("oauth-client-rs256");
    auto token = read_jwt(rsa.sign("{}", "k").value()).value();
    token.signed_text += "A";
    EXPECT_FALSE(rsa.verify(token));
    token = read_jwt(rsa.sign("{}", "k").value()).value();
    token.algorithm = "none";
    EXPECT_FALSE(rsa.verify(token));
    token.algorithm = "ES256";
    EXPECT_FALSE(rsa.verify(token));
    EXPECT_FALSE(key("oauth-client-es256").verify(token));
    token.algorithm = "RS256";
    EXPECT_TRUE(rsa.verify(token));
    EXPECT_FALSE(
        rsa.verify(read_jwt(base64url(R"({"alg":"none"})") + "." + base64url("{}") + ".").value()));
}

TEST(Jose, text_that_is_no_jwt_is_told_from_one) {
    const auto object = base64url("{}");
    const auto header = base64url(R"({"alg":"RS256"})");
    for (const auto& text : {std::string(), std::string("a.b"), header + "." + object,
                             header + "." + object + ".x.y", object + "." + object + ".AA",
                             header + "." + base64url("[1]") + ".AA", header + "." + object + ".A=",
                             base64url(R"({"alg":"RS256","crit":["b64"]})") + "." + object + ".AA",
                             std::string(20'000, 'a') + ".b.c"}) {
        EXPECT_EQ(read_jwt(text).error().kind(), ErrorKind::decode) << text.substr(0, 80);
    }
    EXPECT_TRUE(read_jwt(header + "." + object + ".AA"));
}

// RFC 7636 appendix B.
TEST(Jose, the_challenge_of_pkce_is_that_of_the_rfc) {
    EXPECT_EQ(s256("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
              "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

TEST(Jose, keys_that_are_too_small_or_no_keys_are_refused) {
    EXPECT_EQ(Key::from_pem("").error().kind(), ErrorKind::invalid_argument);
    EXPECT_EQ(Key::from_pem("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
                  .error()
                  .kind(),
              ErrorKind::invalid_argument);
    EXPECT_EQ(Key::from_pem(key("github-app").public_pem())->sign("{}", "k").error().kind(),
              ErrorKind::internal);
}

}  // namespace
}  // namespace apilab::sandbox::internal
