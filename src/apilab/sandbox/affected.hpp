#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace apilab::sandbox {

/// One stretch of versions that an advisory names, from `introduced` on.
struct VersionRange {
    /// `0` is the beginning of time.
    std::string introduced = "0";
    /// The first version without the fault, or empty.
    std::string fixed;
    /// The last version known to have it, or empty. Not together with `fixed`.
    std::string last_affected;
};

/// What one advisory says of one package.
struct Affected {
    std::string ecosystem = "npm";
    std::string package;
    std::vector<VersionRange> ranges;
    /// Versions listed one by one.
    std::vector<std::string> versions;
};

/// Is the version listed, or inside a range? Ranges go by SemVer order (OSV schema, "Evaluation"),
/// not by npm's range satisfaction; a version that is none is only ever found in the list.
[[nodiscard]] bool affects(const Affected& affected, std::string_view version);

/// `>= 4.0.0, < 4.17.21`, `<= 2.0.1`, `>= 0`: as GitHub writes a range.
[[nodiscard]] std::string range_text(const VersionRange& range);

}  // namespace apilab::sandbox
