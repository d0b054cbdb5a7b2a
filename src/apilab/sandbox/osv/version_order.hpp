#pragma once

#include <compare>
#include <string_view>

#include "apilab/sandbox/affected.hpp"

namespace apilab::sandbox::osv {

/// Orders versions of ecosystems that do not go by SemVer, loosely: runs of digits by value, other
/// runs as text, `~` and letters before the end (`1.0rc1` < `1.0` < `1.0.1`), an epoch `1:` first.
/// What each ecosystem says in detail is not copied.
[[nodiscard]] std::strong_ordering loose_order(std::string_view a, std::string_view b);

/// Is the version listed, or inside a range, by the ecosystem's order: SemVer for npm, Go and
/// whoever else has ranges of that type, else loosely.
[[nodiscard]] bool holds_version(const Affected& affected, std::string_view version);

/// `Debian` of `Debian:12`.
[[nodiscard]] std::string_view base_ecosystem(std::string_view ecosystem);

}  // namespace apilab::sandbox::osv
