#include "apilab/radar/internal/command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "apilab/radar/internal/semver_text.hpp"

namespace apilab::radar::internal {
namespace {

/// A workspace folder that needs no quoting; others are left to the reader.
bool is_plain(const std::string& path) {
    return !path.starts_with('-') && std::ranges::all_of(path, [](char c) {
        return is_identifier_char(c) || c == '.' || c == '_' || c == '/' || c == '@';
    });
}

std::optional<std::string> install_command(const std::string& package,
                                           const std::vector<const InstalledVersion*>& replaced,
                                           const std::string& version) {
    std::set<std::string> names;
    std::set<std::string> workspaces;
    for (const InstalledVersion* copy : replaced) {
        if (!copy->direct) {
            continue;
        }
        const bool plain = copy->alias.empty() || !is_package_name(copy->alias);
        names.insert(plain ? fmt::format("{}@{}", package, version)
                           : fmt::format("{}@npm:{}@{}", copy->alias, package, version));
        for (const Demand& demand : copy->demands) {
            if (demand.direct) {
                workspaces.insert(demand.by);
            }
        }
    }
    std::string command = "npm install";
    const bool project_itself = workspaces.empty() || workspaces.contains("");
    for (const std::string& workspace : workspaces) {
        if (!workspace.empty() && !is_plain(workspace)) {
            return std::nullopt;
        }
        command += workspace.empty() ? std::string() : " --workspace " + workspace;
    }
    if (project_itself && workspaces.size() > 1) {
        command += " --include-workspace-root";
    }
    for (const std::string& name : names) {
        command += name.starts_with('-') ? " -- " : " ";
        command += name;
    }
    return command;
}

}  // namespace

std::optional<std::string> upgrade_command(const std::string& package,
                                           const std::vector<const InstalledVersion*>& replaced,
                                           const Candidate& candidate) {
    const std::string version = candidate.version.to_string();
    if (std::ranges::all_of(replaced, &InstalledVersion::bundled)) {
        return std::nullopt;
    }
    if (std::ranges::any_of(replaced, &InstalledVersion::direct)) {
        return install_command(package, replaced, version);
    }
    if (candidate.change == Change::in_range) {
        return fmt::format("npm update {}{}", package.starts_with('-') ? "-- " : "", package);
    }
    // Brackets, because a name may hold dots.
    return fmt::format("npm pkg set 'overrides[{}]={}' && npm install", package, version);
}

}  // namespace apilab::radar::internal
