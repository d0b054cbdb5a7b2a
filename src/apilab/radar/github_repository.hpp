#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "apilab/http/json.hpp"

namespace apilab::radar {

/// Where a package says its source lies, when that is github.com.
struct GithubRepository {
    std::string owner;
    std::string name;
    /// The package's folder in a repository of several packages, or empty.
    std::string directory;

    friend bool operator==(const GithubRepository&, const GithubRepository&) = default;
};

/// Reads `github:o/r`, `o/r`, and URLs: https, http, git, ssh, git+https, git+ssh,
/// `git@github.com:o/r.git`, and a browser's `.../tree/main/packages/x`. Nothing for other hosts
/// and for anything that is no owner and repository name.
[[nodiscard]] std::optional<GithubRepository> parse_github_repository(std::string_view text);

/// npm's `repository` member: a string, or an object with `url` and perhaps `directory`.
[[nodiscard]] std::optional<GithubRepository> parse_github_repository(http::Json repository);

}  // namespace apilab::radar
