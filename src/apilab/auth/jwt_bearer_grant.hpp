#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apilab/auth/client_authentication.hpp"
#include "apilab/auth/grant.hpp"
#include "apilab/auth/signing_key.hpp"
#include "apilab/base/rng.hpp"

namespace apilab::auth {

struct JwtBearerOptions {
    http::Url token_url;
    /// RS256 or ES256; its id is sent as `kid`.
    SigningKey key;
    /// `iss`: who signs, such as the address of a service account.
    std::string issuer;
    /// `sub`: on whose behalf; empty: none. Gmail needs a user here.
    std::string subject;
    /// `aud`; empty: the token URL.
    std::string audience;
    /// A claim, as Google reads it. Where the server reads it from the form (RFC 7521 section 4.1)
    /// leave it empty and put it into `more`.
    std::string scope;
    /// From `iat` to `exp`. Default 1 h, the most that Google takes; range 1 min to 1 h.
    Duration lifetime = std::chrono::hours(1);
    /// With it each assertion has a `jti` of its own. Outlives the grant.
    std::optional<std::reference_wrapper<Rng>> rng;
    /// Where the server wants to know the client besides; mostly not.
    std::optional<ClientAuthentication> client;
    /// Further fields of the form, as in `TokenEndpoint`.
    std::vector<std::pair<std::string, std::string>> more;

    /// Errors (`invalid_argument`): an issuer that is empty, a key of HS256, a lifetime out of
    /// range.
    [[nodiscard]] Result<void> validate() const;
};

/// Tokens for an assertion that the client signs itself (RFC 7523 section 2.1): service accounts.
/// No refresh token: each request signs another one.
///
/// `read` tells `invalid_grant` as what it is here: no consent is missing. Where the answer's
/// `Date` is more than 30 s from `now` the remedy names our clock, and the error is not final.
class JwtBearerGrant final : public Grant {
public:
    explicit JwtBearerGrant(JwtBearerOptions options) : options_(std::move(options)) {}

    [[nodiscard]] std::string_view name() const override { return "jwt_bearer"; }
    /// Errors: those of `JwtBearerOptions::validate` and of signing.
    [[nodiscard]] Result<http::Request> request(const TokenSet& current,
                                                SystemTime now) const override;
    [[nodiscard]] Result<TokenSet> read(const Result<http::Response>& answer,
                                        SystemTime now) const override;

private:
    JwtBearerOptions options_;
};

}  // namespace apilab::auth
