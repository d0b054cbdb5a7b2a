#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/sandbox/oauth/token_store.hpp"
#include "apilab/sandbox/provider.hpp"

namespace apilab::sandbox::oauth {

struct OAuthClient {
    std::string id;
    std::string secret;
};

/// A refresh token that is out in the world when a run begins.
struct Consent {
    std::string refresh_token;
    std::string client;
    std::string user;
    /// The user has taken it back: `invalid_grant`.
    bool withdrawn = false;
};

struct OAuthOptions {
    std::uint64_t seed = 1;
    /// Of access tokens (`expires_in`). Default 1 h.
    Duration lifetime = std::chrono::hours(1);
    std::vector<OAuthClient> clients = {{"cid", "sec"}};
    std::vector<Consent> consents = {{"seed-refresh-token", "cid", "octo"}};
};

/// A generic authorisation server and two resources behind it (providers/oauth2).
///
/// Copied: discovery (`/.well-known/openid-configuration`, also as `oauth-authorization-server`);
/// `/token` with `client_credentials` and `refresh_token`, rotation of refresh tokens (RFC 9700
/// section 4.14; the family of a replayed one is ended only where the fault `auth: rotate` says
/// so), `client_secret_basic` (form-encoded before Base64, RFC 6749 section 2.3.1) and
/// `client_secret_post`, one method a request; errors of section 5.2; `/revoke` (RFC 7009),
/// `/introspect` (RFC 7662); `/userinfo` and `/documents/{id}` by Bearer token in the header with
/// the challenges of RFC 6750 section 3. Not copied: the authorisation endpoint, PKCE, device flow,
/// JWTs (tokens are opaque), public clients; `/documents` is ours, a thing to be protected.
class OAuthProvider final : public Provider {
public:
    explicit OAuthProvider(OAuthOptions options = {});

    [[nodiscard]] std::string_view name() const override { return "oauth"; }
    [[nodiscard]] std::span<const Route> routes() const override;
    [[nodiscard]] http::Response answer(const Incoming& incoming) override;
    [[nodiscard]] http::Response unknown_path(const http::Request& request) const override;
    [[nodiscard]] http::Response refuse(const Refusal& refusal, SystemTime now) const override;
    [[nodiscard]] bool keeps_tokens() const override { return true; }
    void reset() override;
    /// `token requests`, `tokens issued`, `401s`.
    [[nodiscard]] std::map<std::string, std::int64_t> numbers() const override;

private:
    using Form = std::map<std::string, std::string, std::less<>>;
    [[nodiscard]] http::Response token(const Incoming& incoming, const Form& form,
                                       const std::string& client);
    [[nodiscard]] http::Response refresh(const Incoming& incoming, const Form& form,
                                         const std::string& client);
    [[nodiscard]] http::Response introspect(const Incoming& incoming, const Form& form) const;
    [[nodiscard]] http::Response by_client(const Incoming& incoming);
    [[nodiscard]] http::Response resource(const Incoming& incoming);
    void note_leaks(const Incoming& incoming) const;
    [[nodiscard]] bool is_secret(std::string_view text) const;
    [[nodiscard]] bool known_client(std::string_view id, std::string_view secret) const;

    OAuthOptions options_;
    TokenStore store_;
    std::int64_t requests_ = 0;
    std::int64_t issued_ = 0;
    std::int64_t refused_ = 0;
};

}  // namespace apilab::sandbox::oauth
