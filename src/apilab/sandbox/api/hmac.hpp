#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/http/message.hpp"

namespace apilab::sandbox::api {

/// How far the date of a signed request may be from ours, either way.
inline constexpr Duration hmac_window = std::chrono::minutes(5);

/// What became of a signed request.
struct HmacVerdict {
    /// A word for the journal: empty where the signature is good, `missing` without one,
    /// `malformed`, `unknown_key`, `unsigned_header` (host and date have to be signed),
    /// `wrong_date`, `wrong_signature`.
    std::string_view why;
    /// What was signed by our reading: what a person lays beside his own.
    std::string text;
};

/// Reads `authorization: HMAC-SHA256 keyId=K, signedheaders=host;x-date, signature=HEX`. Signed are
/// lines with a line feed between: method, path with query, `name:value` of each signed header in
/// the order named, and the SHA-256 of the body in hex. The date is that of `x-date` or, where it
/// is the one that is signed, `date`.
///
/// `keys` are good for `key_id`. Knows nothing of the client's code on purpose: it is judged here.
[[nodiscard]] HmacVerdict check_hmac(const http::Request& request, std::string_view key_id,
                                     const std::vector<std::string>& keys, SystemTime now);

}  // namespace apilab::sandbox::api
