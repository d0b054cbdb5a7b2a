#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace apilab {

/// RFC 4648 section 4: the standard alphabet, with padding, without line breaks.
[[nodiscard]] std::string base64_encode(std::string_view bytes);

/// The bytes; nothing for text that is not base64 (another alphabet, missing padding, white space)
/// or is longer than 16 MiB.
[[nodiscard]] std::optional<std::string> base64_decode(std::string_view text);

/// RFC 4648 section 5 without padding, as JOSE and PKCE write it: what may stand in a URL as it is.
[[nodiscard]] std::string base64url_encode(std::string_view bytes);
/// The bytes; nothing for text that `base64url_encode` would not have written (padding, the other
/// alphabet, white space, bits behind the last byte that are not zero) or is longer than 16 MiB.
[[nodiscard]] std::optional<std::string> base64url_decode(std::string_view text);

}  // namespace apilab
