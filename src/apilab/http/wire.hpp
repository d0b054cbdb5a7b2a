#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>

#include "apilab/base/clock.hpp"

namespace apilab::http {

/// What became of an answer on the wire; the last thing a server learns about it.
struct WireResult {
    /// Bytes of head and body handed to the kernel.
    std::uint64_t bytes_sent = 0;
    /// When the last byte was written, or when the answer was given up.
    SteadyTime finished;
    /// The peer closed or reset the connection before everything was written.
    bool peer_closed = false;
    /// The plan itself cut the answer short (reset, close or truncation).
    bool cut_by_plan = false;
    /// The server ended it before everything was written: it stopped, or the peer took no byte for
    /// too long.
    bool gave_up = false;
};

/// How a server is to misbehave while it writes one answer. A sandbox attaches it to a `Response`;
/// `server` carries it out on the socket, `LoopbackTransport` shows the same to the client without
/// one. Default: no misbehaviour at all.
struct WirePlan {
    enum class Reset : std::uint8_t {
        none,
        /// TCP RST before any byte of the answer.
        before_response,
        /// RST in the middle of the header section.
        mid_headers,
        /// RST in the middle of the body.
        mid_body,
    };
    Reset reset = Reset::none;
    /// FIN instead of an answer.
    bool close_before_response = false;
    /// FIN after this many body bytes although `content-length` announced all of them.
    std::optional<std::size_t> truncate_body_at;
    /// Stop writing after this many bytes of the whole answer (head included; 0: nothing at all)
    /// and keep the connection open until the peer gives up or the server stops.
    std::optional<std::size_t> stall_at;
    /// The same after this many bytes of the body. No stall where the body is not longer.
    std::optional<std::size_t> stall_body_at;
    /// After so long a silence the rest is written. Zero: never.
    Duration stall_for{};
    /// Close the connection after the answer although keep-alive was promised.
    bool close_after = false;
    /// Told once when the answer is finished, cut or abandoned.
    std::function<void(const WireResult&)> on_finished;
};

}  // namespace apilab::http
