#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "apilab/base/result.hpp"
#include "apilab/base/secret.hpp"

namespace apilab::auth {

namespace internal {
struct KeyMaterial;
}  // namespace internal

/// How a JWS is signed (RFC 7518 section 3.1). A key has exactly one: what a token says of itself
/// never chooses it.
enum class JwsAlgorithm : std::uint8_t {
    /// RSASSA-PKCS1-v1_5 with SHA-256, keys of 2048 to 8192 bits.
    rs256,
    /// ECDSA on P-256 with SHA-256.
    es256,
    /// HMAC with SHA-256, keys of 32 bytes to 1 KiB.
    hs256,
};
/// `RS256`, `ES256`, `HS256`.
[[nodiscard]] std::string_view to_string(JwsAlgorithm algorithm);

/// What signatures are checked with: a public key or, for HS256, the secret. A value; copies share
/// the key, which never changes.
class VerificationKey {
public:
    /// The half of it that checks is taken where the key is private. Forms and errors are those of
    /// `SigningKey::from_jwk`.
    [[nodiscard]] static Result<VerificationKey> from_jwk(const Secret& json);
    /// `BEGIN PUBLIC KEY` (RFC 5280 SubjectPublicKeyInfo). Errors as of `SigningKey::from_pem`.
    [[nodiscard]] static Result<VerificationKey> from_pem(std::string_view pem,
                                                          std::string key_id = {});

    [[nodiscard]] JwsAlgorithm algorithm() const;
    /// `kid`, or empty.
    [[nodiscard]] const std::string& key_id() const { return key_id_; }
    /// As of `SigningKey::fingerprint`: the same for both halves.
    [[nodiscard]] const std::string& fingerprint() const;
    [[nodiscard]] const internal::KeyMaterial& material() const { return *material_; }

private:
    friend class SigningKey;
    VerificationKey(std::shared_ptr<const internal::KeyMaterial> material, std::string key_id)
        : material_(std::move(material)), key_id_(std::move(key_id)) {}
    std::shared_ptr<const internal::KeyMaterial> material_;
    std::string key_id_;
};

/// A key that signs. A value; copies share the key, which never changes and is never printed.
///
///     APILAB_TRY(const auto pem, read_file(path, 65536));
///     APILAB_TRY(const auto key, SigningKey::from_pem(Secret(pem), "key-1"));
///
/// Every private key signs a probe when it is read, and its public half has to agree: a key with a
/// flipped bit would give away more than bad signatures.
class SigningKey {
public:
    /// `BEGIN PRIVATE KEY` (PKCS#8), `BEGIN RSA PRIVATE KEY` (PKCS#1) or `BEGIN EC PRIVATE KEY`
    /// (SEC1), at most 64 KiB. Errors (`invalid_argument`, without a byte of the text): another
    /// kind of block, a passphrase, another curve than P-256, RSA below 2048 or above 8192 bits.
    [[nodiscard]] static Result<SigningKey> from_pem(const Secret& pem, std::string key_id = {});
    /// A JWK (RFC 7517) of kind `RSA`, `EC` with P-256, or `oct`; at most 16 KiB. `kid` becomes the
    /// key id; `use`, `key_ops` and `alg` have to allow signing by this algorithm where they are
    /// there. Errors (`invalid_argument`, the member in `detail()`): as of `from_pem`, members that
    /// are missing, malformed or do not belong together, a public key.
    [[nodiscard]] static Result<SigningKey> from_jwk(const Secret& json);
    /// HS256 with these bytes, 32 to 1024 (RFC 7518 section 3.2). Error: `invalid_argument`.
    [[nodiscard]] static Result<SigningKey> symmetric(const Secret& key, std::string key_id = {});

    [[nodiscard]] SigningKey with_key_id(std::string key_id) const;
    [[nodiscard]] VerificationKey verification() const { return {material_, key_id_}; }

    [[nodiscard]] JwsAlgorithm algorithm() const;
    /// What headers say as `kid`, or empty: then they have none.
    [[nodiscard]] const std::string& key_id() const { return key_id_; }
    /// Tells two keys apart without showing either: the JWK thumbprint (RFC 7638, SHA-256 in
    /// base64url) of the public half; for HS256 that of `Secret`.
    [[nodiscard]] const std::string& fingerprint() const;
    /// `RS256 key of 2048 bits, kid key-1`: for logs.
    [[nodiscard]] std::string describe() const;
    [[nodiscard]] const internal::KeyMaterial& material() const { return *material_; }

private:
    SigningKey(std::shared_ptr<const internal::KeyMaterial> material, std::string key_id)
        : material_(std::move(material)), key_id_(std::move(key_id)) {}
    std::shared_ptr<const internal::KeyMaterial> material_;
    std::string key_id_;
};

}  // namespace apilab::auth
