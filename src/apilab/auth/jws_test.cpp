#include "apilab/auth/jws.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apilab/auth/internal/test_keys.hpp"
#include "apilab/base/base64.hpp"
#include "apilab/base/digest.hpp"

namespace apilab::auth {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// The claims of RFC 7515 appendix A.
constexpr std::string_view joe =
    "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}";

std::string why_refused(std::string_view compact, const VerificationKey& key) {
    const auto jws = verify_jws(compact, key);
    return jws ? "accepted" : jws.error().detail();
}

std::string joined(std::string_view header, std::string_view payload, std::string_view signature) {
    return base64url_encode(header) + "." + base64url_encode(payload) + "." +
           base64url_encode(signature);
}

TEST(Jws, what_a_key_signed_its_public_half_accepts) {
    for (const auto& key : {test::rsa_key(), test::ec_key(), test::hmac_key()}) {
        const auto text = sign_jws(key, {{"typ", "JWT"}}, "hello");
        ASSERT_TRUE(text) << text.error().to_string();
        const auto jws = verify_jws(*text, key.verification());
        ASSERT_TRUE(jws) << jws.error().to_string();
        EXPECT_EQ(jws->payload, "hello");
        EXPECT_EQ(jws->type, "JWT");
        EXPECT_EQ(jws->key_id, key.key_id());
    }
}

TEST(Jws, the_examples_of_rfc_7515_are_accepted) {
    const auto ec = VerificationKey::from_jwk(Secret(test::rfc7515_ec_jwk));
    const auto es256 = verify_jws(
        "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxl"
        "LmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlS"
        "ApmWQxfKTUJqPP3-Kg6NU1Q",
        *ec);
    ASSERT_TRUE(es256) << es256.error().to_string();
    EXPECT_EQ(es256->payload, joe);
    const auto oct = VerificationKey::from_jwk(
        Secret(R"({"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj)"
               R"(0iPS4hcgUuTwjAzZr1Z9CAow"})"));
    const auto hs256 = verify_jws(
        "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogI"
        "mh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
        *oct);
    ASSERT_TRUE(hs256) << hs256.error().to_string();
    EXPECT_EQ(hs256->payload, joe);
}

TEST(Jws, the_header_has_the_algorithm_the_key_id_and_the_fields_in_their_order) {
    const auto text = sign_jws(test::hmac_key("k\"1"), {{"typ", "JWT"}, {"cty", "x"}}, "");
    ASSERT_TRUE(text);
    EXPECT_EQ(base64url_decode(text->substr(0, text->find('.'))),
              R"({"alg":"HS256","kid":"k\"1","typ":"JWT","cty":"x"})");
    const auto bare = sign_jws(test::hmac_key(""), {}, "");
    EXPECT_EQ(base64url_decode(bare->substr(0, bare->find('.'))), R"({"alg":"HS256"})");
}

TEST(Jws, unsigned_text_is_refused_whatever_its_signature) {
    const auto key = test::hmac_key().verification();
    for (const auto* header : {R"({"alg":"none"})", R"({"alg":"None"})", R"({"alg":null})", "{}"}) {
        EXPECT_EQ(why_refused(joined(header, "x", ""), key), "algorithm") << header;
        EXPECT_EQ(why_refused(joined(header, "x", "sig"), key), "algorithm") << header;
    }
}

TEST(Jws, a_public_key_is_never_the_secret_of_an_hmac) {
    const auto key = test::rsa_key().verification();
    const std::string text =
        base64url_encode(R"({"alg":"HS256"})") + "." + base64url_encode("forged");
    const auto mac = hmac_sha256(Secret(test::rsa_pem().public_key), text);
    EXPECT_EQ(why_refused(text + "." + base64url_encode(mac), key), "algorithm");
}

TEST(Jws, the_algorithm_is_that_of_the_key) {
    const auto by_ec = sign_jws(test::ec_key(), {}, "x");
    EXPECT_EQ(why_refused(*by_ec, test::rsa_key().verification()), "algorithm");
    EXPECT_EQ(why_refused(*by_ec, test::hmac_key().verification()), "algorithm");
    const auto other = test::new_ec_pem("P-256");
    EXPECT_EQ(why_refused(*by_ec, *VerificationKey::from_pem(other.public_key)), "mismatch");
}

TEST(Jws, one_changed_character_anywhere_is_noticed) {
    for (const auto& key : {test::rsa_key(), test::ec_key(), test::hmac_key()}) {
        const auto text = sign_jws(key, {}, "hello, world").value();
        for (std::size_t at = 0; at < text.size(); ++at) {
            auto changed = text;
            changed[at] = changed[at] == 'A' ? 'B' : 'A';
            EXPECT_NE(why_refused(changed, key.verification()), "accepted") << at;
            changed.erase(at, 1);
            EXPECT_NE(why_refused(changed, key.verification()), "accepted") << at;
        }
    }
}

TEST(Jws, an_ecdsa_signature_is_64_bytes_and_never_der) {
    const auto key = test::ec_key().verification();
    const auto text = sign_jws(test::ec_key(), {}, "x").value();
    const auto dot = text.rfind('.');
    const auto raw = base64url_decode(text.substr(dot + 1)).value();
    EXPECT_EQ(raw.size(), 64U);
    const auto with_signature = [&](std::string_view bytes) {
        return text.substr(0, dot + 1) + base64url_encode(bytes);
    };
    EXPECT_EQ(why_refused(with_signature(raw), key), "accepted");
    for (const auto& bad : {raw + '\0', raw.substr(0, 63), std::string(64, '\0'), std::string(),
                            std::string(64, '\xFF'), "0E\x02!" + raw}) {
        EXPECT_EQ(why_refused(with_signature(bad), key), "mismatch");
    }
}

TEST(Jws, malformed_text_is_refused_without_being_shown) {
    const auto key = test::hmac_key().verification();
    const auto good = sign_jws(test::hmac_key(), {}, "hunter2").value();
    for (const auto& bad :
         {std::string(), std::string("."), std::string(".."), std::string("..."), good + ".",
          good + "=", " " + good, good + "\n", "x" + good, joined("hunter2", "x", "x"),
          joined("[]", "x", "x"), joined(R"({"alg":"HS256","alg":"HS256"})", "x", "x"),
          joined(std::string(200, '['), "x", "x")}) {
        const auto jws = verify_jws(bad, key);
        ASSERT_FALSE(jws) << bad;
        EXPECT_EQ(jws.error().kind(), ErrorKind::auth);
        EXPECT_EQ(jws.error().detail(), "malformed") << bad;
        EXPECT_THAT(jws.error().to_string(), Not(HasSubstr("hunter2")));
    }
}

TEST(Jws, extensions_that_must_be_understood_are_refused) {
    const auto key = test::hmac_key().verification();
    for (const auto* header : {R"({"alg":"HS256","crit":["exp"],"exp":1})",
                               R"({"alg":"HS256","crit":[]})", R"({"alg":"HS256","b64":false})"}) {
        const std::string text = base64url_encode(header) + "." + base64url_encode("x");
        const auto mac = hmac_sha256(Secret(std::string(32, 'k')), text);
        EXPECT_EQ(why_refused(text + "." + base64url_encode(mac), key), "critical") << header;
    }
}

TEST(Jws, what_is_larger_than_16_kib_is_neither_written_nor_read) {
    const auto key = test::hmac_key();
    EXPECT_EQ(sign_jws(key, {}, std::string(jws_size_max + 1, 'x')).error().kind(),
              ErrorKind::too_large);
    EXPECT_EQ(sign_jws(key, {}, std::string(jws_size_max * 3 / 4, 'x')).error().kind(),
              ErrorKind::too_large);
    const auto large = sign_jws(key, {}, std::string(12000, 'x'));
    ASSERT_TRUE(large);
    EXPECT_TRUE(verify_jws(*large, key.verification()));
    EXPECT_EQ(verify_jws(std::string(jws_size_max + 1, 'x'), key.verification()).error().kind(),
              ErrorKind::too_large);
}

TEST(Jws, fields_that_the_key_decides_are_refused) {
    for (const auto* name : {"alg", "kid", "crit", "b64"}) {
        EXPECT_FALSE(sign_jws(test::hmac_key(), {{name, "x"}}, "x")) << name;
    }
    EXPECT_FALSE(sign_jws(test::hmac_key(), {{"typ", "a"}, {"typ", "b"}}, "x"));
    EXPECT_FALSE(sign_jws(test::hmac_key(), {{"typ", "\xFF"}}, "x"));
}

}  // namespace
}  // namespace apilab::auth
