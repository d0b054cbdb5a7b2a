#pragma once

#include <filesystem>

#include "apilab/base/result.hpp"
#include "apilab/radar/lockfile.hpp"

namespace apilab::radar {

/// A project's dependencies and the file they were read from.
struct RadarInput {
    std::filesystem::path file;
    DependencySet dependencies;
};

/// Reads what PATH stands for: a file, or a folder's npm-shrinkwrap.json, package-lock.json or
/// package.json, whichever comes first (npm's own order). For a lockfile the package.json beside it
/// is read too, where there is one. Blocking file access.
///
/// Errors: those of `read_file` and `read_dependencies`, naming the file; `invalid_argument` for a
/// path that does not exist and a folder without any of the three.
[[nodiscard]] Result<RadarInput> read_input(const std::filesystem::path& path,
                                            LockfileLimits limits = {});

}  // namespace apilab::radar
