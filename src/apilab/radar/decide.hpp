#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "apilab/base/clock.hpp"
#include "apilab/radar/dependency_set.hpp"
#include "apilab/radar/radar_facts.hpp"
#include "apilab/radar/report.hpp"
#include "apilab/radar/semver.hpp"

namespace apilab::radar {

struct DecideOptions {
    /// The moment the answer is about. Versions and advisories published later do not exist yet.
    SystemTime as_of;
    /// A candidate younger than this is not recommended blindly: `decide` instead of `upgrade`
    /// (most malicious releases are found within days). Default 3 days; 0 turns it off.
    std::chrono::hours cool_down{72};
    /// The Node.js version that candidates must run on. Default: the lowest one that the project's
    /// own `engines.node` allows; without that, candidates are not filtered, only compared.
    std::optional<SemVer> node_version;
};

/// Joins what the sources said with what is installed, and ranks what to do about it.
///
/// Per package that is exposed, deprecated, abandoned (its repository is archived, or all its
/// versions were unpublished) or not known to npm there is one decision; an unremarkable package
/// has none.
///
/// The candidate is the lowest version above every affected copy that no known advisory hits and
/// that runs on the project's Node.js; in range before minor before major. Prereleases are
/// candidates only where one is installed, deprecated ones only where no other is as near.
/// Where no higher version is free of malware, the highest lower one is (a roll-back).
/// Where npm did not answer, the versions that the advisories call fixed stand in, unverified.
///
/// Score: the highest base (malicious 1000; exposed, with ten times its CVSS score: fix in range
/// 400, minor 300, major 200, none 150; deprecated 60; abandoned 40) times 0.4 for development
/// only, times 0.6 for transitive only, rounded down. `points` itemise it.
///
/// Pure: no I/O, no clock. `input` is the file's name as it is to be shown.
[[nodiscard]] Report decide(const DependencySet& set, const RadarFacts& facts,
                            const DecideOptions& options, std::string input);

}  // namespace apilab::radar
