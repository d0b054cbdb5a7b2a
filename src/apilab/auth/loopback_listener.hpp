#pragma once

#include <memory>
#include <string>

#include "apilab/auth/authorization.hpp"
#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"
#include "apilab/base/secret.hpp"
#include "apilab/runtime/task.hpp"

namespace apilab::runtime {
class RealScheduler;
}

namespace apilab::auth {

/// Where the browser comes back to after a login (RFC 8252 section 7.3): an HTTP server on
/// 127.0.0.1, and only there, on a free port, with the one path `/callback`.
///
///     LoopbackListener listener(scheduler);
///     auto uri = listener.open({.state = state});        // http://127.0.0.1:40123/callback
///     ... the person logs in ...
///     auto code = co_await listener.code(scheduler.now() + std::chrono::minutes(5));
///     co_await listener.close();
///
/// The first GET of `/callback` with the right state ends the wait, whether it brings a code or the
/// server's refusal (`read_authorization_answer`); a state counts once. Anything may knock at a
/// port of this machine, so everything else is answered (404: another path or another host name;
/// 405: another method; 400: another state) and the wait goes on. The person sees a small page
/// without anything from elsewhere; it is not kept, and the code travels no further (`no-store`,
/// `no-referrer`). Neither code nor state is logged.
///
/// One login at a time; after `close()` the next one may begin. Belongs to the scheduler's thread,
/// which outlives it; goes as a `server::Server` does: never within a task while it is open.
class LoopbackListener {
public:
    explicit LoopbackListener(runtime::RealScheduler& scheduler);
    LoopbackListener(const LoopbackListener&) = delete;
    LoopbackListener& operator=(const LoopbackListener&) = delete;
    ~LoopbackListener();

    /// Begins to listen for this answer and returns the redirect URI. Errors: `invalid_argument`
    /// where a login is under way (it is not disturbed) or the expected state is empty; `io` where
    /// no port can be had.
    [[nodiscard]] Result<std::string> open(ExpectedAnswer expected);
    /// The code, once the answer is there, whether it came before the call or comes after. Errors:
    /// those of `read_authorization_answer`; `deadline` where nothing came in time; `cancelled`;
    /// `invalid_argument` where nothing is open or somebody else waits. It goes on listening.
    [[nodiscard]] runtime::Task<Result<Secret>> code(SteadyTime deadline);
    /// Lets the page that is under way reach the browser, for at most a second, and stops
    /// listening. A cancellation does not keep it from doing so.
    [[nodiscard]] runtime::Task<void> close();

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace apilab::auth
