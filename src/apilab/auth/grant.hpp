#pragma once

#include <string_view>

#include "apilab/auth/token_set.hpp"
#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"
#include "apilab/http/message.hpp"

namespace apilab::auth {

/// One way to come by tokens, without the sending: which request to make and how to read what comes
/// back. Pure: time is passed in, nothing is kept.
class Grant {
public:
    Grant() = default;
    Grant(const Grant&) = delete;
    Grant& operator=(const Grant&) = delete;
    virtual ~Grant() = default;

    /// `client_credentials`, `refresh_token`, `github_app`: for logs and errors.
    [[nodiscard]] virtual std::string_view name() const = 0;
    /// The request for fresh tokens. `current` is what is at hand; its access token may be empty or
    /// over. Errors: `auth` ending `permanent` where there is nothing to ask with (no refresh
    /// token), those of signing.
    [[nodiscard]] virtual Result<http::Request> request(const TokenSet& current,
                                                        SystemTime now) const = 0;
    /// What came of it, as `read_token_answer`, which is the default.
    [[nodiscard]] virtual Result<TokenSet> read(const Result<http::Response>& answer,
                                                SystemTime now) const;
    /// The request spends something that works once (a refresh token of a server that rotates):
    /// without an answer nobody knows whether it is still good. Default no: the same request may be
    /// made again.
    [[nodiscard]] virtual bool spends() const { return false; }
};

}  // namespace apilab::auth
