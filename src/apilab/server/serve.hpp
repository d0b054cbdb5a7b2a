#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"
#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/runtime/service.hpp"
#include "apilab/server/server.hpp"

namespace apilab::server {

/// How a server ends that somebody replaces. Both together are less than the patience of whoever
/// sends the signal (Fly.io: 5 s, Railway: 3 s by default; `docker stop`: 10 s).
struct EndOptions {
    /// From the signal on, requests are still taken for so long: routers learn late. Default 300
    /// ms, range 0 to 1 min.
    Duration linger = std::chrono::milliseconds(300);
    /// Then nothing new is taken, and what has begun has so long to end. Default 1 s, range 0 to
    /// 1 h.
    Duration finish = std::chrono::seconds(1);
    /// Told the port once the server listens, and that the signal has come (from now on the program
    /// is not ready any more). On the scheduler's thread; may be empty.
    std::function<void(std::uint16_t port)> on_listening = nullptr;
    std::function<void()> on_told = nullptr;

    /// Error `invalid_argument` naming the option and its range.
    [[nodiscard]] Result<void> validate() const;
};

/// Serves until SIGTERM or SIGINT (platforms differ), ends in order, and returns when nothing of
/// the server runs any more. A second signal waits for nobody. Runs the scheduler; scheduler and
/// service outlive the call. Errors: of `Server::listen` and `EndOptions::validate`.
///
///     return serve_until_told(scheduler, service, {.address = "0.0.0.0", .port = port}) ? 0 : 1;
[[nodiscard]] Result<void> serve_until_told(runtime::RealScheduler& scheduler,
                                            runtime::Service& service, ServerOptions options,
                                            EndOptions end = {});

}  // namespace apilab::server
