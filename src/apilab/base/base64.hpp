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

}  // namespace apilab
