#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/radar/npm_spec.hpp"
#include "apilab/radar/semver.hpp"

namespace apilab::radar {

enum class InputKind : std::uint8_t { package_json, lock_v1, lock_v2, lock_v3 };
[[nodiscard]] std::string_view to_string(InputKind kind);

/// A range that somebody declares for an installed version.
struct Demand {
    /// Who: `express@4.16.0`, a workspace's name, or empty for the project itself.
    std::string by;
    /// The range or tag as declared.
    std::string range;
    /// Declared by the project or one of its workspaces.
    bool direct = false;

    friend bool operator==(const Demand&, const Demand&) = default;
};

/// One distinct name@version.
struct InstalledVersion {
    /// As the input writes it.
    std::string version;
    SemVer semver{0, 0, 0};
    /// The project or one of its workspaces declares it.
    bool direct = false;
    /// Every copy is needed for development only.
    bool dev = false;
    /// Every copy is optional.
    bool optional = false;
    /// A copy is shipped inside another package's tarball.
    bool bundled = false;
    /// The other name of a directly declared copy (npm alias), or empty.
    std::string alias;
    /// What a replacement must satisfy to be in range.
    std::vector<Demand> demands;
};

/// A declared range or tag of package.json whose installed version only the registry can tell.
struct WantedVersion {
    NpmSpec spec;
    bool dev = false;
    bool optional = false;
    /// The other name it is declared under (npm alias), or empty.
    std::string alias;
};

/// One package of the registry under its real name.
struct Dependency {
    std::string name;
    /// Ascending by version.
    std::vector<InstalledVersion> installed;
    /// Only from package.json without a lockfile; `settle_wanted` turns them into `installed`.
    std::vector<WantedVersion> wanted;
    /// Other names it is installed under (npm aliases).
    std::vector<std::string> aliases;

    /// Any installed or wanted version is direct.
    [[nodiscard]] bool direct() const;
    /// Every installed and wanted version is for development only.
    [[nodiscard]] bool dev() const;
};

/// Something the project uses that no registry answers for, or that could not be looked up.
struct LeftOut {
    std::string name;
    std::string reason;
};

/// What a project has installed, as its lockfile or package.json says.
struct DependencySet {
    /// The project's own name, or empty.
    std::string name;
    InputKind kind = InputKind::package_json;
    /// The project's own `engines.node`, or empty.
    std::string engines_node;
    /// Sorted by name.
    std::vector<Dependency> dependencies;
    std::vector<LeftOut> left_out;
    /// What a reader of the result should know about the input.
    std::vector<std::string> notes;

    /// Distinct name@version without the project itself; a wanted version counts once.
    [[nodiscard]] std::size_t packages() const;
    [[nodiscard]] const Dependency* find(std::string_view package) const;
};

}  // namespace apilab::radar
