#include "apilab/radar/dependency_set.hpp"

#include <algorithm>

namespace apilab::radar {

std::string_view to_string(InputKind kind) {
    switch (kind) {
        case InputKind::package_json:
            return "package.json";
        case InputKind::lock_v1:
            return "lockfile version 1";
        case InputKind::lock_v2:
            return "lockfile version 2";
        case InputKind::lock_v3:
            return "lockfile version 3";
    }
    return "";
}

bool Dependency::direct() const {
    return !wanted.empty() || std::ranges::any_of(installed, &InstalledVersion::direct);
}

bool Dependency::dev() const {
    return std::ranges::all_of(installed, &InstalledVersion::dev) &&
           std::ranges::all_of(wanted, &WantedVersion::dev);
}

std::size_t DependencySet::packages() const {
    std::size_t count = 0;
    for (const Dependency& dependency : dependencies) {
        count += dependency.installed.size() + dependency.wanted.size();
    }
    return count;
}

const Dependency* DependencySet::find(std::string_view package) const {
    const auto at = std::ranges::lower_bound(dependencies, package, {}, &Dependency::name);
    return at != dependencies.end() && at->name == package ? &*at : nullptr;
}

}  // namespace apilab::radar
