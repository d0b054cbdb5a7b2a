#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

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
    /// Say `connection: close` and keep the connection open, for whoever does not listen.
    bool announce_close = false;

    enum class Framing : std::uint8_t {
        none,
        /// `content-length` says `wrong_length_extra` bytes more than there are; then silence
        /// (`stall_for`), then FIN.
        wrong_length,
        /// `content-length` says half of the body; the other half follows all the same.
        short_length,
        /// A chunked body without its last chunk, then FIN. HTTP/1.0 gets a whole answer.
        chunk_without_end,
        /// `stray_answer` follows the answer.
        stray_bytes,
        /// The head has a field of `huge_header_bytes`.
        huge_header,
    };
    /// Goes with none of reset, close, truncation and stall. Those about the body do nothing where
    /// an answer has none.
    Framing framing = Framing::none;
    /// An interim answer of this status (100 or 103) goes before the answer; 0: none. HTTP/1.0 gets
    /// none.
    int interim = 0;
    /// Bytes of the body per second, evenly; at least 1. Nothing: as fast as it goes.
    std::optional<std::uint64_t> drip;

    static constexpr std::size_t wrong_length_extra = 16;
    static constexpr std::size_t huge_header_bytes = std::size_t{1} << 20U;
    /// Its body is `stray`.
    static constexpr std::string_view stray_answer =
        "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 5\r\n\r\nstray";

    /// Told once when the answer is finished, cut or abandoned.
    std::function<void(const WireResult&)> on_finished;
};

}  // namespace apilab::http
