#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace apilab::radar {

/// How forgiving a version or range is read. `loose` is what npm does for documents written before
/// it checked versions: a prefix of `v`, `=` and blanks, leading zeros, and a prerelease without
/// its hyphen (`1.2.3beta`).
enum class SemVerMode : std::uint8_t { strict, loose };

/// A version by Semantic Versioning 2.0.0 (semver.org), read as npm reads it. A value type.
///
/// Comparison is *precedence* (section 11): build metadata plays no part, so `1.0.0+a == 1.0.0+b`
/// is true, and `1.0.0-rc.1 < 1.0.0`. That is the order advisories are evaluated in; whether npm
/// would install a version for a range is another question (`SemVerRange`).
class SemVer {
public:
    /// Longest text accepted, in bytes.
    static constexpr std::size_t length_max = 256;
    /// Largest number accepted for major, minor and patch (2^53 - 1).
    static constexpr std::uint64_t number_max = 9'007'199'254'740'991ULL;

    /// Nothing for text that is no version, is too long or has a number beyond `number_max`.
    [[nodiscard]] static std::optional<SemVer> parse(std::string_view text,
                                                     SemVerMode mode = SemVerMode::strict);
    /// From parts known to be valid: `prerelease` holds dot separated identifiers or is empty.
    SemVer(std::uint64_t major, std::uint64_t minor, std::uint64_t patch,
           std::string prerelease = {});

    [[nodiscard]] std::uint64_t major_number() const { return major_; }
    [[nodiscard]] std::uint64_t minor_number() const { return minor_; }
    [[nodiscard]] std::uint64_t patch_number() const { return patch_; }
    /// `rc.1`, or empty for a release. Numeric identifiers carry no leading zeros.
    [[nodiscard]] const std::string& prerelease() const { return prerelease_; }
    /// `sha.5114f85`, or empty.
    [[nodiscard]] const std::string& build() const { return build_; }
    [[nodiscard]] bool is_prerelease() const { return !prerelease_.empty(); }
    /// The same major, minor and patch.
    [[nodiscard]] bool same_core(const SemVer& other) const;

    /// `1.2.3-rc.1`, without build metadata.
    [[nodiscard]] std::string to_string() const;

    friend std::strong_ordering operator<=>(const SemVer& a, const SemVer& b);
    friend bool operator==(const SemVer& a, const SemVer& b) { return (a <=> b) == 0; }

private:
    SemVer() = default;

    std::uint64_t major_ = 0;
    std::uint64_t minor_ = 0;
    std::uint64_t patch_ = 0;
    std::string prerelease_;
    std::string build_;
};

}  // namespace apilab::radar
