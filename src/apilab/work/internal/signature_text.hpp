#pragma once

#include <span>
#include <string_view>

/// Signatures as text. What is here writes into room that is there: a webhook of a few hundred
/// bytes is verified in less time than a few allocations take.
namespace apilab::work::internal {

/// Digits in either case, two for each of the bytes and no more.
[[nodiscard]] bool read_hex(std::string_view text, std::span<char> bytes);

/// The one spelling that so many bytes have in base64 with padding (RFC 4648 section 4): bits
/// behind the last byte are zero, and nothing else stands there.
[[nodiscard]] bool read_base64(std::string_view text, std::span<char> bytes);

}  // namespace apilab::work::internal
