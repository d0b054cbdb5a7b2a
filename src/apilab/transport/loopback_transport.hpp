#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "apilab/http/content_coding.hpp"
#include "apilab/runtime/scheduler.hpp"
#include "apilab/transport/transport.hpp"

namespace apilab::transport {

struct LoopbackOptions {
    /// Sent as `user-agent` where the request has none. Empty: `apilab/<version>`.
    std::string user_agent;
    /// Connections kept for reuse per origin, as the real pool keeps them. Range 0 to 100,000; 0:
    /// every request has a connection of its own.
    std::size_t idle_connections_per_origin = 16;
    /// How long an unused connection is kept.
    Duration idle_keep_alive = std::chrono::seconds(30);
    /// See `Transport`: a read on a kept-alive connection that is dead is sent again once.
    bool replay_stale = true;
    /// As for `AsioTransportOptions`: ask for content codings and undo them.
    bool decode_content = true;
    http::DecodeLimits decode_limits;
    /// As for `AsioTransportOptions`.
    std::uint64_t upload_bytes_max = std::uint64_t{1024} * 1024 * 1024;
    /// What `Inbound::peer_address` says.
    std::string peer_address = "127.0.0.1";
};

/// A client's view of a service without a socket between them: under virtual time a scenario runs
/// in microseconds, and ends as it does over real sockets.
///
/// The service gets the request as a server would have read it (host, user-agent, content-length
/// added) and a fresh `CallContext` with `inbound` set: connections are numbered from 1 and reused
/// as the real pool reuses them. It is cancelled when the client's time is up or the client
/// cancels. Its answer's `WirePlan` is played as the client would see it (reset and close:
/// `connection_lost`; truncation: `protocol`; stall: silence until a timeout; a drip takes its
/// time; bytes left over end the connection; interim answers are not shown), and the plan's
/// `on_finished` is called once. `date` and `content-length` are added where absent, the body of an
/// answer to HEAD and of 204 and 304 is dropped. An error that the service returns is a 500, as it
/// would be from a server. A whole answer arrives at once: sending and receiving take no time. An
/// upload is read to its end before the service is asked; a download gets the body of an answer
/// that is complete, in one piece.
///
/// The service and the scheduler outlive the transport. Limits, errors, cancellation: see
/// `Transport`.
///
///     runtime::VirtualScheduler scheduler;
///     LoopbackTransport transport(scheduler, sandbox);
class LoopbackTransport final : public Transport {
public:
    LoopbackTransport(runtime::Scheduler& scheduler, runtime::Service& service,
                      LoopbackOptions options = {});
    ~LoopbackTransport() override;

    [[nodiscard]] runtime::Task<Result<http::Response>> call(http::Request request,
                                                             runtime::CallContext context) override;
    [[nodiscard]] std::string describe() const override;

    /// Connections made so far.
    [[nodiscard]] std::size_t connections_made() const;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace apilab::transport
