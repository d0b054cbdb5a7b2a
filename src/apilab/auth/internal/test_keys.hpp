#pragma once

#include <string>

#include "apilab/auth/signing_key.hpp"

// Keys for tests, made when they are first asked for: none lies in the repository, where scanners
// would find it and people would use it.
namespace apilab::auth::test {

struct PemKey {
    /// `BEGIN PRIVATE KEY`.
    std::string pkcs8;
    /// `BEGIN RSA PRIVATE KEY` or `BEGIN EC PRIVATE KEY`.
    std::string traditional;
    /// `BEGIN PUBLIC KEY`.
    std::string public_key;
    /// `BEGIN ENCRYPTED PRIVATE KEY`.
    std::string encrypted;
};

/// The same for the whole program: a new one takes a tenth of a second.
[[nodiscard]] const PemKey& rsa_pem();
[[nodiscard]] const PemKey& ec_pem();
/// `curve` as OpenSSL names it (`P-384`).
[[nodiscard]] PemKey new_ec_pem(const char* curve);
[[nodiscard]] PemKey new_rsa_pem(unsigned bits);
[[nodiscard]] PemKey new_ed25519_pem();

[[nodiscard]] SigningKey rsa_key(std::string key_id = "rsa-1");
[[nodiscard]] SigningKey ec_key(std::string key_id = "ec-1");
[[nodiscard]] SigningKey hmac_key(std::string key_id = "hmac-1");

/// RFC 7515 appendix A.3.
inline constexpr const char* rfc7515_ec_jwk =
    R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
    R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",)"
    R"("d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"})";

}  // namespace apilab::auth::test
