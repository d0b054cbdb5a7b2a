#pragma once

#include <string>

#include "apilab/http/message.hpp"
#include "apilab/transport/proxy.hpp"

namespace apilab::transport::internal {

/// How a request gets to its host.
struct Route {
    /// Null: straight. Lives in the transport's options.
    const Proxy* proxy = nullptr;
    /// What connections are kept for: those to a proxy serve every http origin, a tunnel serves
    /// one, and neither is mistaken for a connection to the host itself.
    std::string pool_key;
    /// The request line names the whole URL.
    bool absolute_form = false;

    [[nodiscard]] bool tunnel() const { return proxy != nullptr && !absolute_form; }
};

[[nodiscard]] Route route_for(const http::Url& url, const ProxyOptions& options);

/// `proxy-authorization` for the proxy that reads this request, and for nobody else: what the
/// request says itself goes where no proxy would read it.
void authorize(http::Request& request, const Route& route);

}  // namespace apilab::transport::internal
