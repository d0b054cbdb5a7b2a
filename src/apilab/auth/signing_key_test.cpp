#include "apilab/auth/signing_key.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apilab/auth/internal/test_keys.hpp"
#include "apilab/auth/jws.hpp"

namespace apilab::auth {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string refusal_of_pem(const std::string& pem) {
    const auto key = SigningKey::from_pem(Secret(pem));
    EXPECT_FALSE(key);
    EXPECT_EQ(key ? ErrorKind::internal : key.error().kind(), ErrorKind::invalid_argument);
    return key ? "accepted" : key.error().to_string();
}

Error refusal_of_jwk(const std::string& json) {
    const auto key = SigningKey::from_jwk(Secret(json));
    EXPECT_FALSE(key) << json;
    return key ? Error(ErrorKind::internal, "accepted") : key.error();
}

std::string with(std::string text, std::string_view what, std::string_view instead) {
    const auto at = text.find(what);
    EXPECT_NE(at, std::string::npos) << what;
    return text.replace(at, what.size(), instead);
}

TEST(SigningKey, is_read_from_every_form_of_pem) {
    for (const auto& [pem, algorithm] : {std::pair(test::rsa_pem(), JwsAlgorithm::rs256),
                                         std::pair(test::ec_pem(), JwsAlgorithm::es256)}) {
        const auto modern = SigningKey::from_pem(Secret(pem.pkcs8), "k1");
        const auto old = SigningKey::from_pem(Secret("comment\n" + pem.traditional));
        ASSERT_TRUE(modern) << modern.error().to_string();
        ASSERT_TRUE(old) << old.error().to_string();
        EXPECT_EQ(modern->algorithm(), algorithm);
        EXPECT_EQ(modern->key_id(), "k1");
        EXPECT_EQ(old->key_id(), "");
        EXPECT_EQ(modern->fingerprint(), old->fingerprint());
        const auto half = VerificationKey::from_pem(pem.public_key);
        ASSERT_TRUE(half) << half.error().to_string();
        EXPECT_EQ(half->fingerprint(), old->fingerprint());
        EXPECT_EQ(half->algorithm(), algorithm);
    }
    EXPECT_THAT(test::rsa_pem().traditional, HasSubstr("BEGIN RSA PRIVATE KEY"));
    EXPECT_THAT(test::ec_pem().traditional, HasSubstr("BEGIN EC PRIVATE KEY"));
}

TEST(SigningKey, what_is_too_weak_or_of_another_kind_is_refused_by_name) {
    EXPECT_THAT(refusal_of_pem(test::new_rsa_pem(1024).pkcs8), HasSubstr("RSA key of 1024 bits"));
    EXPECT_THAT(refusal_of_pem(test::new_ec_pem("P-384").pkcs8), HasSubstr("secp384r1"));
    EXPECT_THAT(refusal_of_pem(test::new_ec_pem("P-384").traditional), HasSubstr("secp384r1"));
    EXPECT_THAT(refusal_of_pem(test::new_ed25519_pem().pkcs8), HasSubstr("ED25519"));
    EXPECT_THAT(refusal_of_pem(test::ec_pem().encrypted), HasSubstr("passphrase"));
    EXPECT_THAT(refusal_of_pem(test::ec_pem().public_key), HasSubstr("public key"));
    EXPECT_THAT(refusal_of_pem(""), HasSubstr("no private key in PEM"));
    EXPECT_THAT(refusal_of_pem(std::string(65537, 'x')), HasSubstr("64 KiB"));
    EXPECT_FALSE(VerificationKey::from_pem(test::ec_pem().pkcs8));
}

TEST(SigningKey, a_cut_pem_is_refused_without_showing_any_of_it) {
    const auto& whole = test::ec_pem().pkcs8;
    const auto inside = whole.substr(40, 20);
    for (const std::size_t size : {whole.size() / 2, whole.size() - 30, std::size_t{30}}) {
        EXPECT_THAT(refusal_of_pem(whole.substr(0, size)), Not(HasSubstr(inside)));
    }
}

TEST(SigningKey, hmac_wants_32_bytes) {
    EXPECT_FALSE(SigningKey::symmetric(Secret(std::string(31, 'k'))));
    EXPECT_FALSE(SigningKey::symmetric(Secret(std::string(1025, 'k'))));
    const auto key = SigningKey::symmetric(Secret(std::string(32, 'k')), "h");
    ASSERT_TRUE(key);
    EXPECT_EQ(key->algorithm(), JwsAlgorithm::hs256);
    EXPECT_EQ(key->fingerprint(), Secret(std::string(32, 'k')).fingerprint());
}

TEST(SigningKey, says_what_it_is_and_nothing_of_what_it_holds) {
    EXPECT_EQ(test::rsa_key("k1").describe(), "RS256 key of 2048 bits, kid k1");
    EXPECT_EQ(test::ec_key("").describe(), "ES256 key of 256 bits");
    EXPECT_EQ(test::hmac_key("").with_key_id("x").describe(), "HS256 key of 256 bits, kid x");
}

TEST(SigningKey, the_fingerprint_is_the_thumbprint_of_rfc_7638) {
    const auto key = VerificationKey::from_jwk(Secret(
        R"({"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1)"
        R"(RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5)"
        R"(w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbO)"
        R"(pbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEg)"
        R"(U8awapJzKnqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29"})"));
    ASSERT_TRUE(key) << key.error().to_string();
    EXPECT_EQ(key->fingerprint(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    EXPECT_EQ(key->key_id(), "2011-04-29");
}

TEST(Jwk, each_member_that_cannot_be_used_is_named) {
    const std::string good = test::rfc7515_ec_jwk;
    ASSERT_TRUE(SigningKey::from_jwk(Secret(good)));
    for (const auto& [bad, field] :
         {std::pair(with(good, R"("kty":"EC")", R"("kty":"OKP")"), "/kty"),
          std::pair(with(good, "P-256", "P-521"), "/crv"),
          std::pair(with(good, R"("x":"f)", R"("x":")"), "/x"),
          std::pair(with(good, R"("y":"x_)", R"("y":"x+)"), "/y"),
          std::pair(with(good, R"("d":"jps)", R"("d":null,"z":"jps)"), "/d"),
          std::pair(with(good, R"("d":)", R"("e":)"), "/d"),
          std::pair(with(good, "}", R"(,"use":"enc"})"), "/use"),
          std::pair(with(good, "}", R"(,"key_ops":["verify"]})"), "/key_ops"),
          std::pair(with(good, "}", R"(,"key_ops":7})"), "/key_ops"),
          std::pair(with(good, "}", R"(,"alg":"ES512"})"), "/alg"),
          std::pair(std::string(R"({"kty":"oct","k":"c2hvcnQ"})"), ""),
          std::pair(std::string(R"({"kty":"oct"})"), "/k"),
          std::pair(std::string(R"({"kty":"RSA","n":"AQAB","e":"Aw","p":"Aw"})"), "/d"),
          std::pair(std::string(R"({"kty":"RSA","n":"Aw","e":"AQAB","d":"Aw"})"), "/e"),
          std::pair(std::string(R"({"kty":"RSA","oth":[]})"), "/oth")}) {
        const auto error = refusal_of_jwk(bad);
        EXPECT_EQ(error.kind(), ErrorKind::invalid_argument) << bad;
        EXPECT_EQ(error.detail(), field) << error.to_string();
        EXPECT_THAT(error.to_string(), Not(HasSubstr("jpsQnn")));
    }
    for (const auto* no_object : {"", "[]", "null", "{", R"({"kty":"EC","kty":"EC"})"}) {
        (void)refusal_of_jwk(no_object);
    }
}

TEST(Jwk, halves_that_do_not_belong_together_are_refused) {
    const std::string good = test::rfc7515_ec_jwk;
    EXPECT_THAT(refusal_of_jwk(with(good, R"("d":"jps)", R"("d":"jpt)")).to_string(),
                HasSubstr("do not belong together"));
    EXPECT_THAT(refusal_of_jwk(with(good, R"("x":"f83)", R"("x":"f84)")).to_string(),
                HasSubstr("no EC key"))
        << "not on the curve";
}

TEST(Jwk, a_public_key_checks_and_does_not_sign) {
    const auto half =
        with(test::rfc7515_ec_jwk, R"(,"d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI")", "");
    EXPECT_EQ(refusal_of_jwk(half).detail(), "/d");
    const auto key = VerificationKey::from_jwk(Secret(half));
    ASSERT_TRUE(key);
    const auto whole = SigningKey::from_jwk(Secret(test::rfc7515_ec_jwk));
    EXPECT_EQ(key->fingerprint(), whole->fingerprint());
    EXPECT_TRUE(verify_jws(*sign_jws(*whole, {}, "x"), *key));
}

}  // namespace
}  // namespace apilab::auth
