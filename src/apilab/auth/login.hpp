#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "apilab/auth/client_authentication.hpp"
#include "apilab/auth/loopback_listener.hpp"
#include "apilab/auth/token_set.hpp"
#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"
#include "apilab/base/rng.hpp"
#include "apilab/http/url.hpp"
#include "apilab/runtime/scheduler.hpp"
#include "apilab/runtime/service.hpp"
#include "apilab/runtime/task.hpp"

namespace apilab::auth {

struct LoginOptions {
    http::Url authorization_url;
    http::Url token_url;
    ClientAuthentication client;
    /// Separated by spaces; empty: what the server gives.
    std::string scope;
    /// As in `ExpectedAnswer`.
    std::string issuer;
    bool issuer_required = false;
    /// As in `AuthorizationRequest`.
    std::string nonce;
    std::string prompt;
    std::vector<std::pair<std::string, std::string>> extra;
    /// Called once with the URL that the person has to open: print it, open a browser. Needed.
    std::function<void(const http::Url&)> show;
    /// How long the person may take. Default 5 min.
    Duration patience = std::chrono::minutes(5);
    /// Of the token request, with all that the service does for it. Default 30 s.
    Duration deadline = std::chrono::seconds(30);
};

/// Logs a person in with a browser: authorization code, PKCE with S256, loopback redirect
/// (RFC 8252). Opens the listener, shows the URL, waits for the answer, redeems the code.
///
///     LoopbackListener listener(scheduler);
///     SystemRng chance;
///     auto tokens = runtime::run(scheduler, login(scheduler, listener, client, chance, options));
///
/// State and verifier are fresh for each call: `chance` must be fit for secrets. The code is
/// redeemed once; an answer that got lost is not asked for again. The tokens are not stored.
///
/// Errors: those of `AuthorizationRequest::url`, `LoopbackListener` (`deadline`, `cancelled`,
/// another login under way) and `AuthorizationCodeGrant`; the listener is closed in any case. All
/// that is passed by reference outlives the task.
[[nodiscard]] runtime::Task<Result<TokenSet>> login(runtime::Scheduler& scheduler,
                                                    LoopbackListener& listener,
                                                    runtime::Service& service, Rng& chance,
                                                    LoginOptions options);

}  // namespace apilab::auth
