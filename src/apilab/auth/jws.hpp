#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apilab/auth/signing_key.hpp"
#include "apilab/base/result.hpp"

namespace apilab::auth {

/// The longest compact JWS that is written or read, in bytes: what still fits into a header.
inline constexpr std::size_t jws_size_max = std::size_t{16} * 1024;

/// Members of a protected header with their text, such as `{"typ", "JWT"}`.
using JwsHeaderFields = std::vector<std::pair<std::string, std::string>>;

/// `payload` signed, in compact form (RFC 7515 section 3.1): three parts of base64url with dots.
/// The header has `alg` and, where the key has an id, `kid`, then `fields` in their order.
///
///     APILAB_TRY(const auto text, sign_jws(key, {{"typ", "JWT"}}, R"({"iss":"me"})"));
///
/// Errors: `invalid_argument` for a field named `alg`, `kid`, `crit` or `b64`, for one that stands
/// there twice and for text that is not UTF-8; `too_large` beyond `jws_size_max`; `internal`.
[[nodiscard]] Result<std::string> sign_jws(const SigningKey& key, const JwsHeaderFields& fields,
                                           std::string_view payload);

/// A JWS whose signature was good.
struct Jws {
    /// The protected header as it came: a JSON object.
    std::string header;
    /// Its `typ` and `kid`, or empty.
    std::string type;
    std::string key_id;
    std::string payload;
};

/// The payload of a compact JWS that this key has signed. The algorithm is that of the key: what
/// the header says has to be the same, so that `none`, or a public key taken for the secret of an
/// HMAC, gets nowhere (RFC 8725 section 3.1). A `kid` is a hint for who chooses the key and not
/// compared.
///
/// Errors: `auth`, with `detail()` one of `malformed` (not three parts of base64url, a header that
/// is no JSON object or has a member twice), `algorithm`, `critical` (a `crit` or `b64`: extensions
/// are not understood), `mismatch`; `too_large` beyond `jws_size_max`. None of them has a part of
/// the text.
[[nodiscard]] Result<Jws> verify_jws(std::string_view compact, const VerificationKey& key);

}  // namespace apilab::auth
