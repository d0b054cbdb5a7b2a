#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"
#include "apilab/base/secret.hpp"
#include "apilab/http/message.hpp"
#include "apilab/transport/internal/curl_error.hpp"
#include "apilab/transport/internal/route.hpp"

namespace apilab::transport::internal {

class CurlMulti;
class CurlTransfer;

/// What all requests of a transport share.
struct CurlEasyOptions {
    bool http2 = true;
    Duration idle_keep_alive{};
    Duration connection_lifetime{};
    Duration continue_wait{};
    bool system_roots = true;
    std::string ca_pem;
    std::string client_certificate;
    Secret client_key;
};

/// libcurl's easy handle, set up for one request.
class CurlEasy {
public:
    struct Body {
        /// The request has one, even if it is empty.
        bool any = false;
        /// Nothing: sent in chunks.
        std::optional<std::uint64_t> length;
    };
    /// Everything but the transfer is copied. Error: `internal`, naming the option that this
    /// libcurl does not take.
    [[nodiscard]] static Result<std::unique_ptr<CurlEasy>> create(
        CurlTransfer& transfer, CurlMulti& multi, const CurlEasyOptions& options,
        const http::Request& request, Body body, const Route& route, const std::string& addresses);
    CurlEasy();
    CurlEasy(const CurlEasy&) = delete;
    CurlEasy& operator=(const CurlEasy&) = delete;
    ~CurlEasy();

    [[nodiscard]] void* handle() const;
    /// After a pause.
    void go_on();
    /// Another request may go out on it after this answer. Without this it is closed then.
    void keep_connection();
    /// Before it is added again: no connection that was kept.
    void use_fresh_connection();
    /// What libcurl says about a transfer that failed with `code`.
    [[nodiscard]] CurlFailure failure(int code) const;
    struct Times {
        Duration connect{};
        Duration tls{};
    };
    [[nodiscard]] Times times() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace apilab::transport::internal
