#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "apilab/base/error.hpp"

namespace apilab::transport::internal {

struct IoResult {
    enum class Status : std::uint8_t {
        done,
        /// Nothing more can be done before the socket is readable (writable).
        want_read,
        want_write,
        /// The peer has finished in order.
        end,
        /// The connection ended without the goodbye that TLS asks for: perhaps cut by a third
        /// party.
        cut,
        /// The connection is broken.
        failed,
    };
    Status status = Status::done;
    std::size_t bytes = 0;
};

/// Bytes over a non-blocking socket, plain or through TLS. Never waits: whoever drives it waits for
/// the socket. The descriptor stays the caller's and outlives the channel.
class Channel {
public:
    Channel() = default;
    Channel(const Channel&) = delete;
    Channel& operator=(const Channel&) = delete;
    virtual ~Channel() = default;

    [[nodiscard]] virtual IoResult read(std::span<char> into) = 0;
    /// Writes from the front of `first` followed by `second`, in one system call where possible.
    /// After `want_*` the same bytes have to be offered again.
    [[nodiscard]] virtual IoResult write(std::string_view first, std::string_view second) = 0;
    /// How many bytes the kernel has taken in all, TLS's own included: a record that was cut short
    /// may have told the peer something.
    [[nodiscard]] virtual std::uint64_t bytes_to_kernel() const = 0;
    /// There may be bytes to read without waiting for the socket.
    [[nodiscard]] virtual bool may_have_more() const = 0;
    /// After `failed`: why the peer broke it off, where it said so on the channel's own level.
    [[nodiscard]] virtual std::optional<Error> complaint() const { return std::nullopt; }
    /// Says goodbye on the channel's own level, if it has one, without waiting.
    virtual void finish() = 0;
};

[[nodiscard]] std::unique_ptr<Channel> make_plain_channel(int socket);

}  // namespace apilab::transport::internal
