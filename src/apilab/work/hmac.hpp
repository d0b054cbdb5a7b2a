#pragma once

#include <string>
#include <string_view>

#include "apilab/base/secret.hpp"

namespace apilab::work {

/// HMAC-SHA256 (RFC 2104) of `message` in 64 lower-case hexadecimal digits. The key is taken as it
/// is: no decoding.
[[nodiscard]] std::string hmac_sha256_hex(const Secret& key, std::string_view message);

/// Are they equal? Takes as long for a difference in the first byte as for one in the last, so that
/// nobody can find a signature byte by byte from how long a refusal takes. Texts of different
/// length differ at once: the length of a signature is no secret.
[[nodiscard]] bool equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace apilab::work
