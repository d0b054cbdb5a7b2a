#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"
#include "apilab/base/secret.hpp"
#include "apilab/runtime/service.hpp"
#include "apilab/runtime/task.hpp"
#include "apilab/server/connection_watch.hpp"

namespace apilab::runtime {
class RealScheduler;
}

namespace apilab::server {

/// TLS 1.2 and 1.3, `http/1.1` by ALPN. `certificates.hpp` makes both texts for tests.
struct TlsServerOptions {
    /// PEM: the server's certificate first, then what leads to the root.
    std::string certificate_chain;
    /// PEM, not encrypted.
    Secret private_key;
    /// PEM: clients have to show a certificate that one of these vouches for. Empty: none is asked.
    std::string client_ca;
    /// Speaks TLS 1.0 and nothing else, which no client should accept (RFC 8996). For sandboxes.
    bool only_tls_1_0 = false;
};

/// Every limit is on by default. Zero means "no limit" only where it says so.
struct ServerOptions {
    /// A numeric address; `0.0.0.0` and `::` listen everywhere.
    std::string address = "127.0.0.1";
    /// 0: a free port, which `Server::port()` tells.
    std::uint16_t port = 0;
    std::optional<TlsServerOptions> tls;

    /// Request line and header fields together; also the trailers of a chunked body. Beyond: 431
    /// (a target of more than 32,000 bytes: 414). 256 bytes to 16 MiB.
    std::size_t header_bytes_max = 64 * 1024;
    /// Beyond: 431. At least 1.
    std::size_t header_count_max = 256;
    /// After chunked framing is undone. Beyond: 413, before the body is read where its length is
    /// announced.
    std::size_t body_bytes_max = 16 * 1024 * 1024;

    /// From a request's first byte to the end of its head, and for the TLS handshake. Beyond: 408
    /// (handshake: closed).
    Duration header_timeout = std::chrono::seconds(10);
    /// Between two pieces of a body. Beyond: 408.
    Duration body_idle_timeout = std::chrono::seconds(30);
    /// From the end of the head to the end of the body: a slow drip cannot outlive it. Beyond: 408.
    Duration body_timeout = std::chrono::minutes(5);
    /// How long a connection may be silent between requests, and before its first. Beyond: closed.
    Duration keep_alive_timeout = std::chrono::seconds(60);
    /// How long the peer may take no byte of an answer. Beyond: the connection is reset.
    Duration write_idle_timeout = std::chrono::seconds(30);
    /// After our FIN, how long the peer's remaining bytes (1 MiB at most) are read and thrown away
    /// so that no RST overtakes the answer.
    Duration linger_timeout = std::chrono::seconds(2);

    /// When so many are open, accepting pauses: a new connection waits in the kernel's queue until
    /// one ends. (An answer 503 would look like one of the service's.) At least 1.
    std::size_t connections_max = 16384;
    /// The last answer says `connection: close`. 0: no limit.
    std::uint64_t requests_per_connection_max = 0;

    /// Value of the Server field; empty: none is sent.
    std::string server_header = "apilab";
    /// The number that the last accepted connection got. Servers that share one counter give every
    /// connection a number of its own; null: the server counts from 1.
    std::shared_ptr<std::uint64_t> connection_counter;
    /// Told of every connection; null: nobody is.
    std::shared_ptr<ConnectionWatch> watch;

    /// Error `invalid_argument` naming the option and its range.
    [[nodiscard]] Result<void> validate() const;
};

struct ServerStats {
    std::uint64_t connections_accepted = 0;
    std::size_t connections_open = 0;
    /// Handed to the service.
    std::uint64_t requests = 0;
    /// Answered by the server itself (400, 408, 413, 414, 417, 431, 501).
    std::uint64_t refused = 0;
};

/// An HTTP/1.1 server (RFC 9112) for one service. Requests of one connection are served in order,
/// pipelined ones too. A request that was handed to the service is finished even if its peer goes
/// away; `http::WirePlan` of the answer is carried out on the socket, and its `on_finished` is
/// called exactly once, whatever happens (neither flag set and bytes missing: the server gave up,
/// by `stop()` or `write_idle_timeout`).
///
/// Timeouts are looked at a few times per second, so they may come up to 250 ms late.
///
///     RealScheduler scheduler;
///     Server server(scheduler, service, {.port = 4010});
///     if (auto ready = server.listen(); !ready) { ... }
///     scheduler.run();                             // until somebody calls scheduler.stop()
///     runtime::run(scheduler, server.stop(std::chrono::seconds(5)));
///
/// Belongs to the scheduler's thread. Scheduler and service outlive it.
class Server {
public:
    Server(runtime::RealScheduler& scheduler, runtime::Service& service,
           ServerOptions options = {});
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;
    /// Stops with force what `stop()` did not, running the scheduler until it is over: never
    /// within a task.
    ~Server();

    /// Binds, listens and starts accepting. Once. Errors: `invalid_argument` (an option, a
    /// certificate), `io` (the port is taken, ...).
    [[nodiscard]] Result<void> listen();
    /// The port in force after `listen()`.
    [[nodiscard]] std::uint16_t port() const;

    /// Stops accepting, closes what is idle or stalled by plan, lets requests that have begun end
    /// (their answers say `connection: close`); after `grace` cancels and closes the rest. Returns
    /// when nothing of the server runs any more. A service that ignores cancellation delays that.
    [[nodiscard]] runtime::Task<void> stop(Duration grace);

    [[nodiscard]] ServerStats stats() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace apilab::server
