#pragma once

#include <string>
#include <string_view>

#include "apilab/base/secret.hpp"

namespace apilab {

/// SHA-256 (FIPS 180-4): 32 bytes.
[[nodiscard]] std::string sha256(std::string_view bytes);
/// HMAC-SHA256 (RFC 2104) of `message`: 32 bytes. The key is taken as it is.
[[nodiscard]] std::string hmac_sha256(const Secret& key, std::string_view message);
/// Lower-case hexadecimal digits, two for a byte.
[[nodiscard]] std::string to_hex(std::string_view bytes);

/// Are they the same? Takes as long for a near miss as for a far one, so that nobody can guess a
/// signature byte by byte. The length is no secret.
[[nodiscard]] bool equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace apilab
