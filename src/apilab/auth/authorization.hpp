#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apilab/auth/client_authentication.hpp"
#include "apilab/auth/grant.hpp"
#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"
#include "apilab/base/secret.hpp"
#include "apilab/http/message.hpp"
#include "apilab/http/url.hpp"

namespace apilab::auth {

/// Where a person is sent to log in and to consent (RFC 6749 section 4.1.1, RFC 7636).
///
///     const auto url = AuthorizationRequest{.endpoint = *metadata.authorization_endpoint,
///                                           .client_id = "desk",
///                                           .redirect_uri = uri,
///                                           .scope = "openid mail.read",
///                                           .state = unguessable(chance),
///                                           .code_challenge = pkce.challenge()}
///                          .url();
struct AuthorizationRequest {
    http::Url endpoint;
    std::string client_id;
    /// Where the answer goes. The token request has to name the same one, byte by byte. Needed,
    /// also where the server knows only one.
    std::string redirect_uri;
    /// Separated by spaces; empty: what the server gives.
    std::string scope;
    /// Comes back with the answer and proves that it belongs to this request: `unguessable()`, a
    /// new one for each login. It is no credential of the server's, so it may stand in the URL.
    Secret state;
    /// `Pkce::challenge()`; the method is always S256. Needed (RFC 9700 section 2.1.1).
    std::string code_challenge;
    /// OpenID Connect: comes back in the id token. Empty: none.
    std::string nonce;
    /// `consent`, `login`, `select_account`, `none`. Empty: the server decides.
    std::string prompt;
    /// What else the server wants, in this order: `access_type=offline` (Google: else there is no
    /// refresh token), `resource` (RFC 8707; may be there several times).
    std::vector<std::pair<std::string, std::string>> extra;

    /// The URL for the browser: the endpoint with its own query, then these. Errors
    /// (`invalid_argument`, detail: the parameter): `client_id`, `redirect_uri`, `state` or
    /// `code_challenge` is empty; the redirect URI has a fragment; a parameter is there twice, in
    /// `extra` or in the endpoint's own query (a server would have to guess which one counts); the
    /// URL is longer than 32 KiB.
    [[nodiscard]] Result<http::Url> url() const;
};

/// What an answer has to show before it is believed.
struct ExpectedAnswer {
    /// That of the request.
    Secret state;
    /// The server's issuer, as its metadata spell it; empty: unknown, `iss` is not looked at.
    std::string issuer;
    /// `authorization_response_iss_parameter_supported` of the metadata: then an answer without
    /// `iss` is refused. Without it one that has `iss` must still have the right one.
    bool issuer_required = false;
};

/// The code in the query string (without `?`) that a server sent the browser back with (RFC 6749
/// section 4.1.2). Names and values are decoded; unknown parameters are ignored.
///
/// Looked at in this order; all errors are `auth` ending `permanent` unless it says otherwise:
/// - `state` (detail): missing, twice, or not exactly the expected one, compared in constant time;
///   or the query has more than 16 KiB or 100 parameters (`too_large`). Somebody else's request:
///   the login goes on.
/// - a parameter that is there twice (detail: its name; RFC 6749 section 3.1).
/// - `iss` (detail): missing where it is required, or of another server, which means that the
///   answer was mixed up with one of that server (RFC 9207).
/// - `error`, also beside a code: the server's refusal in `provider_code()`, its description in the
///   message, both bounded (64 and 256 bytes) and without control characters. Ending `none` for
///   `server_error` and `temporarily_unavailable`.
/// - `code` (detail): missing or empty.
[[nodiscard]] Result<Secret> read_authorization_answer(std::string_view query,
                                                       const ExpectedAnswer& expected);

/// Redeems a code (RFC 6749 section 4.1.3).
///
/// It `spends()`: a code works once, and a server that sees it twice may revoke what it gave for it
/// (section 4.1.2). So a request without an answer is not made again; the person logs in again.
class AuthorizationCodeGrant final : public Grant {
public:
    struct Options {
        http::Url token_url;
        ClientAuthentication client;
        Secret code;
        /// As in the authorization request, byte by byte.
        std::string redirect_uri;
        /// `Pkce::verifier()`.
        Secret code_verifier;
        /// Further fields: `resource`. Not the ones above.
        std::vector<std::pair<std::string, std::string>> extra;
    };
    explicit AuthorizationCodeGrant(Options options);

    [[nodiscard]] std::string_view name() const override { return "authorization_code"; }
    /// `current` is not looked at. Error `invalid_argument` (detail): the code or the verifier is
    /// empty.
    [[nodiscard]] Result<http::Request> request(const TokenSet& current,
                                                SystemTime now) const override;
    [[nodiscard]] Result<TokenSet> read(const Result<http::Response>& answer,
                                        SystemTime now) const override;
    [[nodiscard]] bool spends() const override { return true; }

private:
    Options options_;
};

}  // namespace apilab::auth
