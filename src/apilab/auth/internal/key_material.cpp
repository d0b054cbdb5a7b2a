#include "apilab/auth/internal/key_material.hpp"

#include <fmt/format.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "apilab/auth/internal/openssl_pointers.hpp"
#include "apilab/base/base64.hpp"
#include "apilab/base/digest.hpp"
#include "apilab/base/try.hpp"

namespace apilab::auth::internal {
namespace {

constexpr int coordinate_size = 32;
constexpr std::size_t symmetric_min = 32;
constexpr std::size_t symmetric_max = 1024;
constexpr std::string_view p256 = "prime256v1";

const unsigned char* raw(std::string_view bytes) {
    return reinterpret_cast<const unsigned char*>(bytes.data());
}
unsigned char* raw(std::string& bytes) {
    return reinterpret_cast<unsigned char*>(bytes.data());
}

std::string group_of(const EVP_PKEY* key) {
    std::array<char, 64> name{};
    std::size_t size = 0;
    return EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, name.data(), name.size(),
                                          &size) == 1
               ? std::string(name.data(), size)
               : std::string("unnamed");
}

// In base64url, `size` bytes of it where the size is fixed.
std::string number_of(const EVP_PKEY* key, const char* name, int size = 0) {
    BIGNUM* found = nullptr;
    if (EVP_PKEY_get_bn_param(key, name, &found) != 1) {
        return {};
    }
    const BigPtr number(found);
    std::string bytes(static_cast<std::size_t>(size > 0 ? size : BN_num_bytes(found)), '\0');
    return BN_bn2binpad(found, raw(bytes), static_cast<int>(bytes.size())) < 0
               ? std::string()
               : base64url_encode(bytes);
}

// RFC 7638 section 3: the members that make the key, in their order, without a space.
std::string thumbprint(const EVP_PKEY* key, JwsAlgorithm algorithm) {
    const std::string members =
        algorithm == JwsAlgorithm::rs256
            ? fmt::format(R"({{"e":"{}","kty":"RSA","n":"{}"}})",
                          number_of(key, OSSL_PKEY_PARAM_RSA_E),
                          number_of(key, OSSL_PKEY_PARAM_RSA_N))
            : fmt::format(R"({{"crv":"P-256","kty":"EC","x":"{}","y":"{}"}})",
                          number_of(key, OSSL_PKEY_PARAM_EC_PUB_X, coordinate_size),
                          number_of(key, OSSL_PKEY_PARAM_EC_PUB_Y, coordinate_size));
    return base64url_encode(sha256(members));
}

// With the exponent 1 every message is its own signature.
bool sound_exponent(const EVP_PKEY* key) {
    BIGNUM* found = nullptr;
    if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &found) != 1) {
        return false;
    }
    const BigPtr exponent(found);
    return BN_is_odd(found) == 1 && BN_num_bits(found) >= 2 && BN_num_bits(found) <= 64;
}

Result<std::string> to_raw(std::string_view der) {
    const auto* at = raw(der);
    const EcSignaturePtr parsed(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
    std::string bytes(std::size_t{2} * coordinate_size, '\0');
    if (!parsed || BN_bn2binpad(ECDSA_SIG_get0_r(parsed.get()), raw(bytes), coordinate_size) < 0 ||
        BN_bn2binpad(ECDSA_SIG_get0_s(parsed.get()), raw(bytes) + coordinate_size,
                     coordinate_size) < 0) {
        return fail(ErrorKind::internal, "OpenSSL gave no signature of two numbers");
    }
    return bytes;
}

// Empty where these are not two numbers of 32 bytes.
std::string to_der(std::string_view bytes) {
    const EcSignaturePtr made(ECDSA_SIG_new());
    if (bytes.size() != std::size_t{2} * coordinate_size || !made) {
        return {};
    }
    BigPtr r(BN_bin2bn(raw(bytes), coordinate_size, nullptr));
    BigPtr s(BN_bin2bn(raw(bytes) + coordinate_size, coordinate_size, nullptr));
    if (!r || !s || ECDSA_SIG_set0(made.get(), r.get(), s.get()) != 1) {
        return {};
    }
    (void)r.release();  // they are the signature's now
    (void)s.release();
    const int size = i2d_ECDSA_SIG(made.get(), nullptr);
    std::string der(static_cast<std::size_t>(std::max(size, 0)), '\0');
    auto* at = raw(der);
    i2d_ECDSA_SIG(made.get(), &at);
    return der;
}

Result<KeyMaterial> kind_of(EVP_PKEY* key) {
    KeyMaterial made{.asymmetric = std::shared_ptr<EVP_PKEY>(key, &EVP_PKEY_free)};
    made.bits = EVP_PKEY_get_bits(key);
    if (EVP_PKEY_is_a(key, "RSA") == 1) {
        made.algorithm = JwsAlgorithm::rs256;
        if (made.bits < rsa_bits_min || made.bits > rsa_bits_max) {
            return unusable(fmt::format("an RSA key of {} bits (expected {} to {})", made.bits,
                                        rsa_bits_min, rsa_bits_max));
        }
        if (!sound_exponent(key)) {
            return unusable("an RSA key whose exponent is not an odd number from 3 to 2^64");
        }
    } else if (EVP_PKEY_is_a(key, "EC") == 1) {
        made.algorithm = JwsAlgorithm::es256;
        if (group_of(key) != p256) {
            return unusable(fmt::format("a key on the curve {} (expected P-256)", group_of(key)));
        }
    } else {
        const char* name = EVP_PKEY_get0_type_name(key);
        return unusable(fmt::format("a key of type {} (expected RSA, or EC on P-256)",
                                    name == nullptr ? "unknown" : name));
    }
    return made;
}

}  // namespace

std::unexpected<Error> unusable(std::string message, std::string field) {
    ERR_clear_error();
    return fail(
        Error(ErrorKind::invalid_argument, std::move(message)).with_detail(std::move(field)));
}

Result<KeyMaterial> asymmetric_material(EVP_PKEY* key, bool can_sign) {
    APILAB_TRY(auto made, kind_of(key));
    made.can_sign = can_sign;
    made.fingerprint = thumbprint(key, made.algorithm);
    if (can_sign) {
        constexpr std::string_view probe = "apilab";
        const auto signature = sign(made, probe);
        if (!signature || !verify(made, probe, *signature)) {
            return unusable("a key whose private and public half do not belong together");
        }
    }
    ERR_clear_error();
    return made;
}

Result<KeyMaterial> symmetric_material(const Secret& key) {
    const auto size = key.reveal().size();
    if (size < symmetric_min || size > symmetric_max) {
        return unusable(fmt::format("a key of {} bytes for HS256 (expected {} to {})", size,
                                    symmetric_min, symmetric_max));
    }
    return KeyMaterial{.algorithm = JwsAlgorithm::hs256,
                       .symmetric = key,
                       .can_sign = true,
                       .bits = static_cast<int>(size) * 8,
                       .fingerprint = key.fingerprint()};
}

Result<std::string> sign(const KeyMaterial& key, std::string_view bytes) {
    if (key.algorithm == JwsAlgorithm::hs256) {
        return hmac_sha256(key.symmetric, bytes);
    }
    const DigestContextPtr context(EVP_MD_CTX_new());
    std::size_t size = 0;
    if (!context ||
        EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.asymmetric.get()) !=
            1 ||
        EVP_DigestSign(context.get(), nullptr, &size, raw(bytes), bytes.size()) != 1) {
        ERR_clear_error();
        return fail(ErrorKind::internal, "OpenSSL does not sign with this key");
    }
    std::string signature(size, '\0');
    if (EVP_DigestSign(context.get(), raw(signature), &size, raw(bytes), bytes.size()) != 1) {
        ERR_clear_error();
        return fail(ErrorKind::internal, "OpenSSL does not sign with this key");
    }
    signature.resize(size);
    return key.algorithm == JwsAlgorithm::es256 ? to_raw(signature) : signature;
}

bool verify(const KeyMaterial& key, std::string_view bytes, std::string_view signature) {
    if (key.algorithm == JwsAlgorithm::hs256) {
        return equal_in_constant_time(hmac_sha256(key.symmetric, bytes), signature);
    }
    std::string der;
    if (key.algorithm == JwsAlgorithm::es256) {
        der = to_der(signature);
        signature = der;
    }
    const DigestContextPtr context(EVP_MD_CTX_new());
    const bool good = context && !signature.empty() &&
                      EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr,
                                           key.asymmetric.get()) == 1 &&
                      EVP_DigestVerify(context.get(), raw(signature), signature.size(), raw(bytes),
                                       bytes.size()) == 1;
    ERR_clear_error();
    return good;
}

}  // namespace apilab::auth::internal
