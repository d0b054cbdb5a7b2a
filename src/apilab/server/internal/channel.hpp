#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "apilab/base/result.hpp"

namespace apilab {
class Secret;
}

namespace apilab::server::internal {

struct IoResult {
    enum class Status : std::uint8_t {
        done,
        /// Nothing can be done before the socket is readable (writable).
        want_read,
        want_write,
        /// The peer closed in order.
        end,
        /// The connection is broken.
        failed,
    };
    Status status = Status::done;
    std::size_t bytes = 0;
};

/// Bytes over a non-blocking socket, plain or through TLS. Never waits: whoever drives it waits for
/// the socket. The descriptor stays the caller's.
class Channel {
public:
    Channel() = default;
    Channel(const Channel&) = delete;
    Channel& operator=(const Channel&) = delete;
    virtual ~Channel() = default;

    [[nodiscard]] virtual IoResult handshake() = 0;
    [[nodiscard]] virtual IoResult read(std::span<char> into) = 0;
    /// Writes from the front of `first` followed by `second`, in one system call where possible.
    /// After `want_*` the same bytes have to be offered again.
    [[nodiscard]] virtual IoResult write(std::string_view first, std::string_view second) = 0;
    /// Says goodbye on the channel's own level, if it has one.
    virtual void finish() = 0;
    /// What TLS tells of its handshake so far.
    struct TlsFacts {
        std::string version;
        std::string server_name;
        /// The last alert, and whose it was.
        std::string alert;
        bool alert_by_peer = false;
        /// What came was no TLS but a request.
        bool plain_http = false;
    };
    [[nodiscard]] virtual TlsFacts tls() const { return {}; }
    /// There may be bytes to read without waiting for the socket.
    [[nodiscard]] virtual bool may_have_more() const = 0;
};

[[nodiscard]] std::unique_ptr<Channel> make_tcp_channel(int socket);

/// Certificate and key, ready for handshakes.
class TlsContext {
public:
    /// Errors: `invalid_argument` saying which text is unusable.
    [[nodiscard]] static Result<std::shared_ptr<TlsContext>> create(
        std::string_view certificate_chain, const Secret& private_key, std::string_view client_ca,
        bool only_tls_1_0 = false);
    TlsContext() = default;
    TlsContext(const TlsContext&) = delete;
    TlsContext& operator=(const TlsContext&) = delete;
    virtual ~TlsContext() = default;

    /// Null where OpenSSL is out of memory.
    [[nodiscard]] virtual std::unique_ptr<Channel> channel(int socket) = 0;
};

/// Sends FIN and keeps reading possible.
void send_fin(int socket);
/// Makes the next close of the descriptor send RST and throw away what is unsent.
void reset_on_close(int socket);
/// Reads what has come below any TLS, at most one buffer of it, for nobody.
[[nodiscard]] IoResult discard(int socket, std::span<char> buffer);
/// Has the peer closed, with nothing left to read? Takes nothing.
enum class Peeked : std::uint8_t { nothing, bytes, end, failed };
[[nodiscard]] Peeked peek(int socket);
/// Has the connection failed since this was last asked?
[[nodiscard]] bool has_failed(int socket);

}  // namespace apilab::server::internal
