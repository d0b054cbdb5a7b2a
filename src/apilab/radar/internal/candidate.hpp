#pragma once

#include <optional>
#include <string>
#include <vector>

#include "apilab/radar/decide.hpp"
#include "apilab/radar/internal/exposure.hpp"

// Which version would help.
namespace apilab::radar::internal {

struct Candidate {
    SemVer version{0, 0, 0};
    std::string text;
    Change change = Change::none;
    /// The registry's entry; nothing where the registry did not answer.
    const PackumentVersion* entry = nullptr;
    /// A lower version than what is installed, to get away from malware.
    bool rollback = false;
};

struct Search {
    const Dependency* dependency = nullptr;
    /// The copies to replace, ascending, at least one.
    std::vector<const InstalledVersion*> replace;
    const std::vector<KnownRecord>* records = nullptr;
    const Packument* packument = nullptr;
    SystemTime as_of;
    std::optional<SemVer> node_version;
    bool allow_rollback = false;
    /// Deprecated versions are no help where deprecation is the problem.
    bool allow_deprecated = true;
};

[[nodiscard]] std::optional<Candidate> find_candidate(const Search& search);

/// How far `version` is from one copy.
[[nodiscard]] Change change_for(const InstalledVersion& installed, const SemVer& version,
                                const Packument* packument);

/// Does a version with this `engines.node` run on `node`? Unreadable or no engines: yes.
[[nodiscard]] bool fits_node(const std::string& engines, const std::optional<SemVer>& node);

}  // namespace apilab::radar::internal
