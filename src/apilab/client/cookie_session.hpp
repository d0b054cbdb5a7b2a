#pragma once

#include "apilab/client/cookie_jar.hpp"
#include "apilab/runtime/scheduler.hpp"
#include "apilab/runtime/service.hpp"

namespace apilab::client {

/// A session by cookies: stands between a client and its transport, puts the jar's cookies on every
/// attempt and keeps what each answer sets. A request that has a `cookie` of its own goes as it is.
///
///     CookieSession session(scheduler, transport);
///     auto client = Client::create(scheduler, session, rng);
///
/// Scheduler and transport outlive it; it outlives the calls. For one client and one user: cookies
/// are credentials.
class CookieSession final : public runtime::Service {
public:
    CookieSession(runtime::Scheduler& scheduler, runtime::Service& transport)
        : scheduler_(scheduler), transport_(transport) {}

    /// Errors and cancellation: those of the transport.
    [[nodiscard]] runtime::Task<Result<http::Response>> call(http::Request request,
                                                             runtime::CallContext context) override;
    [[nodiscard]] CookieJar& jar() { return jar_; }

private:
    runtime::Scheduler& scheduler_;
    runtime::Service& transport_;
    CookieJar jar_;
};

}  // namespace apilab::client
