#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "apilab/http/message.hpp"

namespace apilab::server::internal {

struct ReaderLimits {
    /// Request line and header fields with their line ends; also one chunk header or the trailers.
    std::size_t header_bytes_max = 64 * 1024;
    std::size_t header_count_max = 256;
    /// After chunked framing is undone.
    std::size_t body_bytes_max = 16 * 1024 * 1024;
};

/// Why a request cannot be served. The text is ours, never the peer's.
struct Refusal {
    int status = 400;
    std::string_view why;
};

/// Bytes in, requests out: HTTP/1.0 and 1.1 by RFC 9112, strict where leniency would let two
/// readers of the same bytes see different requests. Knows no socket. One reader serves one
/// connection: after `complete` call `take()`, then `next()`.
class RequestReader {
public:
    enum class State : std::uint8_t {
        /// No byte of the request has come.
        idle,
        /// Within request line and header fields.
        head,
        /// Within the body.
        body,
        complete,
        /// `refusal()` says why; nothing more is read.
        refused,
    };

    /// `scheme` (`http`, `https`) and `fallback_authority` (for HTTP/1.0 without Host) complete
    /// the URL.
    RequestReader(ReaderLimits limits, std::string scheme, std::string fallback_authority);
    RequestReader(const RequestReader&) = delete;
    RequestReader& operator=(const RequestReader&) = delete;
    ~RequestReader();

    /// Reads on. What lies behind the end of the request is kept for `next()`.
    State feed(std::string_view bytes);
    [[nodiscard]] State state() const;
    /// The head asked for `100 Continue` and nothing of the body has come. Says so once.
    [[nodiscard]] bool take_continue();
    [[nodiscard]] const Refusal& refusal() const;

    /// The request, once `complete`.
    [[nodiscard]] http::Request take();
    /// By version and Connection header; valid once `complete`.
    [[nodiscard]] bool keep_alive() const;
    /// HTTP/1.0; valid once `complete`.
    [[nodiscard]] bool http10() const;

    /// Starts on the next request with the bytes that are already there.
    State next();

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace apilab::server::internal
