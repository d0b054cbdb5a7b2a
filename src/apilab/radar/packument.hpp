#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"
#include "apilab/http/json.hpp"
#include "apilab/radar/dependency_set.hpp"
#include "apilab/radar/github_repository.hpp"
#include "apilab/radar/npm_spec.hpp"
#include "apilab/radar/semver.hpp"

namespace apilab::radar {

/// What the registry says about one version.
struct PackumentVersion {
    std::string text;
    SemVer semver{0, 0, 0};
    bool deprecated = false;
    /// The publisher's words, or empty.
    std::string deprecation;
    /// `engines.node`, or empty.
    std::string engines_node;
    /// Runs a script when it is installed.
    bool install_script = false;
    /// Missing in abbreviated documents, and sometimes in full ones.
    std::optional<SystemTime> published;
};

/// The registry's document about one package, without what radar does not use.
struct Packument {
    std::string name;
    /// Ascending by precedence.
    std::vector<PackumentVersion> versions;
    std::vector<std::pair<std::string, std::string>> dist_tags;
    /// A full document: `published` is known.
    bool has_times = false;
    std::optional<SystemTime> modified;
    std::optional<GithubRepository> repository;
    /// Every version was taken back by its owner.
    bool unpublished = false;
    /// Versions that cannot be read even loosely; they are left out.
    std::size_t unreadable_versions = 0;

    [[nodiscard]] const PackumentVersion* find(const SemVer& version) const;
    /// The version a dist-tag names, where it exists.
    [[nodiscard]] const PackumentVersion* tagged(std::string_view tag) const;
};

struct PackumentLimits {
    /// Most versions. Default 100,000 (the largest packages have some 10,000).
    std::size_t versions_max = 100'000;
};

/// Reads a packument, full or abbreviated, or one that says that everything was unpublished.
/// Tolerant: ancient documents have fields of every type, and a field that is not understood is
/// left empty. Errors: `decode` where it is no object or has neither `versions` nor
/// `time.unpublished`; `too_large` beyond a limit.
[[nodiscard]] Result<Packument> parse_packument(http::Json document, PackumentLimits limits = {});

/// The version `npm install` would pick: for a tag its version; for a range the `latest` one where
/// it is inside, else the newest inside, deprecated ones last. Versions published after `as_of` do
/// not exist yet. Nothing where none fits.
[[nodiscard]] const PackumentVersion* pick_version(const Packument& packument, const NpmSpec& spec,
                                                   SystemTime as_of);

/// Turns the wanted ranges of `dependency` into installed versions, where the registry has one
/// that fits; those that it has not stay wanted.
void settle_wanted(Dependency& dependency, const Packument& packument, SystemTime as_of);

}  // namespace apilab::radar
