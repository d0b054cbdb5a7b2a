#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "apilab/auth/grant.hpp"
#include "apilab/auth/token_endpoint.hpp"

namespace apilab::auth {

struct RefreshTokenOptions {
    TokenEndpoint endpoint;
    /// Fewer scopes than were consented to, with spaces between; empty: all of them.
    std::string scope;
    /// Does the server give another refresh token each time and take each once (Slack, Notion,
    /// Okta)? Then a request without an answer may have spent it, and is not repeated blindly.
    /// Default true, the safe guess. Google does not rotate.
    bool rotates = true;
};

/// A fresh access token for the refresh token at hand (RFC 6749 section 6).
class RefreshTokenGrant final : public Grant {
public:
    explicit RefreshTokenGrant(RefreshTokenOptions options) : options_(std::move(options)) {}

    [[nodiscard]] std::string_view name() const override { return "refresh_token"; }
    /// Error: `auth`, ending `permanent`, where `current` has no refresh token.
    [[nodiscard]] Result<http::Request> request(const TokenSet& current,
                                                SystemTime now) const override;
    [[nodiscard]] bool spends() const override { return options_.rotates; }

private:
    RefreshTokenOptions options_;
};

}  // namespace apilab::auth
