#pragma once

#include <optional>
#include <string>

#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"
#include "apilab/base/secret.hpp"
#include "apilab/http/message.hpp"

namespace apilab::auth {

/// What a token endpoint gave.
struct TokenSet {
    Secret access_token;
    /// Empty where the grant has none.
    Secret refresh_token;
    /// Nothing: the server did not say.
    std::optional<Duration> lifetime;
    /// Scopes, separated by spaces; empty: as asked for.
    std::string scope;
    /// OpenID Connect's; empty where there is none. Not verified: fit for nothing but being shown
    /// to the server that issued it.
    Secret id_token;
};

/// What came of a token request: where no answer came, its error. `refresh_token` is empty where
/// the answer has none: then the one in use stays. Errors: `auth` with the server's word in
/// `provider_code()` (also where it stands in a 200), ending `permanent` where asking again is of
/// no use (policy::classify_token_error); `rate_limited`, `status`; `decode` for what holds no
/// bearer token.
[[nodiscard]] Result<TokenSet> read_token_answer(const Result<http::Response>& answer);

}  // namespace apilab::auth
