#include "apilab/transport/internal/tunnel.hpp"

#include <fmt/format.h>

#include <utility>

namespace apilab::transport::internal {
namespace {

// CONNECT names the port always (RFC 9110 section 9.3.6).
std::string authority_with_port(const http::Url& url) {
    const bool v6 = url.host().contains(':');
    return fmt::format("{}{}{}:{}", v6 ? "[" : "", url.host(), v6 ? "]" : "", url.port());
}

std::unexpected<Error> refused(std::string_view proxy, int status) {
    const bool credentials = status == 401 || status == 407;
    const bool forbidden = credentials || status == 403;
    Error error(forbidden ? ErrorKind::auth : ErrorKind::connect,
                fmt::format("the proxy {} refused the tunnel with status {}", proxy, status));
    if (credentials) {
        error = std::move(error).with_remedy("check the proxy's user and password");
    }
    return fail(
        std::move(error).with_outcome(Outcome::not_sent).with_detail("proxy").with_status(status));
}

}  // namespace

TunnelRequest::TunnelRequest(const Proxy& proxy, const http::Url& target,
                             std::string_view user_agent)
    // The answer to CONNECT has no body where it is good, and where it is not nobody reads it.
    : proxy_(proxy.url.authority()), reader_({}, {.head = true}) {
    const std::string authority = authority_with_port(target);
    head_ = fmt::format("CONNECT {0} HTTP/1.1\r\nhost: {0}\r\n", authority);
    if (!user_agent.empty()) {
        head_ += fmt::format("user-agent: {}\r\n", user_agent);
    }
    if (const Secret authorization = proxy.authorization(); !authorization.empty()) {
        head_ += fmt::format("proxy-authorization: {}\r\n", authorization.reveal());
    }
    head_ += "\r\n";
}

Result<bool> TunnelRequest::feed(std::string_view bytes) {
    if (auto fed = reader_.feed(bytes); !fed) {
        return fail(Error(ErrorKind::protocol,
                          fmt::format("the proxy {} answered CONNECT with what is not HTTP: {}",
                                      proxy_, fed.error().message()))
                        .with_outcome(Outcome::not_sent)
                        .with_detail("proxy"));
    }
    if (!reader_.done()) {
        return false;
    }
    const int status = reader_.head()->status();
    if (status >= 300) {
        return refused(proxy_, status);
    }
    // A TLS server waits for its client: what comes before that is not from it.
    if (reader_.stray()) {
        return fail(Error(ErrorKind::protocol,
                          fmt::format("the proxy {} sent bytes before the tunnel was used", proxy_))
                        .with_outcome(Outcome::not_sent)
                        .with_detail("proxy"));
    }
    return true;
}

Error TunnelRequest::closed() const {
    return Error(ErrorKind::connect,
                 fmt::format("the proxy {} closed the connection instead of answering CONNECT",
                             proxy_))
        .with_outcome(Outcome::not_sent)
        .with_detail("proxy");
}

}  // namespace apilab::transport::internal
