#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "apilab/base/result.hpp"
#include "apilab/http/json.hpp"

// As OpenSSL declares it: its headers stay out of ours.
struct evp_pkey_st;

namespace apilab::sandbox::internal {

/// Base64 with the alphabet for URLs, without padding (RFC 4648 section 5, RFC 7515 section 2).
[[nodiscard]] std::string base64url(std::string_view bytes);
/// Nothing for text that has padding or another alphabet.
[[nodiscard]] std::optional<std::string> base64url_bytes(std::string_view text);
/// `base64url(SHA-256(text))`: the challenge of PKCE (RFC 7636 section 4.2).
[[nodiscard]] std::string s256(std::string_view text);
/// Compares in a time that tells nothing of where they differ.
[[nodiscard]] bool same_secret(std::string_view a, std::string_view b);

/// A JSON Web Token in compact form, taken apart; nothing is verified yet.
struct Jwt {
    std::string algorithm;
    /// `kid`, or empty.
    std::string key_id;
    http::JsonDocument claims;
    /// What the signature is over: the first two parts.
    std::string signed_text;
    std::string signature;
};
/// Reads at most 16 KiB. Errors (`decode`): not three parts, a part that is no base64url, header or
/// claims that are no object, no `alg`, a `crit` (RFC 7515 section 4.1.11: we understand none).
[[nodiscard]] Result<Jwt> read_jwt(std::string_view text);

/// A key for signatures: RSA (RS256, 2048 bits and more) or P-256 (ES256). A value; the key itself
/// is shared. Written apart from the auth module's: the judge shares no code with what it judges.
class Key {
public:
    /// A private key (PKCS#8) or a public one (SubjectPublicKeyInfo). Error: `invalid_argument`.
    [[nodiscard]] static Result<Key> from_pem(std::string_view pem);

    /// `RS256` or `ES256`: the one that this key goes with.
    [[nodiscard]] std::string_view algorithm() const { return rsa_ ? "RS256" : "ES256"; }
    /// Is the token signed with this key, by this key's algorithm? (`none` never is.)
    [[nodiscard]] bool verify(const Jwt& token) const;
    /// `header.claims.signature` (RFC 7515 section 7.1); the header has `alg`, `typ` and `kid`.
    /// Error: `internal` for a public key.
    [[nodiscard]] Result<std::string> sign(std::string_view claims, std::string_view key_id) const;
    /// The public half as a JSON Web Key (RFC 7517) with `use` = `sig`; RSA only, else empty.
    [[nodiscard]] std::string jwk(std::string_view key_id) const;
    /// The public half as PEM.
    [[nodiscard]] std::string public_pem() const;

private:
    Key(std::shared_ptr<evp_pkey_st> key, bool rsa) : key_(std::move(key)), rsa_(rsa) {}

    std::shared_ptr<evp_pkey_st> key_;
    bool rsa_;
};

}  // namespace apilab::sandbox::internal
