#pragma once

#include <memory>
#include <string>
#include <vector>

#include "apilab/http/record.hpp"
#include "apilab/http/url.hpp"
#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/transport/internal/attempt_limits.hpp"
#include "apilab/transport/internal/connection.hpp"
#include "apilab/transport/internal/resolver.hpp"
#include "apilab/transport/internal/tls.hpp"
#include "apilab/transport/proxy.hpp"

namespace apilab::transport::internal {

/// Turns an unconnected `Connection` into one that carries requests: name, TCP, TLS.
class Connector {
public:
    struct Options {
        ResolverOptions resolver;
        TlsOptions tls;
        /// What a proxy is told when it is asked for a tunnel.
        std::string user_agent;
        /// How long an attempt may be silent before the next address is tried beside it.
        Duration attempt_delay = std::chrono::milliseconds(250);
    };
    Connector(runtime::RealScheduler& scheduler, Options options);

    /// Of several addresses, 16 at most, the first to connect wins (RFC 8305): the families take
    /// turns, and one that is silent does not hold up the next. `proxy` may be null; a tunnel
    /// through it counts as connecting. `connection`, `proxy` and `record` outlive the task.
    /// Errors, all `not_sent`: `resolve`, `connect`, `tls`, `io` (no descriptor left),
    /// `invalid_argument` (an option), those of `ProxyOptions`, the limit's own, `cancelled`.
    [[nodiscard]] runtime::Task<Result<void>> connect(Connection& connection, http::Url url,
                                                      const Proxy* proxy, Limit limit,
                                                      http::AttemptRecord& record);

private:
    [[nodiscard]] runtime::Task<Result<void>> connect_any(
        Connection& connection, std::vector<boost::asio::ip::address> addresses,
        const http::Url& url, Limit limit);
    [[nodiscard]] runtime::Task<Result<void>> race(Connection& connection,
                                                   std::vector<boost::asio::ip::address> addresses,
                                                   const http::Url& url, Limit limit);
    [[nodiscard]] runtime::Task<Result<void>> open_tunnel(Connection& connection,
                                                          const http::Url& url, const Proxy& proxy,
                                                          Limit limit);
    [[nodiscard]] runtime::Task<Result<void>> secure(Connection& connection, const http::Url& url,
                                                     Limit limit, http::AttemptRecord& record);

    runtime::RealScheduler& scheduler_;
    Resolver resolver_;
    TlsOptions tls_options_;
    std::string user_agent_;
    Duration attempt_delay_;
    // Made when the first https address is connected: the system's roots take milliseconds to read.
    std::shared_ptr<TlsContext> tls_;
};

}  // namespace apilab::transport::internal
