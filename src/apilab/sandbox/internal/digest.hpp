#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace apilab::sandbox::internal {

/// SHA-256 in lower-case hex.
[[nodiscard]] std::string sha256_hex(std::string_view bytes);
/// SHA-1 in lower-case hex, for names that git gives; not for security.
[[nodiscard]] std::string sha1_hex(std::string_view bytes);
/// With `+`, `/` and padding (RFC 4648 section 4). At most 1 GiB.
[[nodiscard]] std::string base64(std::string_view bytes);
/// `bytes` random bytes from the operating system in hex, for tokens.
[[nodiscard]] std::string random_hex(std::size_t bytes);

}  // namespace apilab::sandbox::internal
