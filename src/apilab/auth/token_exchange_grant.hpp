#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "apilab/auth/grant.hpp"
#include "apilab/auth/token_endpoint.hpp"
#include "apilab/base/secret.hpp"

namespace apilab::auth {

/// Kinds of tokens (RFC 8693 section 3).
inline constexpr std::string_view access_token_type =
    "urn:ietf:params:oauth:token-type:access_token";
inline constexpr std::string_view id_token_type = "urn:ietf:params:oauth:token-type:id_token";
inline constexpr std::string_view jwt_token_type = "urn:ietf:params:oauth:token-type:jwt";

struct TokenExchangeOptions {
    TokenEndpoint endpoint;
    /// The token that is exchanged. Asked for with every request, since it ends too: a file that a
    /// platform keeps fresh, a session. Its error is that of the request.
    std::function<Result<Secret>()> subject_token;
    std::string subject_token_type = std::string(access_token_type);
    /// Who acts for the subject; may be empty.
    std::function<Result<Secret>()> actor_token;
    std::string actor_token_type;
    /// What is wanted; empty: what the server gives.
    std::string requested_token_type;
    /// The service that the new token is for, by the server's name for it.
    std::string audience;
    std::string scope;
};

/// A token for another token (RFC 8693): a workload's identity for an access token, a wide token
/// for a narrow one.
///
/// `read` wants `issued_token_type` in the answer, equal to `requested_token_type` where that is
/// set: error `decode` otherwise. A token that is no bearer token (`N_A`) is an error too.
class TokenExchangeGrant final : public Grant {
public:
    explicit TokenExchangeGrant(TokenExchangeOptions options) : options_(std::move(options)) {}

    [[nodiscard]] std::string_view name() const override { return "token_exchange"; }
    /// Errors: those of the two sources; `invalid_argument` where there is no subject token, or an
    /// actor token and no type for it.
    [[nodiscard]] Result<http::Request> request(const TokenSet& current,
                                                SystemTime now) const override;
    [[nodiscard]] Result<TokenSet> read(const Result<http::Response>& answer,
                                        SystemTime now) const override;

private:
    TokenExchangeOptions options_;
};

}  // namespace apilab::auth
