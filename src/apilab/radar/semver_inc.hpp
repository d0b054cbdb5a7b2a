#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "apilab/radar/semver.hpp"

namespace apilab::radar {

/// Which part of a version a release moves (the words of `npm version`).
enum class ReleaseType : std::uint8_t {
    major,
    minor,
    patch,
    premajor,
    preminor,
    prepatch,
    prerelease,
    release
};

[[nodiscard]] std::optional<ReleaseType> parse_release_type(std::string_view text);

struct IncrementOptions {
    /// Prerelease identifier, dot separated: `1.2.3` to `1.2.4-beta.0`. Default none.
    std::string_view identifier;
    /// The number a new prerelease starts at; nothing leaves the number out. Default 0.
    std::optional<std::uint64_t> base = 0;
};

/// The next version of that type as `npm version` computes it. Nothing where there is none: a
/// number beyond the limit, an identifier that is not valid, `release` of a version that is no
/// prerelease, or a prerelease that would not move (`1.2.3-dev` with `dev` and no base).
[[nodiscard]] std::optional<SemVer> increment(const SemVer& version, ReleaseType type,
                                              IncrementOptions options = {});

/// `version` cut down to its major, minor or patch (`1.2.3-rc.1` to `1.2.0` for minor); for the
/// prerelease types the version without its build metadata. Nothing for `release`.
[[nodiscard]] std::optional<SemVer> truncate(const SemVer& version, ReleaseType type);

}  // namespace apilab::radar
