#pragma once

#include <openssl/types.h>

#include <memory>
#include <string>
#include <string_view>

#include "apilab/auth/signing_key.hpp"
#include "apilab/base/result.hpp"
#include "apilab/base/secret.hpp"

namespace apilab::auth::internal {

inline constexpr int rsa_bits_min = 2048;
inline constexpr int rsa_bits_max = 8192;

/// What is behind a key. Never changes once it is made, so that copies may share it.
struct KeyMaterial {
    JwsAlgorithm algorithm = JwsAlgorithm::hs256;
    /// RSA or EC; null for HS256.
    std::shared_ptr<EVP_PKEY> asymmetric;
    Secret symmetric;
    bool can_sign = false;
    int bits = 0;
    std::string fingerprint;
};

/// Takes ownership of `key` and looks whether it may be used: kind, curve, size, and for one that
/// can sign whether its halves belong together. Error: `invalid_argument`.
[[nodiscard]] Result<KeyMaterial> asymmetric_material(EVP_PKEY* key, bool can_sign);
[[nodiscard]] Result<KeyMaterial> symmetric_material(const Secret& key);

/// The error for a key in PEM or JWK that cannot be used; `field` as a JSON pointer or empty. Also
/// empties OpenSSL's queue of errors, which would be found by whoever asks next.
[[nodiscard]] std::unexpected<Error> unusable(std::string message, std::string field = {});

/// Over these bytes: PKCS#1 v1.5, r and s of 32 bytes each, or the MAC. Error: `internal`.
[[nodiscard]] Result<std::string> sign(const KeyMaterial& key, std::string_view bytes);
[[nodiscard]] bool verify(const KeyMaterial& key, std::string_view bytes,
                          std::string_view signature);

/// A JWK: its material and its `kid`.
struct ReadJwk {
    KeyMaterial material;
    std::string key_id;
};
/// `to_sign`: a public key, or one whose `use` or `key_ops` is another, is an error.
[[nodiscard]] Result<ReadJwk> read_jwk(std::string_view json, bool to_sign);

}  // namespace apilab::auth::internal
