#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/sandbox/oauth/clients.hpp"
#include "apilab/sandbox/oauth/codes.hpp"
#include "apilab/sandbox/oauth/devices.hpp"
#include "apilab/sandbox/oauth/token_store.hpp"
#include "apilab/sandbox/provider.hpp"

namespace apilab::sandbox::oauth {

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
    /// Who sits at the browser.
    std::string user = "octo";
    /// The user consents at once: the authorisation endpoint redirects back without a page, and
    /// device codes are approved in time. Default yes; otherwise the pages wait for a person.
    bool auto_consent = true;
    /// A code challenge is asked of clients with a secret or key as well. Public ones always need
    /// one (RFC 9700 section 2.1.1).
    bool pkce_for_all = false;
    /// Of authorisation codes. Default 60 s.
    Duration code_lifetime = std::chrono::seconds(60);
    DeviceOptions devices;
    /// Default: they rotate, a replay is refused and harms nobody, there is no grace.
    RefreshRules refresh;
};

/// A generic authorisation server and two resources behind it (providers/oauth2).
///
/// Copied: discovery (`/.well-known/openid-configuration`, also as `oauth-authorization-server`,
/// also with that part before the path, RFC 8414 section 3.1); the authorisation endpoint with PKCE
/// (`S256`, `plain`; RFC 7636), `state`, `iss` (RFC 9207), `nonce`, `prompt`, loopback redirects
/// (RFC 8252 section 7.3), errors by redirect or, where the client or its redirect URI is not
/// known, on a page; `/token` with `authorization_code`, `client_credentials`, `refresh_token`,
/// device codes (RFC 8628), JWT bearer (RFC 7523) and token exchange (RFC 8693); rotation of
/// refresh tokens (RFC 9700 section 4.14; the family of a replayed one is ended only where the
/// options or the fault `auth: rotate` say so); `client_secret_basic` (form-encoded before Base64,
/// RFC 6749 section 2.3.1), `client_secret_post`, `private_key_jwt` and `none`, one method a
/// request; ID tokens (RS256) and `/jwks`; errors of section 5.2; `/revoke` (RFC 7009),
/// `/introspect` (RFC 7662); `/userinfo` and `/documents/{id}` by Bearer token in the header with
/// the challenges of RFC 6750 section 3. Access tokens are opaque. Not copied: logging in, request
/// objects, PAR, DPoP, mTLS, `form_post`, dynamic registration; `/documents` is ours, a thing to be
/// protected.
///
/// Faults (`what.auth`): at the authorisation endpoint `revoke` (the user says no), `expire` (the
/// code is over when it arrives), `wrong_state` and `wrong_issuer` (the answer is another's); at
/// the token endpoint `revoke` and `expire` for the code, device code or refresh token presented,
/// `rotate`; at resources `expire` and `revoke`.
class OAuthProvider final : public Provider {
public:
    explicit OAuthProvider(OAuthOptions options = {});

    [[nodiscard]] std::string_view name() const override { return "oauth"; }
    [[nodiscard]] std::span<const Route> routes() const override;
    [[nodiscard]] std::vector<std::string> root_segments() const override;
    [[nodiscard]] http::Response answer(const Incoming& incoming) override;
    /// Notes what oauth/wire.hpp says of token requests and resources, so far as the request alone
    /// tells it.
    void describe(const Incoming& incoming) const override;
    [[nodiscard]] http::Response unknown_path(const http::Request& request) const override;
    [[nodiscard]] http::Response refuse(const Refusal& refusal, SystemTime now) const override;
    [[nodiscard]] bool keeps_tokens() const override { return true; }
    bool end_token(std::string_view token, std::string_view how) override {
        return store_.end(token, how);
    }
    [[nodiscard]] std::optional<bool> auto_consent() const override {
        return options_.auto_consent;
    }
    void set_auto_consent(bool consents) override { options_.auto_consent = consents; }
    void reset() override;
    /// `token requests`, `tokens issued`, `401s`.
    [[nodiscard]] std::map<std::string, std::int64_t> numbers() const override;

private:
    // authorize.cpp
    [[nodiscard]] http::Response authorize(const Incoming& incoming);
    [[nodiscard]] http::Response authorize_for(const Incoming& incoming, const OAuthClient& client,
                                               const Form& asked);
    [[nodiscard]] http::Response consented(const Incoming& incoming, const OAuthClient& client,
                                           const Form& asked);
    [[nodiscard]] http::Response device_page(const Incoming& incoming);
    // grants.cpp
    [[nodiscard]] http::Response token(const Incoming& incoming, const Form& form,
                                       const OAuthClient& client);
    [[nodiscard]] http::Response own_token(const Incoming& incoming, const Form& form,
                                           const OAuthClient& client);
    [[nodiscard]] http::Response refresh(const Incoming& incoming, const Form& form,
                                         const OAuthClient& client);
    [[nodiscard]] http::Response by_code(const Incoming& incoming, const Form& form,
                                         const OAuthClient& client);
    [[nodiscard]] http::Response by_device(const Incoming& incoming, const Form& form,
                                           const OAuthClient& client);
    [[nodiscard]] http::Response by_assertion(const Incoming& incoming, const Form& form);
    [[nodiscard]] http::Response exchange(const Incoming& incoming, const Form& form,
                                          const OAuthClient& client);
    [[nodiscard]] http::Response device_authorization(const Incoming& incoming, const Form& form,
                                                      const OAuthClient& client);
    [[nodiscard]] http::Response issue(const Incoming& incoming, Grant grant, bool with_refresh,
                                       const Authorization* authorization = nullptr,
                                       std::uint64_t* family = nullptr);
    // provider.cpp
    [[nodiscard]] http::Response introspect(const Incoming& incoming, const Form& form) const;
    [[nodiscard]] http::Response by_client(const Incoming& incoming);
    [[nodiscard]] http::Response resource(const Incoming& incoming);
    void describe_token(const Incoming& incoming) const;
    TokenFacts note_token(const Incoming& incoming, std::string_view bearer) const;
    void note_leaks(const Incoming& incoming) const;
    [[nodiscard]] bool is_secret(std::string_view text) const;

    OAuthOptions options_;
    Clients clients_;
    TokenStore store_;
    Codes codes_;
    Devices devices_;
    std::int64_t requests_ = 0;
    std::int64_t issued_ = 0;
    std::int64_t refused_ = 0;
};

}  // namespace apilab::sandbox::oauth
