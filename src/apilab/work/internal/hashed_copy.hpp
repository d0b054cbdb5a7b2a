#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "apilab/base/result.hpp"

namespace apilab::work::internal {

struct HashedFile {
    std::uint64_t bytes = 0;
    /// 64 hexadecimal digits.
    std::string sha256;
};

/// Reads `from` to its end, a piece at a time; with `to` copies it there, synced and in one step.
[[nodiscard]] Result<HashedFile> hash_file(const std::filesystem::path& from,
                                           const std::optional<std::filesystem::path>& to = {});

}  // namespace apilab::work::internal
