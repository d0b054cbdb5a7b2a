#include "apilab/auth/oauth2.hpp"

#include <memory>

#include "apilab/auth/client_credentials_grant.hpp"
#include "apilab/auth/refresh_token_grant.hpp"

namespace apilab::auth {

namespace {

std::shared_ptr<const Grant> grant_of(const OAuth2Options& options, bool refreshes) {
    const TokenEndpoint endpoint{.url = options.token_url,
                                 .client = {.method = options.client_auth,
                                            .client_id = options.client_id,
                                            .client_secret = options.client_secret}};
    if (refreshes) {
        return std::make_shared<RefreshTokenGrant>(RefreshTokenOptions{
            .endpoint = endpoint, .scope = options.scope, .rotates = options.rotates});
    }
    return std::make_shared<ClientCredentialsGrant>(
        ClientCredentialsOptions{.endpoint = endpoint, .scope = options.scope});
}

}  // namespace

http::Request token_request(const OAuth2Options& options, const Secret& refresh_token) {
    // Neither grant has anything to refuse here: no fields of others, no key that might not sign.
    return *grant_of(options, !refresh_token.empty())
                ->request({.refresh_token = refresh_token}, SystemTime());
}

OAuth2TokenSource::OAuth2TokenSource(runtime::Scheduler& scheduler, runtime::Service& inner,
                                     Rng& rng, const OAuth2Options& options)
    : RenewingTokenSource(scheduler, inner, rng, grant_of(options, !options.refresh_token.empty()),
                          {.refresh_token = options.refresh_token}, options.renewal) {}

}  // namespace apilab::auth
