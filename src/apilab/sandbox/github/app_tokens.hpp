#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "apilab/sandbox/oauth/token_store.hpp"
#include "apilab/sandbox/provider.hpp"

namespace apilab::sandbox::github {

/// A GitHub App and where it is installed.
struct GitHubApp {
    /// As `iss` of its JWTs, where a string with the number or the client id stand for it.
    std::int64_t id = 4711;
    std::string client_id = "Iv23liapilabsandbox0";
    std::string slug = "apilab-sandbox";
    /// PEM, RSA. Empty: the seed world's.
    std::string key;
    /// Whose token `POST /app/installations/{installation_id}/access_tokens` gives.
    std::int64_t installation = 815;
};

/// What a GitHub App does with its JWT: asks who it is, and for tokens of its installation.
class AppTokens {
public:
    AppTokens(GitHubApp app, std::uint64_t seed);

    /// `GET /app` and `POST /app/installations/{installation_id}/access_tokens`.
    [[nodiscard]] http::Response answer(const Incoming& incoming);
    /// A token of the installation, as it is now; honours `Incoming::auth`.
    [[nodiscard]] oauth::TokenState state(std::string_view token, const Incoming& incoming);
    /// Was it given that permission: `issues`, `write`?
    [[nodiscard]] bool may(std::string_view token, std::string_view permission,
                           std::string_view level, const Incoming& incoming) const;
    /// How the installation is called where it acts: `apilab-sandbox[bot]`.
    [[nodiscard]] std::string login() const { return app_.slug + "[bot]"; }
    /// The facts of one that a request bears.
    void describe(std::string_view token, const Incoming& incoming) const;
    /// See `oauth::TokenStore::end`.
    bool end(std::string_view token, std::string_view how) { return store_.end(token, how); }
    void reset() { store_.reset(); }

    [[nodiscard]] static bool is_installation_token(std::string_view token) {
        return token.starts_with("ghs_");
    }

private:
    /// What is wrong with the JWT, as GitHub answers it; nothing: it is good.
    [[nodiscard]] std::optional<http::Response> refused(const Incoming& incoming) const;
    [[nodiscard]] http::Response access_token(const Incoming& incoming);

    GitHubApp app_;
    oauth::TokenStore store_;
};

}  // namespace apilab::sandbox::github
