#pragma once

#include <string>
#include <string_view>

#include "apilab/base/clock.hpp"
#include "apilab/http/message.hpp"

namespace apilab::sandbox::oauth {

/// Metadata of the server whose issuer is `base_url` (RFC 8414 section 2, OpenID Connect Discovery
/// 1.0 section 3, RFC 8628 section 4, RFC 9207 section 3).
[[nodiscard]] http::Response discovery(std::string_view base_url);
/// The key that ID tokens are signed with, as a JSON Web Key Set (RFC 7517 section 5).
[[nodiscard]] http::Response key_set();

/// What an ID token is about.
struct IdTokenFacts {
    std::string issuer;
    std::string client;
    std::string user;
    std::string nonce;
    /// For `at_hash`.
    std::string access_token;
    SystemTime consented;
    SystemTime now;
};
/// An ID token (OpenID Connect Core 1.0 section 2), RS256, good for an hour: `iss`, `sub`, `aud`,
/// `exp`, `iat`, `auth_time`, `at_hash`, `email`, and `nonce` where there was one.
[[nodiscard]] std::string id_token(const IdTokenFacts& facts);

}  // namespace apilab::sandbox::oauth
