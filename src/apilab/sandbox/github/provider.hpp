#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/sandbox/github/app_tokens.hpp"
#include "apilab/sandbox/github/limits.hpp"
#include "apilab/sandbox/github/store.hpp"
#include "apilab/sandbox/provider.hpp"

namespace apilab::sandbox::github {

struct GitHubOptions {
    /// Requests per hour without credentials. Default 60, as the real one has per address.
    std::int64_t anonymous_per_hour = 60;
    /// Requests per hour and token. Default 5000.
    std::int64_t token_per_hour = 5000;
    /// Tokens that are accepted; each belongs to the user `octo`.
    std::vector<std::string> tokens = {"ghp_stubtoken", "apilab-sandbox-token"};
    GitHubApp app;
    std::uint64_t seed = 1;
};

/// The emulated GitHub REST API (providers/github), read side.
///
/// Copied: releases, latest release, release by tag, tags, repository, global advisories, user,
/// rate limit; `Link` by page (over the repository's number) and by cursor; `ETag` and 304, free of
/// charge with credentials; primary limits per credential with their headers; 301 of a renamed
/// repository; 401, 403 without `User-Agent`, 400 for an unknown API version; error bodies; GitHub
/// Apps: `/app` and installation tokens (`ghs_`, an hour) by a JWT (RS256, `exp` at most 10 min
/// ahead), accepted like others but for `/user`, with a limit of their own. Not copied: everything
/// that writes, issues, contents, search; secondary limits happen only as faults; anonymous clients
/// share one bucket (the sandbox does not tell addresses apart); most
/// `*_url` templates of a repository.
class GitHubProvider final : public Provider {
public:
    explicit GitHubProvider(std::shared_ptr<const Store> store, GitHubOptions options = {});

    [[nodiscard]] std::string_view name() const override { return "github"; }
    [[nodiscard]] std::span<const Route> routes() const override;
    [[nodiscard]] http::Response answer(const Incoming& incoming) override;
    [[nodiscard]] http::Response unknown_path(const http::Request& request) const override;
    [[nodiscard]] http::Response refuse(const Refusal& refusal, SystemTime now) const override;
    [[nodiscard]] bool keeps_tokens() const override { return true; }
    bool end_token(std::string_view token, std::string_view how) override {
        return app_.end(token, how);
    }
    /// Notes the installation token that a request bears: `token`, `token_state`, `credential`, as
    /// oauth/wire.hpp has them; and `grant` where one is asked for.
    void describe(const Incoming& incoming) const override;
    [[nodiscard]] const PageShape* pages_of(std::string_view operation) const override;
    void reset() override;

private:
    [[nodiscard]] http::Response dispatch(const Incoming& incoming, const std::string& credential);
    [[nodiscard]] http::Response of_repository(const Incoming& incoming) const;
    [[nodiscard]] http::Response advisories(const Incoming& incoming) const;
    [[nodiscard]] http::Response rate_limit(const Incoming& incoming,
                                            const std::string& credential) const;
    /// The token, empty for none, or nothing for one that is not accepted.
    [[nodiscard]] std::optional<std::string> credential_of(const Incoming& incoming);
    void finish(http::Response& answer, bool authenticated);

    std::shared_ptr<const Store> store_;
    GitHubOptions options_;
    AppTokens app_;
    Limits limits_;
    std::uint64_t answers_ = 0;
};

}  // namespace apilab::sandbox::github
