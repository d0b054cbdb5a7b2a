#pragma once

#include <string>

#include "apilab/auth/token_source.hpp"
#include "apilab/http/message.hpp"
#include "apilab/runtime/service.hpp"

namespace apilab::auth {

/// Puts `Authorization: Bearer` on requests, and where the server refuses the token with 401 gets
/// another one and sends the request once more. A second 401 is the answer. A 403 is no question of
/// freshness and is left alone. A 401 says that the request was not applied, so this is safe for
/// every method; a streamed body that can be read only once makes the 401 the answer.
///
///     BearerAuth service(*client, tokens, base.origin());
///     auto reply = co_await service.call(http::Request::get(url), {});
///
/// The token goes to requests of one origin; others, and those that bring an `authorization` of
/// their own, pass as they are. `inner` is a `Client` (whose retries then work below) or a
/// transport. Inner service and source outlive it. Errors: those of the inner service; where no
/// token could be had that of the source, with nothing sent, or after a 401 with outcome
/// `answered`.
class BearerAuth final : public runtime::Service {
public:
    /// `origin` as of `Url::origin()`. With a clock, that of the scheduler, the time that a call
    /// waits for a token stands in its record as a wait (`WaitCause::refresh`); it outlives this.
    BearerAuth(runtime::Service& inner, TokenSource& source, std::string origin,
               const Clock* clock = nullptr)
        : inner_(inner), source_(source), origin_(std::move(origin)), clock_(clock) {}

    [[nodiscard]] runtime::Task<Result<http::Response>> call(http::Request request,
                                                             runtime::CallContext context) override;

private:
    runtime::Service& inner_;
    TokenSource& source_;
    std::string origin_;
    const Clock* clock_;
};

}  // namespace apilab::auth
