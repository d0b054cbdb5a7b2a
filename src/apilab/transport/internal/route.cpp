#include "apilab/transport/internal/route.hpp"

namespace apilab::transport::internal {

Route route_for(const http::Url& url, const ProxyOptions& options) {
    const Proxy* proxy = options.proxy_for(url);
    if (proxy == nullptr) {
        return {.pool_key = url.origin()};
    }
    if (url.secure()) {
        return {.proxy = proxy, .pool_key = url.origin() + " through " + proxy->url.authority()};
    }
    return {.proxy = proxy, .pool_key = "through " + proxy->url.authority(), .absolute_form = true};
}

void authorize(http::Request& request, const Route& route) {
    if (!route.absolute_form) {
        request.headers().remove("proxy-authorization");
        return;
    }
    if (const Secret own = route.proxy->authorization(); !own.empty()) {
        request.headers().remove("proxy-authorization");
        request.headers().add("proxy-authorization", std::string(own.reveal()));
    }
}

}  // namespace apilab::transport::internal
