#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/result.hpp"
#include "apilab/cache/stored_response.hpp"

/// How an entry is written into a file: `APC1`, numbers in little-endian order, texts with their
/// length before them, and the beginning of a SHA-256 of all that at the end, so that what a crash
/// or a disk made of it is told from what was written. Freshness is not written: it follows from
/// the headers.
namespace apilab::cache::internal {

/// What one entry may take in a file, whatever a cache's own limits are: 256 MiB.
inline constexpr std::size_t entry_size_max = std::size_t{256} << 20U;

[[nodiscard]] std::string write_vary(const std::vector<VaryField>& vary);
/// Error (`decode`): what is wrong, and where.
[[nodiscard]] Result<std::vector<VaryField>> read_vary(std::string_view bytes);

[[nodiscard]] std::string write_entry(const StoredResponse& stored);
/// Error (`decode`): what is wrong, and where. `freshness` is not worked out.
[[nodiscard]] Result<StoredResponse> read_entry(std::string_view bytes);

}  // namespace apilab::cache::internal
