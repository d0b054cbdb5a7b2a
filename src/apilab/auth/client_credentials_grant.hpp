#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "apilab/auth/grant.hpp"
#include "apilab/auth/token_endpoint.hpp"

namespace apilab::auth {

struct ClientCredentialsOptions {
    TokenEndpoint endpoint;
    /// Names with spaces between; empty: what the server gives.
    std::string scope;
};

/// A program asks for itself, no user involved (RFC 6749 section 4.4). There is no refresh token:
/// when a token is over it asks again.
class ClientCredentialsGrant final : public Grant {
public:
    explicit ClientCredentialsGrant(ClientCredentialsOptions options)
        : options_(std::move(options)) {}

    [[nodiscard]] std::string_view name() const override { return "client_credentials"; }
    [[nodiscard]] Result<http::Request> request(const TokenSet& current,
                                                SystemTime now) const override;

private:
    ClientCredentialsOptions options_;
};

}  // namespace apilab::auth
