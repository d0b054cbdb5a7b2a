#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/result.hpp"

namespace apilab::cli {

struct ProjectFile {
    /// Below the project's folder: `src/main.cpp`.
    std::string path;
    std::string text;
};

/// A project that a learner begins with: one client, a test against the sandbox. `name` becomes its
/// program's: a letter, then letters, digits, `-` and `_`, at most 40 in all, and no name that
/// CMake keeps for itself. Error: `invalid_argument` that says so.
[[nodiscard]] Result<std::vector<ProjectFile>> project_of(std::string_view name);

/// Writes all files, and nothing where one of them is there already. Errors: `invalid_argument`
/// that names it, `io`.
[[nodiscard]] Result<void> write_project(const std::filesystem::path& folder,
                                         const std::vector<ProjectFile>& files);

}  // namespace apilab::cli
