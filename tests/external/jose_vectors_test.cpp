// The JOSE cookbook (RFC 7520; APILAB_DATA/oauth/jose): every record of keys and signatures. Left
// out, by rule, which each test states: algorithms other than RS256, ES256 and HS256, curves other
// than P-256, keys that are not for signatures, and serialisations other than the compact one. What
// is left out has to be refused.

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "apilab/auth/jws.hpp"
#include "external_data.hpp"

namespace apilab::auth {
namespace {

bool ours(std::string_view algorithm) {
    return algorithm == "RS256" || algorithm == "ES256" || algorithm == "HS256";
}

// Headers that sign_jws writes: kid and the fields behind it.
JwsHeaderFields fields_of(http::Json header) {
    JwsHeaderFields fields;
    for (const auto& [name, value] : header.members()) {
        if (name != "alg" && name != "kid") {
            fields.emplace_back(name, value.string_or(""));
        }
    }
    return fields;
}

// A record with its key and one signature: signed again, checked, and refused where it is changed.
void expect_both_ways(http::Json record, http::Json signing) {
    const auto input = record["input"];
    const auto json = input["key"].to_text();
    const auto key = SigningKey::from_jwk(Secret(json));
    ASSERT_TRUE(key) << key.error().to_string();
    const auto payload = input["payload"].string_or("");
    const std::string kept(signing["sig-input"].string_or(""));
    const std::string compact = kept + "." + std::string(signing["sig"].string_or(""));

    const auto read = verify_jws(compact, key->verification());
    ASSERT_TRUE(read) << read.error().to_string();
    EXPECT_EQ(read->payload, payload);
    const auto without_key_id = signing["protected"]["kid"].missing();
    const auto made = sign_jws(without_key_id ? key->with_key_id("") : *key,
                               fields_of(signing["protected"]), payload);
    ASSERT_TRUE(made);
    if (record["reproducible"].boolean().value_or(true)) {
        EXPECT_EQ(*made, compact);
    }
    EXPECT_TRUE(verify_jws(*made, key->verification()));
    auto changed = compact;
    auto& inside = changed[changed.rfind('.') + 5];  // of the signature
    inside = inside == 'A' ? 'B' : 'A';
    EXPECT_EQ(verify_jws(changed, key->verification()).error().detail(), "mismatch");
}

TEST(JoseVectors, keys_are_read_or_refused_by_what_they_are_for) {
    const auto files = external::files_in("oauth/jose");
    APILAB_SKIP_WITHOUT(files);
    std::size_t taken = 0;
    std::size_t refused = 0;
    for (const auto& file : files) {
        const auto document = external::json_of(file);
        const auto jwk = document.root();
        if (jwk["kty"].missing()) {
            continue;  // a signature
        }
        const bool for_us =
            jwk["use"].string_or("sig") == "sig" &&
            (jwk["kty"].string_or("") != "EC" || jwk["crv"].string_or("") == "P-256");
        const bool is_private = jwk["kty"].string_or("") == "oct" || !jwk["d"].missing();
        const Secret text(jwk.to_text());
        const auto signing = SigningKey::from_jwk(text);
        const auto checking = VerificationKey::from_jwk(text);
        EXPECT_EQ(signing.has_value(), for_us && is_private) << file;
        EXPECT_EQ(checking.has_value(), for_us) << file;
        if (checking) {
            EXPECT_EQ(checking->key_id(), jwk["kid"].string_or("")) << file;
        }
        ++(for_us ? taken : refused);
    }
    EXPECT_GE(taken, 3U);
    EXPECT_GE(refused, 3U);
}

TEST(JoseVectors, signatures_are_made_and_checked) {
    const auto files = external::files_in("oauth/jose");
    APILAB_SKIP_WITHOUT(files);
    std::set<std::string> checked;
    std::size_t refused = 0;
    for (const auto& file : files) {
        const auto document = external::json_of(file);
        const auto record = document.root();
        const std::string algorithm(record["input"]["alg"].string_or(""));
        if (algorithm.empty()) {
            continue;  // a key, or several signatures
        }
        SCOPED_TRACE(file);
        if (ours(algorithm)) {
            expect_both_ways(record, record["signing"]);
            checked.insert(algorithm);
        } else {
            EXPECT_FALSE(SigningKey::from_jwk(Secret(record["input"]["key"].to_text())));
            ++refused;
        }
    }
    EXPECT_EQ(checked, (std::set<std::string>{"HS256", "RS256"}));
    EXPECT_GE(refused, 1U);
}

TEST(JoseVectors, of_several_signatures_each_compact_one_is_checked) {
    const auto files = external::files_in("oauth/jose");
    APILAB_SKIP_WITHOUT(files);
    std::size_t checked = 0;
    for (const auto& file : files) {
        const auto document = external::json_of(file);
        const auto record = document.root();
        const auto keys = record["input"]["key"];
        std::size_t at = 0;
        for (const auto signing : record["signing"].elements()) {
            const auto jwk = keys.at_pointer("/" + std::to_string(at++));
            const auto key = VerificationKey::from_jwk(Secret(jwk.to_text()));
            // Without a protected header there is no algorithm that was signed.
            if (!ours(signing["protected"]["alg"].string_or(""))) {
                continue;
            }
            ASSERT_TRUE(key) << file << ": " << key.error().to_string();
            const auto compact = std::string(signing["sig-input"].string_or("")) + "." +
                                 std::string(signing["sig"].string_or(""));
            const auto read = verify_jws(compact, *key);
            ASSERT_TRUE(read) << file << ": " << read.error().to_string();
            EXPECT_EQ(read->payload, record["input"]["payload"].string_or(""));
            ++checked;
        }
    }
    EXPECT_GE(checked, 1U);
}

// RFC 7515 appendix F: the payload comes by another way. The compact form is then a signature of
// something else.
TEST(JoseVectors, detached_content_is_no_signature_of_nothing) {
    const auto files = external::files_in("oauth/jose");
    APILAB_SKIP_WITHOUT(files);
    std::size_t seen = 0;
    for (const auto& file : files) {
        const auto document = external::json_of(file);
        const auto record = document.root();
        const auto compact = record["output"]["compact"].string_or("");
        if (!compact.contains("..")) {
            continue;
        }
        const auto key = VerificationKey::from_jwk(Secret(record["input"]["key"].to_text()));
        ASSERT_TRUE(key);
        EXPECT_EQ(verify_jws(compact, *key).error().detail(), "mismatch") << file;
        ++seen;
    }
    EXPECT_GE(seen, 1U);
}

}  // namespace
}  // namespace apilab::auth
