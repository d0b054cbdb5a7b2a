#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "apilab/base/secret.hpp"
#include "apilab/http/content_coding.hpp"
#include "apilab/transport/proxy.hpp"
#include "apilab/transport/transport.hpp"

namespace apilab::runtime {
class RealScheduler;
}

namespace apilab::transport {

/// Every limit is on by default; how long things may take is said per call (`runtime::Timeouts`).
struct AsioTransportOptions {
    /// Open connections per scheme, host and port, in use and idle. 1 to 10,000. A call that finds
    /// none free waits in line; the wait counts against its limits.
    std::size_t connections_per_origin = 16;
    /// Open connections in all. 1 to 100,000. When it is reached, the connection that has been idle
    /// longest gives way.
    std::size_t connections_total = 256;
    /// Calls that may wait for a connection; the next fails at once (`too_large`, detail `pool`).
    std::size_t waiting_max = 10'000;
    /// How long an unused connection is kept. Shorter than what common servers keep (60 s and
    /// more), so that we close first. 0: connections are not reused.
    Duration idle_keep_alive = std::chrono::seconds(30);
    /// A connection older than this carries no further request, so that changes in DNS are noticed.
    Duration connection_lifetime = std::chrono::minutes(10);

    /// Status line and header section of an answer, interim answers included; also its trailers.
    /// 256 bytes to 16 MiB. Beyond: `too_large`, detail `header`.
    std::size_t header_bytes_max = std::size_t{64} * 1024;
    /// Fields of an answer. At least 1. Beyond: `too_large`, detail `header_count`.
    std::size_t header_count_max = 256;
    /// Body of an answer, as it comes. 0 to 1 TiB. Beyond: `too_large`, detail `body`, as soon as
    /// it is known.
    std::uint64_t body_bytes_max = std::uint64_t{100} * 1024 * 1024;
    /// Ask for content codings (`accept-encoding`) where the request has neither that header nor
    /// `range`, and undo them in the answer (`http::Response::decoded_from` says what was done). A
    /// request that says itself what it accepts gets the body as it comes.
    bool decode_content = true;
    /// What decoding may cost; the sizes count besides `body_bytes_max`.
    http::DecodeLimits decode_limits;

    /// Body of a request that is streamed (`CallContext::upload`). 1 byte to 1 TiB. Beyond:
    /// `too_large`, detail `upload`.
    std::uint64_t upload_bytes_max = std::uint64_t{1024} * 1024 * 1024;
    /// How long a request with `expect: 100-continue` holds its body back when the server says
    /// nothing; then the body is sent (RFC 9110 section 10.1.1). 0 to 60 s. An answer that comes
    /// instead of `100 Continue` is the answer: the body is not sent, the connection is closed.
    Duration continue_wait = std::chrono::seconds(1);

    /// Sent as `user-agent` where the request has none. Empty: `apilab/<version>`.
    std::string user_agent;
    /// See `Transport`: a read on a kept-alive connection that is dead is sent again once.
    bool replay_stale = true;

    /// Where a host has several addresses: how long an attempt to connect may be silent before the
    /// next address is tried beside it (RFC 8305 section 5); after a failure it is tried at once.
    /// 10 ms to 2 s.
    Duration connection_attempt_delay = std::chrono::milliseconds(250);
    /// Straight to every host unless said otherwise. `ProxyOptions::from_environment` reads the
    /// usual variables.
    ProxyOptions proxy;

    /// Trust the certificate authorities that the system trusts. There is no way to turn
    /// verification off; a test trusts its own authority through `ca_pem` or `ca_file`.
    bool system_roots = true;
    /// Certificates trusted as well, as PEM text and as a PEM file (16 MiB at most).
    std::string ca_pem;
    std::filesystem::path ca_file;
    /// Shown to servers that ask for a certificate: PEM, its own first and then what leads to the
    /// root. Goes together with `client_key`, PEM without a passphrase.
    std::string client_certificate;
    Secret client_key;
    /// Where not empty, one of these has to be among the public keys of the chain that was verified
    /// (RFC 7469): the SHA-256 of its SubjectPublicKeyInfo, base64. Comes on top of all other
    /// checks. Give the next key beside the one in use, or a rotation locks you out. At most 100.
    std::vector<std::string> pinned_keys;
    /// TLS sessions kept to go on from, which saves a round trip and the certificates. 0 to
    /// 10,000; 0: every handshake is a whole one.
    std::size_t tls_sessions_max = 256;

    /// Names answered from here before anything is asked: host (lower case) to IP addresses.
    std::map<std::string, std::vector<std::string>> hosts;
    /// Name servers, `address[:port]`, comma-separated. Empty: those of /etc/resolv.conf.
    std::string name_servers;

    /// Error `invalid_argument` naming the option and its range.
    [[nodiscard]] Result<void> validate() const;
};

/// HTTP/1.1 over TCP and TLS (1.2 and 1.3, always verified, `http/1.1` by ALPN) with a pool of
/// kept-alive connections. Names are resolved through c-ares: a name server that hangs costs its
/// own call the connect timeout and delays nobody else. Of a host's addresses the first to connect
/// is used.
///
/// Runs on the scheduler's loop; the scheduler outlives it. Idle connections are closed when their
/// time is over or when the transport goes; their timers keep `RealScheduler::run()` from returning
/// until then. Limits, errors, outcomes, cancellation: see `Transport`. Options that do not
/// `validate()` make every call fail with that error.
///
///     runtime::RealScheduler scheduler;
///     transport::AsioTransport transport(scheduler);
///     auto answer = runtime::run(scheduler, transport::send(transport, http::Request::get(url)));
class AsioTransport final : public Transport {
public:
    explicit AsioTransport(runtime::RealScheduler& scheduler, AsioTransportOptions options = {});
    ~AsioTransport() override;

    [[nodiscard]] runtime::Task<Result<http::Response>> call(http::Request request,
                                                             runtime::CallContext context) override;
    [[nodiscard]] std::string describe() const override;

    struct Stats {
        /// Open or being opened, idle ones included.
        std::size_t connections = 0;
        std::size_t idle = 0;
        /// Calls in line for a connection.
        std::size_t waiting = 0;
    };
    [[nodiscard]] Stats stats() const;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace apilab::transport
