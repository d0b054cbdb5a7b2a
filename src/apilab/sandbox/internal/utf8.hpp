#pragma once

#include <string>
#include <string_view>

namespace apilab::sandbox::internal {

/// The text with U+FFFD for every byte that is no part of a well-formed character (RFC 3629): what
/// clients send may be anything, answers in JSON may not.
[[nodiscard]] std::string repaired_utf8(std::string_view text);

}  // namespace apilab::sandbox::internal
