#pragma once

#include <string>
#include <vector>

#include "apilab/radar/decide.hpp"

// Which advisories hit which installed copies.
namespace apilab::radar::internal {

/// A record with the sources that know it.
struct KnownRecord {
    const OsvRecord* record = nullptr;
    bool in_osv = false;
    bool in_github = false;
};

/// All records about a package as of a moment: OSV's and GitHub's, a vulnerability that both have
/// only once (OSV's), withdrawn and later ones left out.
[[nodiscard]] std::vector<KnownRecord> known_records(const std::string& package,
                                                     const PackageFacts& facts, SystemTime as_of);

struct Exposure {
    /// Sorted by id.
    std::vector<KnownRecord> hits;
    /// The copies that any record hits, ascending.
    std::vector<const InstalledVersion*> affected;
    bool malicious = false;
    /// The highest score among the hits, and how to say it.
    OsvScore worst;
};

[[nodiscard]] Exposure find_exposure(const Dependency& dependency,
                                     const std::vector<KnownRecord>& records);

/// Other names of the records in `hits`, through all of `records`, for those that have any.
[[nodiscard]] std::vector<std::pair<std::string, std::vector<std::string>>> aliases_of(
    const std::vector<KnownRecord>& hits, const std::vector<KnownRecord>& records);

}  // namespace apilab::radar::internal
