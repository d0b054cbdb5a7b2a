#include <fmt/format.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/params.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "apilab/auth/internal/key_material.hpp"
#include "apilab/auth/internal/openssl_pointers.hpp"
#include "apilab/base/base64.hpp"
#include "apilab/base/try.hpp"
#include "apilab/http/json.hpp"

namespace apilab::auth::internal {
namespace {

constexpr std::size_t jwk_size_max = std::size_t{16} * 1024;
constexpr std::size_t number_size_max = rsa_bits_max / 8;

// A member in base64url. `size`: exactly so many bytes; 0: from 1 to those of the largest RSA key.
Result<Secret> bytes_of(http::Json jwk, std::string_view name, std::size_t size = 0) {
    const std::string field = fmt::format("/{}", name);
    const auto value = jwk[name];
    const auto text = value.string();
    if (!text) {
        return unusable(fmt::format("{}: {} (expected base64url)", field,
                                    value.missing() ? "missing" : "not a string"),
                        field);
    }
    auto bytes = base64url_decode(*text);
    if (!bytes) {
        return unusable(fmt::format("{}: not base64url without padding", field), field);
    }
    Secret secret(*std::move(bytes));
    const auto got = secret.reveal().size();
    if (size > 0 ? got != size : got == 0 || got > number_size_max) {
        return unusable(
            size > 0 ? fmt::format("{}: {} bytes (expected {})", field, got, size)
                     : fmt::format("{}: {} bytes (expected 1 to {})", field, got, number_size_max),
            field);
    }
    return secret;
}

BigPtr to_number(const Secret& bytes) {
    const auto text = bytes.reveal();
    // A secure number: the copies that OpenSSL makes of it are wiped too.
    BigPtr number(BN_secure_new());
    if (number && BN_bin2bn(reinterpret_cast<const unsigned char*>(text.data()),
                            static_cast<int>(text.size()), number.get()) == nullptr) {
        number.reset();
    }
    return number;
}

Result<KeyMaterial> from_params(const char* type, OSSL_PARAM_BLD* builder, bool has_private) {
    const ParamsPtr params(OSSL_PARAM_BLD_to_param(builder));
    const KeyContextPtr context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
    EVP_PKEY* key = nullptr;
    if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
        EVP_PKEY_fromdata(context.get(), &key, has_private ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY,
                          params.get()) != 1) {
        EVP_PKEY_free(key);
        return unusable(fmt::format("the members are no {} key", type));
    }
    return asymmetric_material(key, has_private);
}

struct RsaMember {
    const char* name;
    const char* param;
};
constexpr std::array rsa_members{RsaMember{"n", OSSL_PKEY_PARAM_RSA_N},
                                 RsaMember{"e", OSSL_PKEY_PARAM_RSA_E},
                                 RsaMember{"d", OSSL_PKEY_PARAM_RSA_D},
                                 RsaMember{"p", OSSL_PKEY_PARAM_RSA_FACTOR1},
                                 RsaMember{"q", OSSL_PKEY_PARAM_RSA_FACTOR2},
                                 RsaMember{"dp", OSSL_PKEY_PARAM_RSA_EXPONENT1},
                                 RsaMember{"dq", OSSL_PKEY_PARAM_RSA_EXPONENT2},
                                 RsaMember{"qi", OSSL_PKEY_PARAM_RSA_COEFFICIENT1}};
constexpr std::size_t n_at = 0;
constexpr std::size_t p_at = 3;
constexpr std::size_t q_at = 4;

bool factors_make(const BIGNUM* p, const BIGNUM* q, const BIGNUM* n) {
    const BigPtr product(BN_secure_new());
    const std::unique_ptr<BN_CTX, Release<&BN_CTX_free>> context(BN_CTX_secure_new());
    return product && context && BN_mul(product.get(), p, q, context.get()) == 1 &&
           BN_cmp(product.get(), n) == 0;
}

// RFC 7518 section 6.3: n and e, with d a private key, with the five others a fast one.
Result<KeyMaterial> read_rsa(http::Json jwk) {
    if (!jwk["oth"].missing()) {
        return unusable("/oth: a key of more than two primes", "/oth");
    }
    const bool has_private = !jwk["d"].missing();
    const bool has_factors =
        std::ranges::any_of(rsa_members.begin() + p_at, rsa_members.end(),
                            [&](const RsaMember& member) { return !jwk[member.name].missing(); });
    if (has_factors && !has_private) {
        return unusable("/d: missing, though there are primes", "/d");
    }
    std::array<BigPtr, rsa_members.size()> numbers;
    const std::size_t count = has_factors ? rsa_members.size() : has_private ? p_at : p_at - 1;
    const ParamBuilderPtr builder(OSSL_PARAM_BLD_new());
    for (std::size_t i = 0; i < count; ++i) {
        APILAB_TRY(const auto bytes, bytes_of(jwk, rsa_members[i].name));
        numbers[i] = to_number(bytes);
        if (!builder || !numbers[i] ||
            OSSL_PARAM_BLD_push_BN(builder.get(), rsa_members[i].param, numbers[i].get()) != 1) {
            return fail(ErrorKind::internal, "OpenSSL is out of memory");
        }
        // Before OpenSSL computes with them: its time grows with the cube of their size.
        if (i > n_at && BN_cmp(numbers[i].get(), numbers[n_at].get()) >= 0) {
            return unusable(fmt::format("/{}: not below /n", rsa_members[i].name),
                            fmt::format("/{}", rsa_members[i].name));
        }
    }
    if (has_factors &&
        !factors_make(numbers[p_at].get(), numbers[q_at].get(), numbers[n_at].get())) {
        return unusable("/p: with /q not the factors of /n", "/p");
    }
    return from_params("RSA", builder.get(), has_private);
}

// RFC 7518 section 6.2.
Result<KeyMaterial> read_ec(http::Json jwk) {
    constexpr std::size_t size = 32;
    if (jwk["crv"].string_or("") != "P-256") {
        return unusable("/crv: not P-256", "/crv");
    }
    APILAB_TRY(const auto x, bytes_of(jwk, "x", size));
    APILAB_TRY(const auto y, bytes_of(jwk, "y", size));
    const bool has_private = !jwk["d"].missing();
    std::string point = "\x04";
    point.append(x.reveal()).append(y.reveal());
    const ParamBuilderPtr builder(OSSL_PARAM_BLD_new());
    bool built = builder &&
                 OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME,
                                                 "prime256v1", 0) == 1 &&
                 OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY,
                                                  point.data(), point.size()) == 1;
    BigPtr number;  // until the parameters are made
    if (has_private) {
        APILAB_TRY(const auto d, bytes_of(jwk, "d", size));
        number = to_number(d);
        built = built && number &&
                OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, number.get()) == 1;
    }
    if (!built) {
        return fail(ErrorKind::internal, "OpenSSL is out of memory");
    }
    return from_params("EC", builder.get(), has_private);
}

// Each member once (RFC 7517 section 4): readers differ on which of two counts.
Result<void> no_member_twice(http::Json jwk) {
    std::set<std::string_view> names;
    for (const auto& [name, value] : jwk.members()) {
        if (!names.insert(name).second) {
            return unusable("a member of the JWK stands there twice");
        }
    }
    return {};
}

// What the key says of its use (RFC 7517 sections 4.2 to 4.4).
Result<void> allowed(http::Json jwk, JwsAlgorithm algorithm, bool to_sign) {
    if (const auto use = jwk["use"]; !use.missing() && use.string_or("") != "sig") {
        return unusable("/use: not a key for signatures (expected \"sig\")", "/use");
    }
    if (const auto operations = jwk["key_ops"]; !operations.missing()) {
        const auto elements = operations.elements();
        const bool has = std::ranges::any_of(elements, [&](http::Json operation) {
            const auto name = operation.string_or("");
            return name == "sign" || (!to_sign && name == "verify");
        });
        if (!has) {
            return unusable(fmt::format("/key_ops: has no \"{}\"", to_sign ? "sign" : "verify"),
                            "/key_ops");
        }
    }
    if (const auto name = jwk["alg"];
        !name.missing() && name.string_or("") != to_string(algorithm)) {
        return unusable(
            fmt::format("/alg: not {}, the only one for such a key here", to_string(algorithm)),
            "/alg");
    }
    return {};
}

}  // namespace

Result<ReadJwk> read_jwk(std::string_view json, bool to_sign) {
    const auto document =
        http::JsonDocument::parse(json, {.size_max = jwk_size_max, .depth_max = 4});
    if (!document || !document->root().is_object()) {
        return unusable("no JSON object of at most 16 KiB");
    }
    const auto jwk = document->root();
    APILAB_CHECK(no_member_twice(jwk));
    const auto kind = jwk["kty"].string_or("");
    auto material = [&]() -> Result<KeyMaterial> {
        if (kind == "RSA") {
            return read_rsa(jwk);
        }
        if (kind == "EC") {
            return read_ec(jwk);
        }
        if (kind == "oct") {
            APILAB_TRY(const auto key, bytes_of(jwk, "k"));
            return symmetric_material(key);
        }
        return unusable("/kty: not RSA, EC or oct", "/kty");
    }();
    if (!material) {
        return fail(std::move(material).error());
    }
    APILAB_CHECK(allowed(jwk, material->algorithm, to_sign));
    if (to_sign && !material->can_sign) {
        return unusable("/d: missing: a public key does not sign", "/d");
    }
    return ReadJwk{.material = *std::move(material),
                   .key_id = std::string(jwk["kid"].string_or(""))};
}

}  // namespace apilab::auth::internal
