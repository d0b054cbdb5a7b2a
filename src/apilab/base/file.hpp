#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "apilab/base/result.hpp"

namespace apilab {

/// The bytes of a regular file (links are followed). Errors: `invalid_argument` where it is missing
/// or no file, `io` where it cannot be read, `too_large` (before reading) above `size_max` bytes.
/// The message names the path. Blocks the thread.
[[nodiscard]] Result<std::string> read_file(const std::filesystem::path& path,
                                            std::size_t size_max);

/// Writes beside the target with mode 0600, syncs, and renames: readers see the old or the new
/// file, never half of one. A link at `path` is replaced, not followed; a device or a pipe there
/// is written to as it is. Error: `io`; nothing is left behind then. Blocks the thread.
[[nodiscard]] Result<void> write_file_atomically(const std::filesystem::path& path,
                                                 std::string_view content);

}  // namespace apilab
