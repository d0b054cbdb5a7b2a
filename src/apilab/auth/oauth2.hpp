#pragma once

#include <string>

#include "apilab/auth/client_authentication.hpp"
#include "apilab/auth/renewing_token_source.hpp"
#include "apilab/auth/token_set.hpp"
#include "apilab/base/secret.hpp"
#include "apilab/http/message.hpp"

namespace apilab::auth {

struct OAuth2Options {
    http::Url token_url;
    std::string client_id;
    Secret client_secret;
    /// How the client says who it is.
    using ClientAuth = ClientAuthentication::Method;
    ClientAuth client_auth = ClientAuth::basic;
    /// Asked for with `client_credentials`; empty: what the server gives.
    std::string scope;
    /// The grant `refresh_token` with this; empty: `client_credentials`.
    Secret refresh_token;
    /// A refresh token works once, and a new one comes with every answer (RFC 9700 section 4.14).
    /// False for servers that are known to keep theirs, such as Google: then a renewal may be sent
    /// again whatever became of it.
    bool rotates = true;
    RenewalOptions renewal;
};

/// The request for a token by these options: the grant `refresh_token` where there is one, else
/// `client_credentials`. For whoever writes the loop by hand.
[[nodiscard]] http::Request token_request(const OAuth2Options& options,
                                          const Secret& refresh_token);

/// Tokens by OAuth 2.0: client credentials or a refresh token, fetched when they are needed. What a
/// `RenewingTokenSource` does, with one of these two grants.
///
///     OAuth2TokenSource tokens(scheduler, *client, rng,
///                              {.token_url = url, .client_id = "cid", .client_secret = secret});
///     BearerAuth service(*client, tokens, base.origin());
class OAuth2TokenSource final : public RenewingTokenSource {
public:
    OAuth2TokenSource(runtime::Scheduler& scheduler, runtime::Service& inner, Rng& rng,
                      const OAuth2Options& options);
};

}  // namespace apilab::auth
