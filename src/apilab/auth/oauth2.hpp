#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "apilab/auth/client_authentication.hpp"
#include "apilab/auth/token_set.hpp"
#include "apilab/auth/token_source.hpp"
#include "apilab/base/secret.hpp"
#include "apilab/http/message.hpp"
#include "apilab/policy/token_life.hpp"
#include "apilab/runtime/scheduler.hpp"
#include "apilab/runtime/service.hpp"
#include "apilab/runtime/task_group.hpp"

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
    policy::TokenLifeOptions life;
    /// Of one token request, with all that the service below does for it. Default 30 s.
    Duration deadline = std::chrono::seconds(30);
    /// Called with every new set before it is used: the place to store a rotated refresh token. An
    /// error keeps the set out of use and is what the callers get. May be empty.
    std::function<Result<void>(const TokenSet&)> keep;
};

/// The request for a token by these options: the grant `refresh_token` where there is one, else
/// `client_credentials`. For whoever writes the loop by hand.
[[nodiscard]] http::Request token_request(const OAuth2Options& options,
                                          const Secret& refresh_token);
/// Tokens by OAuth 2.0: client credentials or a refresh token, fetched when they are needed.
///
/// A token is replaced shortly before it ends (policy::renew_token_at) or when a server refused it.
/// However many callers wait, there is one request; it is nobody's in particular, so that a caller
/// who is cancelled leaves and the others still get the token (with rotation a refresh that is cut
/// off would cost the session). The newest refresh token is kept; one that the answer leaves out
/// stays.
///
/// After `invalid_grant`, or where the configuration is refused (policy::classify_token_error), no
/// more requests are made: every call gets that error (`auth`, ending `permanent`, the server's
/// word in `provider_code()`). Other errors are those of the service below and of the next try.
///
/// `inner` carries the token requests (a `Client`: then a 429 is waited out and an unknown outcome
/// is not repeated). Scheduler and inner service outlive it. Drain it with `close()` before it goes
/// where a request may be under way.
class OAuth2TokenSource final : public TokenSource {
public:
    OAuth2TokenSource(runtime::Scheduler& scheduler, runtime::Service& inner,
                      OAuth2Options options);
    ~OAuth2TokenSource() override;

    [[nodiscard]] runtime::Task<Result<Secret>> token(
        SteadyTime deadline = SteadyTime::max()) override;
    [[nodiscard]] runtime::Task<Result<Secret>> replace(
        Secret refused, SteadyTime deadline = SteadyTime::max()) override;

    /// Waits for the request under way, if there is one.
    [[nodiscard]] runtime::Task<void> close();

private:
    struct Flight;
    [[nodiscard]] runtime::Task<Result<Secret>> join(SteadyTime deadline);
    [[nodiscard]] runtime::Task<void> fly(std::shared_ptr<Flight> flight);
    [[nodiscard]] Result<Secret> take(const Result<http::Response>& answer, SteadyTime asked);
    [[nodiscard]] bool usable() const;

    runtime::Scheduler& scheduler_;
    runtime::Service& inner_;
    OAuth2Options options_;
    TokenSet tokens_;
    SteadyTime renew_at_;
    // Set once nothing more can be had.
    std::optional<Error> ended_;
    std::shared_ptr<Flight> flight_;
    runtime::TaskGroup group_;
};

}  // namespace apilab::auth
