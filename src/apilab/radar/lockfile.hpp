#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "apilab/base/result.hpp"
#include "apilab/radar/dependency_set.hpp"

namespace apilab::radar {

struct LockfileLimits {
    /// Largest text in bytes. Default 100 MiB.
    std::size_t size_max = std::size_t{100} << 20U;
    /// Deepest nesting of the JSON. Default 256, at most 1024.
    std::size_t depth_max = 256;
    /// Most installed copies. Default 200,000 (the largest real trees have some 10,000).
    std::size_t packages_max = 200'000;
    /// Most declared dependencies over all packages. Default 2,000,000.
    std::size_t edges_max = 2'000'000;
    /// Most node_modules folders inside one another. Default 100.
    std::size_t levels_max = 100;
};

/// Reads the text of a package-lock.json or npm-shrinkwrap.json (lockfile versions 1, 2 and 3) or
/// of a package.json; the content tells which.
///
/// `package_json_beside`: the package.json of the same folder, where there is one. Version 1
/// lockfiles do not say which dependencies are direct; without it they are guessed (what nothing
/// else requires), and `notes` says so. The other kinds do not need it.
///
/// In a package.json alone only direct dependencies are known. An exact version counts as
/// installed; a range becomes a `WantedVersion`.
///
/// What npm did not take from the registry (links, workspaces, git, files, tarballs) is listed in
/// `left_out`. An npm alias is listed under its real package.
///
/// Errors (`invalid_argument`, `too_large`): one line with the JSON pointer (also `detail()`) and a
/// remedy, without the file's name: text that is empty, truncated, nested too deeply or no JSON; a
/// field of the wrong type; an unknown lockfile version; a key that stands twice; a name or version
/// that is none; more than a limit.
[[nodiscard]] Result<DependencySet> read_dependencies(
    std::string_view text, std::optional<std::string_view> package_json_beside = {},
    LockfileLimits limits = {});

}  // namespace apilab::radar
