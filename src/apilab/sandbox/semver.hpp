#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace apilab::sandbox {

/// A version by Semantic Versioning 2.0.0, as advisory ranges order it: `2.0.0-rc.1` < `2.0.0`.
/// The sandbox's own (it shares no code with the clients it judges). A value.
struct Semver {
    /// A pre-release identifier: a number or a word; numbers come first (section 11.4).
    using Identifier = std::variant<std::uint64_t, std::string>;

    std::uint64_t major = 0;
    std::uint64_t minor = 0;
    std::uint64_t patch = 0;
    std::vector<Identifier> prerelease;

    friend std::strong_ordering operator<=>(const Semver& a, const Semver& b);
    friend bool operator==(const Semver& a, const Semver& b) { return (a <=> b) == 0; }
};

/// Reads `1.2.3`, `v1.2.3-rc.1+build`; what advisories write in place of it (`0`, `1.0`) has its
/// missing parts as zero. Build metadata is dropped. Nothing for other text, for text above 256
/// bytes and for numbers above 2^53 - 1.
[[nodiscard]] std::optional<Semver> parse_semver(std::string_view text);

}  // namespace apilab::sandbox
