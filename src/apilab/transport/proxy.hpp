#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "apilab/base/environment.hpp"
#include "apilab/base/result.hpp"
#include "apilab/base/secret.hpp"
#include "apilab/http/url.hpp"
#include "apilab/transport/no_proxy.hpp"

namespace apilab::transport {

/// An HTTP proxy, spoken to in the clear. A value.
struct Proxy {
    /// `[http://][user[:password]@]host[:port]`, at most 32 KiB; user and password may be
    /// percent-encoded; the port is 80 where none is given. Errors, `invalid_argument`, detail
    /// `proxy`, never with the text itself, which may hold a password: no such URL; another scheme
    /// (a proxy that is reached by TLS, or SOCKS); a path or a query.
    [[nodiscard]] static Result<Proxy> parse(std::string_view text);

    /// `http://host:port/`.
    http::Url url;
    /// With `password`, sent as `proxy-authorization` (Basic) to the proxy and to nobody else.
    /// Empty: none is sent.
    std::string user;
    Secret password;

    /// The value of `proxy-authorization`; empty where there is no user.
    [[nodiscard]] Secret authorization() const;
};

/// Which proxy for which URL. The default: none.
///
/// A request for `http` goes to the proxy in absolute form (RFC 9112 section 3.2.2), so that its
/// answer may be the proxy's own: a 407 or 502 is an answer like any other then. For `https` the
/// proxy is asked for a tunnel (CONNECT, RFC 9110 section 9.3.6), and everything that goes wrong
/// with that is an error of outcome `not_sent`:
///
/// | the proxy | error |
/// | --- | --- |
/// | answers 401, 403 or 407 | `auth`, detail `proxy`, with the status |
/// | answers another status | `connect`, detail `proxy`, with the status |
/// | closes or resets | `connect`, detail `proxy` |
/// | answers what is not HTTP, or more than a head | `protocol`, detail `proxy` |
/// | says nothing | `timeout`, detail `connect` |
struct ProxyOptions {
    std::optional<Proxy> http;
    std::optional<Proxy> https;
    NoProxy no_proxy;

    /// Reads `http_proxy`, `https_proxy` and `HTTPS_PROXY`, `all_proxy` and `ALL_PROXY` (for
    /// whichever of both has none of its own), `no_proxy` and `NO_PROXY`; lower case wins, an empty
    /// value counts as absent. `HTTP_PROXY` is not read, as curl does not: in a program that a CGI
    /// server starts, it holds what the visitor sent as a header `Proxy`. The map comes from the
    /// program: the library reads no environment. Errors: those of `Proxy::parse` and
    /// `NoProxy::parse`, naming the variable.
    [[nodiscard]] static Result<ProxyOptions> from_environment(const Environment& environment);

    /// Null: straight to the host.
    [[nodiscard]] const Proxy* proxy_for(const http::Url& url) const;
};

}  // namespace apilab::transport
