#include "apilab/auth/client_credentials_grant.hpp"

#include "apilab/auth/internal/grant_request.hpp"

namespace apilab::auth {

Result<http::Request> ClientCredentialsGrant::request(const TokenSet& /*current*/,
                                                      SystemTime now) const {
    return internal::grant_request(options_.endpoint,
                                   {{"grant_type", name()}, {"scope", options_.scope}}, now);
}

}  // namespace apilab::auth
