#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace apilab::sandbox::osv {

/// A package URL as far as the service reads it.
struct Purl {
    /// Empty for a type that the service does not know.
    std::string ecosystem;
    std::string name;
    std::string version;
};

/// `pkg:npm/%40octo/util@1.2.0`, `pkg:maven/group/artifact`, `pkg:deb/debian/curl?arch=source`.
/// Nothing where it is none.
[[nodiscard]] std::optional<Purl> read_purl(std::string_view text);

}  // namespace apilab::sandbox::osv
