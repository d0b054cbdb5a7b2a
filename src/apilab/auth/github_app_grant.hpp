#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apilab/auth/grant.hpp"
#include "apilab/auth/signing_key.hpp"
#include "apilab/http/url.hpp"

namespace apilab::auth {

struct GitHubAppOptions {
    /// `https://api.github.com`, or `https://HOST/api/v3` of an own server.
    http::Url api;
    /// The app's client id (`Iv1.…`, `Iv23…`) or its number.
    std::string app;
    /// RS256: the key that was made on the app's page.
    SigningKey key;
    /// Which installation of the app, above 0.
    std::int64_t installation = 0;
    /// Names without their owner, at most 500; empty: all that the installation has.
    std::vector<std::string> repositories;
    /// `{"contents", "read"}`; empty: all that the installation has. Fewer are safer.
    std::vector<std::pair<std::string, std::string>> permissions;

    /// Errors (`invalid_argument`): `app` empty, no installation, another key than RS256, more than
    /// 500 repositories, an empty name.
    [[nodiscard]] Result<void> validate() const;
};

/// Tokens of a GitHub App's installation: good for an hour, for what the installation may do
/// (docs.github.com, "Generating an installation access token"). The app shows a JWT that it signs:
/// from 60 s ago, so that a clock that is a little ahead does no harm, to 9 min from now of the 10
/// that GitHub takes.
///
/// `read` takes the lifetime from `expires_at`, counted from the answer's `Date` where it has one,
/// else from `now`; `scope` is the permissions as `contents:read issues:write`. Errors: `auth` with
/// status and a remedy for 401 (key, app, or our clock, which is then named), 403, 404 and 422,
/// ending `permanent` but for a clock that is wrong; `rate_limited` for a 429, and for a 403 that
/// announces a wait; `status` for others; `decode`.
class GitHubAppGrant final : public Grant {
public:
    explicit GitHubAppGrant(GitHubAppOptions options) : options_(std::move(options)) {}

    [[nodiscard]] std::string_view name() const override { return "github_app"; }
    /// Errors: those of `GitHubAppOptions::validate` and of signing.
    [[nodiscard]] Result<http::Request> request(const TokenSet& current,
                                                SystemTime now) const override;
    [[nodiscard]] Result<TokenSet> read(const Result<http::Response>& answer,
                                        SystemTime now) const override;

private:
    GitHubAppOptions options_;
};

}  // namespace apilab::auth
