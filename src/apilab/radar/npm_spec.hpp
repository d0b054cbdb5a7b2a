#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace apilab::radar {

/// Longest package name the registry takes, in bytes.
inline constexpr std::size_t package_name_max = 214;

/// `lodash`, `@types/node`, and old names with capitals. Only characters that need no quoting in a
/// shell or a URL path, so that a name out of a file can stand in a command we print.
[[nodiscard]] bool is_package_name(std::string_view name);

/// What a dependency's value in package.json asks for (npm's `package-arg` forms).
struct NpmSpec {
    enum class Kind : std::uint8_t {
        /// A semver range, `*` for nothing given.
        range,
        /// A dist-tag such as `latest`.
        tag,
        /// A repository: `git+ssh://...`, `github:o/r`, `o/r`.
        git,
        /// An http(s) URL of a tarball.
        tarball,
        /// A folder, file or workspace.
        local,
        /// An alias (`npm:...`) whose package name cannot be read.
        unreadable,
    };
    Kind kind = Kind::range;
    /// The real package of an alias (`npm:real@^1`), else empty.
    std::string alias_of;
    /// The range or tag; the whole text for the other kinds.
    std::string text;

    /// Does the registry answer for it?
    [[nodiscard]] bool from_registry() const { return kind == Kind::range || kind == Kind::tag; }
};

[[nodiscard]] NpmSpec parse_npm_spec(std::string_view text);
/// `from git`, `from a tarball`, ...: why something is not looked up.
[[nodiscard]] std::string_view describe(NpmSpec::Kind kind);

}  // namespace apilab::radar
