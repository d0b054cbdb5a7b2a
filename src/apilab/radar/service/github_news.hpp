#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "apilab/http/json.hpp"
#include "apilab/radar/service/config.hpp"

namespace apilab::radar {

/// Which watches an event of GitHub's is news for. Pure; fields that are missing or of another type
/// are no news.
///
/// - `push`: the watches of that repository whose ref it moved (their default branch, where they
///   name none); a branch that was deleted is no news. The commits it lists are not looked at: of a
///   large push GitHub leaves some out.
/// - `dependabot_alert`: the watches of that repository.
/// - `release` (`published`, `released`), `repository_advisory` (`published`): all.
/// - `security_advisory` (any action): all, where it names a package of npm or none.
///
/// Everything else, `ping` too: none. Source: docs.github.com/webhooks (events and payloads).
struct GithubNews {
    /// Names of configured watches.
    std::vector<std::string> watches;
    /// `github push`.
    std::string why;
};
[[nodiscard]] GithubNews github_news(std::string_view type, http::Json body, const Config& config);

}  // namespace apilab::radar
