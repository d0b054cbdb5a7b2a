#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/sandbox/oauth/assertion.hpp"
#include "apilab/sandbox/oauth/wire.hpp"
#include "apilab/sandbox/provider.hpp"

namespace apilab::sandbox::oauth {

/// A registered client. With neither secret nor key it is a public one (RFC 6749 section 2.1).
struct OAuthClient {
    std::string id;
    /// For `client_secret_basic` and `client_secret_post`; empty: none.
    std::string secret;
    /// For `private_key_jwt` and for assertions that it issues: a public or private key as PEM, RSA
    /// or P-256; empty: none.
    std::string key;
    /// Compared as they are, but for the port of a loopback address (RFC 8252 section 7.3).
    std::vector<std::string> redirect_uris = {"http://127.0.0.1:9/cb", "http://127.0.0.1/callback",
                                              "http://[::1]/callback"};

    [[nodiscard]] bool is_public() const { return secret.empty() && key.empty(); }
};

/// Is that one of the client's redirect URIs? A registered `http` URI whose host is 127.0.0.1 or
/// [::1] stands for every port; `localhost` is a name like any other.
[[nodiscard]] bool may_redirect_to(const OAuthClient& client, std::string_view uri);

/// Who sent a request to an endpoint for clients.
struct Caller {
    /// Null: refused with `error`.
    const OAuthClient* client = nullptr;
    OAuthError error;
    /// It came by Basic: a 401 is challenged.
    bool basic = false;
    /// `client_secret_basic`, `client_secret_post`, `private_key_jwt`, `none`.
    std::string_view method;
};

/// The clients that an authorisation server knows, and how they say who they are.
class Clients {
public:
    explicit Clients(std::vector<OAuthClient> clients) : clients_(std::move(clients)) {}

    /// By exactly one method (RFC 6749 section 2.3): `client_secret_basic`, `client_secret_post`,
    /// `private_key_jwt` (RFC 7523 section 2.2: `iss` = `sub` = the client, `aud` the issuer or the
    /// endpoint, `jti` once), or, for a public client, `client_id` alone.
    [[nodiscard]] Caller identify(const Incoming& incoming, const Form& form);
    /// An assertion as a grant (RFC 7523 section 2.1), issued by a client with a key.
    [[nodiscard]] Result<Assertion> grant_of(const Incoming& incoming, std::string_view assertion);
    /// Null where there is none of that id.
    [[nodiscard]] const OAuthClient* find(std::string_view id) const;
    [[nodiscard]] bool is_secret(std::string_view text) const;
    void reset() { used_.reset(); }

private:
    [[nodiscard]] AssertionRules rules(const Incoming& incoming) const;
    [[nodiscard]] Caller by_assertion(const Incoming& incoming, const Form& form);
    [[nodiscard]] Caller by_secret(const Incoming& incoming, const Form& form) const;

    std::vector<OAuthClient> clients_;
    UsedIds used_;
};

}  // namespace apilab::sandbox::oauth
