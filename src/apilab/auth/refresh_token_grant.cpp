#include "apilab/auth/refresh_token_grant.hpp"

#include "apilab/auth/internal/grant_request.hpp"

namespace apilab::auth {

Result<http::Request> RefreshTokenGrant::request(const TokenSet& current, SystemTime now) const {
    if (current.refresh_token.empty()) {
        return fail(Error(ErrorKind::auth, "there is no refresh token")
                        .with_ending(Ending::permanent)
                        .with_remedy("the user has to log in"));
    }
    return internal::grant_request(options_.endpoint,
                                   {{"grant_type", name()},
                                    {"refresh_token", current.refresh_token.reveal()},
                                    {"scope", options_.scope}},
                                   now);
}

}  // namespace apilab::auth
