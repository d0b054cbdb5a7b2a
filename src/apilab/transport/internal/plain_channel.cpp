#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>

#include "apilab/transport/internal/channel.hpp"
#include "apilab/transport/internal/socket_io.hpp"

namespace apilab::transport::internal {
namespace {

using Status = IoResult::Status;

IoResult failure(Status when_full) {
    const bool full = errno == EAGAIN || errno == EWOULDBLOCK;
    return {full ? when_full : Status::failed, 0};
}

iovec part(std::string_view bytes) {
    // sendmsg() does not write to what it sends; its argument is not const for historic reasons.
    return {const_cast<char*>(bytes.data()), bytes.size()};
}

class PlainChannel final : public Channel {
public:
    explicit PlainChannel(int socket) : socket_(socket) {}

    IoResult read(std::span<char> into) override { return receive_some(socket_, into); }
    IoResult write(std::string_view first, std::string_view second) override {
        const IoResult result = send_some(socket_, first, second);
        sent_ += result.bytes;
        return result;
    }
    [[nodiscard]] std::uint64_t bytes_to_kernel() const override { return sent_; }
    [[nodiscard]] bool may_have_more() const override { return false; }
    void finish() override {}

private:
    int socket_;
    std::uint64_t sent_ = 0;
};

}  // namespace

IoResult receive_some(int socket, std::span<char> into) {
    ssize_t got = 0;
    do {
        got = ::recv(socket, into.data(), into.size(), 0);
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
        return failure(Status::want_read);
    }
    return {got == 0 ? Status::end : Status::done, static_cast<std::size_t>(got)};
}

IoResult send_some(int socket, std::string_view first, std::string_view second) {
    std::array<iovec, 2> parts{part(first), part(second)};
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = second.empty() ? 1 : 2;
    ssize_t sent = 0;
    do {
        sent = ::sendmsg(socket, &message, MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    if (sent < 0) {
        return failure(Status::want_write);
    }
    return {Status::done, static_cast<std::size_t>(sent)};
}

std::unique_ptr<Channel> make_plain_channel(int socket) {
    return std::make_unique<PlainChannel>(socket);
}

}  // namespace apilab::transport::internal
