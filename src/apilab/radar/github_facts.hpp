#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"
#include "apilab/http/json.hpp"
#include "apilab/radar/osv.hpp"
#include "apilab/radar/semver.hpp"

namespace apilab::radar {

/// One element of `GET /repos/{owner}/{repo}/releases`.
struct GithubRelease {
    std::string tag;
    bool prerelease = false;
    bool draft = false;
    std::optional<SystemTime> published;
    /// The page with the release notes, or empty where it is no https URL.
    std::string url;
};

/// Errors (`decode`): no object, or no `tag_name`.
[[nodiscard]] Result<GithubRelease> parse_github_release(http::Json value);

/// Does a tag name this version of the package: `1.2.3`, `v1.2.3`, `name@1.2.3`, `name-v1.2.3`,
/// `release-1.2.3`? In a repository of several packages another package's tag does not count.
[[nodiscard]] bool is_tag_of(std::string_view tag, std::string_view package, const SemVer& version);
[[nodiscard]] const GithubRelease* find_release(std::span<const GithubRelease> releases,
                                                std::string_view package, const SemVer& version);

/// One element of `GET /advisories` (GitHub's global advisories) as an OSV record, so that both
/// sources are evaluated by the same rules: `>= 1.0.0, < 1.2.3` becomes events, `= 1.2.3` a
/// version. A condition that cannot be read counts against us: it is left out, which widens the
/// range. Errors (`decode`): no object, no `ghsa_id`, no `updated_at` time.
[[nodiscard]] Result<OsvRecord> parse_github_advisory(http::Json value);

}  // namespace apilab::radar
