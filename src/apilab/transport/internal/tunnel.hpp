#pragma once

#include <string>
#include <string_view>

#include "apilab/base/result.hpp"
#include "apilab/http/url.hpp"
#include "apilab/transport/internal/response_reader.hpp"
#include "apilab/transport/proxy.hpp"

namespace apilab::transport::internal {

/// Pure: what a proxy is asked for a tunnel to `target`, and what its answer means. All errors:
/// see `ProxyOptions`.
class TunnelRequest {
public:
    TunnelRequest(const Proxy& proxy, const http::Url& target, std::string_view user_agent);

    /// The bytes to send.
    [[nodiscard]] const std::string& head() const { return head_; }
    /// Takes what the proxy sent. True when the tunnel stands; false where more has to come.
    [[nodiscard]] Result<bool> feed(std::string_view bytes);
    /// The proxy closed, or the connection broke, before that.
    [[nodiscard]] Error closed() const;

private:
    std::string proxy_;
    std::string head_;
    ResponseReader reader_;
};

}  // namespace apilab::transport::internal
