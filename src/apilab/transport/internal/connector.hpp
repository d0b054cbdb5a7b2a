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
    };
    Connector(runtime::RealScheduler& scheduler, Options options);

    /// Addresses are tried in their order, 16 at most, each with a fair share of the time left, so
    /// that a dead one cannot use up what the next would need. `proxy` may be null; a tunnel
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
    [[nodiscard]] runtime::Task<Result<void>> open_tunnel(Connection& connection,
                                                          const http::Url& url, const Proxy& proxy,
                                                          Limit limit);
    [[nodiscard]] runtime::Task<Result<void>> secure(Connection& connection, const http::Url& url,
                                                     Limit limit, http::AttemptRecord& record);

    runtime::RealScheduler& scheduler_;
    Resolver resolver_;
    TlsOptions tls_options_;
    std::string user_agent_;
    // Made when the first https address is connected: the system's roots take milliseconds to read.
    std::shared_ptr<TlsContext> tls_;
};

}  // namespace apilab::transport::internal
