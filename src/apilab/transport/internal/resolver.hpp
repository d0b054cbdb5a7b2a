#pragma once

#include <boost/asio/ip/address.hpp>
#include <map>
#include <string>
#include <vector>

#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/transport/internal/attempt_limits.hpp"

namespace apilab::transport::internal {

struct ResolverOptions {
    /// Names answered from here first, before anything is asked: host (lower case) to IP addresses.
    std::map<std::string, std::vector<std::string>> hosts;
    /// `address[:port]`, comma-separated, instead of those in /etc/resolv.conf. Empty: those.
    std::string servers;
};

/// Names to addresses through c-ares, on the scheduler's own loop: a name server that hangs holds
/// up the call that asked it and nothing else. /etc/hosts is honoured; an IP address is its own
/// answer.
class Resolver {
public:
    Resolver(runtime::RealScheduler& scheduler, ResolverOptions options);

    /// At least one address, best first (RFC 6724). Errors, all `not_sent`: `resolve`, the limit's
    /// own, `cancelled`.
    [[nodiscard]] runtime::Task<Result<std::vector<boost::asio::ip::address>>> resolve(
        std::string host, Limit limit);

private:
    runtime::RealScheduler& scheduler_;
    ResolverOptions options_;
};

}  // namespace apilab::transport::internal
