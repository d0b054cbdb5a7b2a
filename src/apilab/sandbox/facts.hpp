#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "apilab/sandbox/affected.hpp"

/// What the world of npm, OSV and GitHub is made from: plain facts, from which each provider writes
/// documents in its own shape. Times are RFC 3339 in UTC, as they stand in the answers.
namespace apilab::sandbox {

struct VersionFacts {
    std::string version;
    std::string time;
    /// `engines.node`, or empty.
    std::string node;
    std::vector<std::pair<std::string, std::string>> dependencies;
    /// The deprecation message, or empty.
    std::string deprecated;
    bool install_script = false;
};

struct PackageFacts {
    std::string name;
    std::string description;
    std::string license;
    /// `owner/name` on GitHub, or empty.
    std::string repository;
    /// The dist-tag `latest`.
    std::string latest;
    /// Further dist-tags.
    std::vector<std::pair<std::string, std::string>> tags;
    std::vector<VersionFacts> versions;
    /// When the whole package was unpublished, or empty.
    std::string unpublished;
};

struct AdvisoryFacts {
    /// `GHSA-...` or `MAL-...`.
    std::string id;
    std::string cve;
    std::string summary;
    /// GitHub's word: low, medium, high, critical, unknown; empty for none.
    std::string severity;
    /// A CVSS vector, or empty.
    std::string cvss;
    std::optional<double> score;
    std::vector<std::string> cwes;
    std::string published;
    std::string modified;
    std::string withdrawn;
    /// One entry per package.
    std::vector<Affected> affected;
    /// OSV has all ranges of a package in one `affected` entry instead of one entry each.
    bool joined_ranges = false;
    bool in_osv = true;
    bool in_github = true;
};

struct ReleaseFacts {
    std::string tag;
    std::string at;
    bool prerelease = false;
    /// False: the tag exists, a release was not made of it.
    bool released = true;
};

struct FileFacts {
    std::string path;
    std::string content;
    /// Not empty: a symbolic link that leads there.
    std::string target;
    /// Not empty: a submodule of that repository (`owner/name`).
    std::string submodule;
};

struct RepositoryFacts {
    /// `owner/name`.
    std::string name;
    std::string description;
    bool archived = false;
    /// Oldest first.
    std::vector<ReleaseFacts> releases;
    /// The npm package that is made from it, or empty.
    std::string package = {};
    /// How many issues (pull requests among them) are made up for it, numbered from 1.
    std::size_t issues = 0;
    /// Empty: a README alone.
    std::vector<FileFacts> files = {};
};

struct Facts {
    std::vector<PackageFacts> packages;
    std::vector<AdvisoryFacts> advisories;
    std::vector<RepositoryFacts> repositories;
    /// Old name, present name.
    std::vector<std::pair<std::string, std::string>> renamed;
};

}  // namespace apilab::sandbox
