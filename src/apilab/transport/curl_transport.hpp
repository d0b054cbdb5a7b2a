#pragma once

#include <cstddef>
#include <cstdint>
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
/// What has the name of an option of `AsioTransportOptions` means the same.
struct CurlTransportOptions {
    /// HTTP/2 with servers that agree to it in the TLS handshake (ALPN). Without TLS always
    /// HTTP/1.1.
    bool http2 = true;

    /// 1 to 10,000. Calls that share a connection by HTTP/2 count once.
    std::size_t connections_per_origin = 16;
    /// 1 to 100,000.
    std::size_t connections_total = 256;
    /// Calls that have no connection yet; the next fails at once (`too_large`, detail `pool`). 1 to
    /// 1,000,000.
    std::size_t waiting_max = 10'000;
    /// In whole seconds, rounded up. 0: connections are not reused.
    Duration idle_keep_alive = std::chrono::seconds(30);
    /// In whole seconds, rounded up.
    Duration connection_lifetime = std::chrono::minutes(10);

    /// 256 bytes to 256 KiB: libcurl ends by itself at 300 KiB, and at a line of 100 KiB.
    std::size_t header_bytes_max = std::size_t{64} * 1024;
    std::size_t header_count_max = 256;
    std::uint64_t body_bytes_max = std::uint64_t{100} * 1024 * 1024;
    bool decode_content = true;
    http::DecodeLimits decode_limits;
    std::uint64_t upload_bytes_max = std::uint64_t{1024} * 1024 * 1024;
    Duration continue_wait = std::chrono::seconds(1);

    std::string user_agent;
    bool replay_stale = true;
    ProxyOptions proxy;

    bool system_roots = true;
    std::string ca_pem;
    std::string client_certificate;
    Secret client_key;

    std::map<std::string, std::vector<std::string>> hosts;
    std::string name_servers;

    /// Error `invalid_argument` naming the option and its range.
    [[nodiscard]] Result<void> validate() const;
};

/// HTTP/2 and HTTP/1.1 through libcurl, driven by the scheduler's own loop: no thread, no signal,
/// no environment. Names are resolved by c-ares as in `AsioTransport`, since a lookup of libcurl's
/// cannot be cancelled; an address is remembered for a minute.
///
/// It keeps the contract of `Transport`. What libcurl hides, and what follows from that:
///
/// - A dead kept-alive connection: libcurl would send any request again, up to five times. It is
///   stopped before it does so, except where `Transport` allows it.
/// - Bytes: libcurl tells how many bytes of HTTP it wrote, not what TLS made of them. So over TLS
///   the outcome is `unknown` from the moment where sending could begin; without TLS it is
///   `not_sent` until the first byte. `AttemptRecord` counts bytes of HTTP too, and for HTTP/2
///   those of the same text in HTTP/1.1. `tls_resumed` is never set.
/// - A stream that the peer refused (HTTP/2, REFUSED_STREAM: not processed, RFC 9113 section 8.7)
///   is `connection_lost`, detail `refused_stream`, outcome `not_sent`.
/// - Idle connections are not watched: one whose time is over, or that the peer closed, is noticed
///   when the next call looks for one.
/// - Framing is libcurl's, with the doubtful refused on top (`protocol`, detail `malformed`).
///   tests/contract/differential_test.cpp lists where the two transports differ.
/// - `417` to a request with `expect` is an answer without its body. HEAD with a body is refused
///   (`invalid_argument`).
///
/// Idle connections are closed when the transport goes. The scheduler outlives it.
///
///     runtime::RealScheduler scheduler;
///     transport::CurlTransport transport(scheduler);
///     auto answer = runtime::run(scheduler, transport::send(transport, http::Request::get(url)));
class CurlTransport final : public Transport {
public:
    explicit CurlTransport(runtime::RealScheduler& scheduler, CurlTransportOptions options = {});
    ~CurlTransport() override;

    [[nodiscard]] runtime::Task<Result<http::Response>> call(http::Request request,
                                                             runtime::CallContext context) override;
    [[nodiscard]] std::string describe() const override;

    struct Stats {
        /// Under way.
        std::size_t calls = 0;
        /// Of these, without a connection yet.
        std::size_t waiting = 0;
        /// Open or being opened, idle ones included.
        std::size_t connections = 0;
    };
    [[nodiscard]] Stats stats() const;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace apilab::transport
