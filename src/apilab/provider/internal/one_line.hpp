#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace apilab::provider::internal {

/// What somebody else says, for an error: UTF-8 on one line, of at most `bytes` bytes and whole
/// characters only. Stores and logs take no other text.
[[nodiscard]] std::string one_line(std::string_view text, std::size_t bytes);

}  // namespace apilab::provider::internal
