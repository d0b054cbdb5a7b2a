#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "apilab/auth/client_authentication.hpp"
#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"
#include "apilab/base/secret.hpp"
#include "apilab/http/message.hpp"
#include "apilab/http/url.hpp"
#include "apilab/runtime/scheduler.hpp"
#include "apilab/runtime/service.hpp"
#include "apilab/runtime/task.hpp"

namespace apilab::auth {

/// One token, and the endpoint that is told of it or asked about it.
struct TokenQuestion {
    http::Url endpoint;
    ClientAuthentication client;
    Secret token;
    /// Where the server shall look first.
    enum class Hint : std::uint8_t { none, access_token, refresh_token };
    Hint hint = Hint::none;
    /// Of the request, with all that the service does for it. Default 30 s.
    Duration deadline = std::chrono::seconds(30);
};

/// What came of a revocation: nothing where the token is good for nothing any more, which is so too
/// where the server never knew it (RFC 7009 section 2.2) or calls it `invalid_token` (Google, with
/// a 400). Errors: `auth` with the server's word in `provider_code()`, ending `permanent` for what
/// asking again does not change (`unsupported_token_type`, a wrong client); `rate_limited`,
/// `status` (after a 503 the token is still good); that of no answer.
[[nodiscard]] Result<void> read_revocation_answer(const Result<http::Response>& answer);

/// Ends a token. A server mostly ends what belongs to it as well: with a refresh token its access
/// tokens. Twice is the same as once, so the service may ask again.
///
///     auto gone = co_await revoke(scheduler, client, {.endpoint = *metadata.revocation_endpoint,
///                                                     .client = desk, .token = refresh_token});
///
/// Errors: as above; `invalid_argument` where the token is empty. What is passed by reference
/// outlives the task.
[[nodiscard]] runtime::Task<Result<void>> revoke(runtime::Scheduler& scheduler,
                                                 runtime::Service& service, TokenQuestion question);

/// What a server knows about a token (RFC 7662 section 2.2).
struct TokenState {
    /// False: it is over, revoked, or never was one. Then the rest is empty.
    bool active = false;
    std::string scope;
    std::string client_id;
    /// `sub`.
    std::string subject;
    /// `exp`; nothing where the server does not say.
    std::optional<SystemTime> expires;
};

/// What came of an introspection. At most 64 KiB. Errors: `auth` with the server's word (also for a
/// 401 that has none); `rate_limited`, `status`; `decode`, detail `/active`, where the answer does
/// not say whether the token is good.
[[nodiscard]] Result<TokenState> read_introspection_answer(const Result<http::Response>& answer);

/// Asks whether a token is good. Errors: as above; `invalid_argument` where the token is empty.
/// What is passed by reference outlives the task.
[[nodiscard]] runtime::Task<Result<TokenState>> introspect(runtime::Scheduler& scheduler,
                                                           runtime::Service& service,
                                                           TokenQuestion question);

}  // namespace apilab::auth
