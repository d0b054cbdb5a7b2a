#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "apilab/auth/jws.hpp"
#include "apilab/auth/signing_key.hpp"
#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"
#include "apilab/base/secret.hpp"

namespace apilab::auth {

/// What a JWT says (RFC 7519 section 4.1). Empty fields are left out. A value.
struct JwtClaims {
    /// `iss`
    std::string issuer;
    /// `sub`
    std::string subject;
    /// `aud`: one is written as a string, several as an array.
    std::vector<std::string> audience;
    /// `iat`, `nbf` and `exp`, in whole seconds: what is behind them is cut off.
    std::optional<SystemTime> issued_at;
    std::optional<SystemTime> not_before;
    std::optional<SystemTime> expires_at;
    /// `jti`: a name that no other JWT of this issuer has, such as `uuid_v4(rng)`.
    std::string id;
    /// `scope`: names with spaces between.
    std::string scope;
    /// Others by name, each value as JSON text (`"7"`, `"\"a\""`).
    std::vector<std::pair<std::string, std::string>> more;
};

/// The claims as compact JSON. Errors (`invalid_argument`): `exp` not behind `iat` and `nbf`, a
/// name of `more` that stands there twice, a value that is no JSON, text that is not UTF-8.
[[nodiscard]] Result<std::string> claims_text(const JwtClaims& claims);

/// The claims signed: header `typ` `JWT` unless `fields` has another. A `Secret`, since who has it
/// is who it speaks of. Errors: those of `claims_text` and `sign_jws`.
///
///     const JwtClaims claims{.issuer = "me", .issued_at = now, .expires_at = now + minutes(5)};
///     APILAB_TRY(const auto token, sign_jwt(key, claims));
[[nodiscard]] Result<Secret> sign_jwt(const SigningKey& key, const JwtClaims& claims,
                                      const JwsHeaderFields& fields = {{"typ", "JWT"}});

}  // namespace apilab::auth
