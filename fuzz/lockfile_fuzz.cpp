// A stranger's lockfile or package.json: read it, or refuse it in one printable line with a remedy.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "apilab/radar/lockfile.hpp"

namespace {

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

void check_refusal(const apilab::Error& error) {
    const std::string line = error.to_string();
    require(!error.message().empty());
    require(line.size() < 100'000);
    require(std::ranges::none_of(line, [](char c) { return c == '\n' || c == '\x1b'; }));
}

void check_set(const apilab::radar::DependencySet& set) {
    std::string_view before;
    for (const auto& dependency : set.dependencies) {
        require(apilab::radar::is_package_name(dependency.name));
        require(before < dependency.name);
        before = dependency.name;
        require(!dependency.installed.empty() || !dependency.wanted.empty());
        require(std::ranges::is_sorted(dependency.installed, {},
                                       &apilab::radar::InstalledVersion::semver));
        require(set.find(dependency.name) == &dependency);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // A NUL separates the lockfile from the package.json beside it.
    const std::string_view all(reinterpret_cast<const char*>(data), size);
    const std::size_t split = all.find('\0');
    std::optional<std::string_view> beside;
    if (split != std::string_view::npos) {
        beside = all.substr(split + 1);
    }
    const auto set = apilab::radar::read_dependencies(
        all.substr(0, split), beside,
        {.size_max = 1U << 20U, .packages_max = 100, .edges_max = 1000, .levels_max = 20});
    if (set) {
        check_set(*set);
    } else {
        check_refusal(set.error());
    }
    return 0;
}
