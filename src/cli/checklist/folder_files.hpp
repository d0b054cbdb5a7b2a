#pragma once

#include <cstddef>
#include <filesystem>
#include <vector>

#include "apilab/base/result.hpp"
#include "checklist/observed.hpp"

namespace apilab::cli::checklist {

constexpr std::size_t files_max = 4'000;
constexpr std::size_t file_bytes_max = std::size_t{1} << 20U;
/// Of all of them together.
constexpr std::size_t all_bytes_max = std::size_t{256} << 20U;

/// The text files of a folder, or of `parts` of it (files and folders), sorted by their paths: at
/// most `files_max` of at most
/// `file_bytes_max`. Links are not followed; what has a NUL among its first bytes is no text; and
/// `.git`, `.apilab`, `build` and `node_modules` are left out, wherever they are. Error:
/// `invalid_argument` where there is no such folder or part.
[[nodiscard]] Result<std::vector<File>> read_folder(const std::filesystem::path& folder,
                                                    const std::vector<std::string>& parts = {});

}  // namespace apilab::cli::checklist
