#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/radar/semver.hpp"

namespace apilab::radar {

struct RangeOptions {
    SemVerMode mode = SemVerMode::strict;
    /// Prereleases satisfy a range like any other version. Default off: `^1.0.0` does not take
    /// `1.1.0-rc.1`.
    bool include_prerelease = false;
};

/// One condition on a version: `>=1.2.3`.
struct Comparator {
    enum class Op : std::uint8_t { any, equal, less, less_equal, greater, greater_equal };

    Op op = Op::any;
    /// Not used by `any`.
    SemVer bound{0, 0, 0};

    /// One comparator in text form (`>=1.2.3`, `1.2.3`, empty for any); no x-ranges. Nothing for
    /// anything else.
    [[nodiscard]] static std::optional<Comparator> parse(std::string_view text,
                                                         SemVerMode mode = SemVerMode::strict);
    /// By precedence alone; the prerelease rule belongs to a whole range.
    [[nodiscard]] bool matches(const SemVer& version) const;
    /// Is there a version that both match?
    [[nodiscard]] bool intersects(const Comparator& other, RangeOptions options = {}) const;
    /// `>=1.2.3`; `1.2.3` for equality; empty for any.
    [[nodiscard]] std::string to_string() const;
};

/// A range of versions as npm's package.json has them (grammar: npm/node-semver `range.bnf`):
/// comparators, hyphen, x, tilde and caret ranges, joined by blanks (and) and `||` (or). A value
/// type.
///
///     const auto range = SemVerRange::parse("^1.2.0 || 2.x");
///     range->contains(*SemVer::parse("1.9.4"));   // true
class SemVerRange {
public:
    /// Longest text accepted in bytes; more is no range.
    static constexpr std::size_t length_max = 4096;

    /// Nothing for text that is no range (a tag, a URL, `1.*.5`).
    [[nodiscard]] static std::optional<SemVerRange> parse(std::string_view text,
                                                          RangeOptions options = {});

    /// Would npm install `version` for this range? A prerelease needs a comparator of the same
    /// major.minor.patch that is itself a prerelease (unless `include_prerelease`).
    [[nodiscard]] bool contains(const SemVer& version) const;
    /// Is `version` above (or below) everything this range contains? False where it is inside, and
    /// false where the range has versions on both sides of it.
    [[nodiscard]] bool is_below(const SemVer& version) const;
    [[nodiscard]] bool is_above(const SemVer& version) const;
    /// Is there a version that both contain?
    [[nodiscard]] bool intersects(const SemVerRange& other) const;
    /// The lowest version in the range, or nothing where it is empty.
    [[nodiscard]] std::optional<SemVer> lowest() const;
    /// A single exact version (`1.2.3`, `=v1.2.3`).
    [[nodiscard]] bool is_exact() const;

    /// npm's canonical text: `^1.2.3` is `>=1.2.3 <2.0.0-0`; everything is empty.
    [[nodiscard]] std::string to_string() const;

    [[nodiscard]] const std::vector<std::vector<Comparator>>& alternatives() const {
        return alternatives_;
    }

private:
    SemVerRange() = default;

    std::vector<std::vector<Comparator>> alternatives_;
    RangeOptions options_;
};

}  // namespace apilab::radar
