#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace apilab::work::internal {

using Headers = std::vector<std::pair<std::string, std::string>>;

/// `4:host,5:a.com,`: every name and value with its length before it, so that no byte in them means
/// anything.
[[nodiscard]] std::string pack_headers(const Headers& headers);
/// Nothing where the text was not made by `pack_headers`.
[[nodiscard]] std::optional<Headers> unpack_headers(std::string_view text);

}  // namespace apilab::work::internal
