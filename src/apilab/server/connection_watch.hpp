#pragma once

#include <cstdint>
#include <string>

#include "apilab/base/clock.hpp"

namespace apilab::server {

/// What a server does to one TLS handshake. Default: it takes part.
struct HandshakePlan {
    enum class Kind : std::uint8_t {
        proceed,
        /// FIN in answer to the client's first message.
        close,
        /// The first message is read and never answered; after `stall_for` FIN.
        stall,
    };
    Kind kind = Kind::proceed;
    /// Zero: until the client gives up or the server stops.
    Duration stall_for{};
};

/// How a TLS handshake went.
struct HandshakeResult {
    bool done = false;
    /// `TLSv1.3`; empty where none was agreed on.
    std::string version;
    /// The name that the client asked for (SNI); empty: none.
    std::string server_name;
    /// Of a failure. An alert in the words of RFC 8446 (`certificate expired`); `plain http`: the
    /// client spoke HTTP; `closed`: it went away without a word; `too slow`; `by plan`;
    /// `stopped`: the server; `malformed`.
    std::string why;
    /// The alert is the client's, not ours.
    bool alert_by_peer = false;
};

/// How a connection ended.
struct ConnectionEnd {
    enum class By : std::uint8_t { peer, server };
    enum class How : std::uint8_t { fin, reset };
    By by = By::server;
    How how = How::fin;
    /// Requests that were handed to the service.
    std::uint64_t requests = 0;
};

/// Told of the connections of a server, on its scheduler's thread, in the order of what happens.
/// `connection` is the number that `runtime::Inbound::connection` shows. Must not throw.
class ConnectionWatch {
public:
    ConnectionWatch() = default;
    ConnectionWatch(const ConnectionWatch&) = delete;
    ConnectionWatch& operator=(const ConnectionWatch&) = delete;
    virtual ~ConnectionWatch() = default;

    virtual void accepted(std::uint64_t connection, const std::string& peer) = 0;
    /// Asked before the handshake of a TLS connection.
    [[nodiscard]] virtual HandshakePlan plan_handshake(std::uint64_t connection) = 0;
    /// Once for each connection with TLS.
    virtual void handshaken(std::uint64_t connection, const HandshakeResult& result) = 0;
    /// Once for each that was accepted.
    virtual void closed(std::uint64_t connection, const ConnectionEnd& end) = 0;
};

}  // namespace apilab::server
