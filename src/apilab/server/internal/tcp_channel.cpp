#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>

#include "apilab/server/internal/channel.hpp"

namespace apilab::server::internal {
namespace {

IoResult failure(IoResult::Status would_block) {
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) {
        return {.status = would_block};
    }
    return {.status = IoResult::Status::failed};
}

IoResult receive(int socket, std::span<char> into) {
    const ssize_t got = ::recv(socket, into.data(), into.size(), MSG_DONTWAIT);
    if (got < 0) {
        return failure(IoResult::Status::want_read);
    }
    if (got == 0) {
        return {.status = IoResult::Status::end};
    }
    return {.bytes = static_cast<std::size_t>(got)};
}

class TcpChannel final : public Channel {
public:
    explicit TcpChannel(int socket) : socket_(socket) {}

    IoResult handshake() override { return {}; }

    IoResult read(std::span<char> into) override {
        const IoResult got = receive(socket_, into);
        may_have_more_ = got.bytes == into.size();
        return got;
    }

    IoResult write(std::string_view first, std::string_view second) override {
        // iovec has no const; sendmsg does not write.
        std::array<iovec, 2> parts = {{{const_cast<char*>(first.data()), first.size()},
                                       {const_cast<char*>(second.data()), second.size()}}};
        msghdr message{};
        message.msg_iov = parts.data();
        message.msg_iovlen = second.empty() ? 1 : 2;
        const ssize_t put = ::sendmsg(socket_, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (put < 0) {
            return failure(IoResult::Status::want_write);
        }
        return {.bytes = static_cast<std::size_t>(put)};
    }

    void finish() override {}
    bool may_have_more() const override { return may_have_more_; }

private:
    int socket_;
    bool may_have_more_ = false;
};

}  // namespace

std::unique_ptr<Channel> make_tcp_channel(int socket) {
    return std::make_unique<TcpChannel>(socket);
}

void send_fin(int socket) {
    ::shutdown(socket, SHUT_WR);
}

void reset_on_close(int socket) {
    const linger now{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

IoResult discard(int socket, std::span<char> buffer) {
    return receive(socket, buffer);
}

Peeked peek(int socket) {
    char byte = 0;
    const ssize_t got = ::recv(socket, &byte, 1, MSG_DONTWAIT | MSG_PEEK);
    if (got > 0) {
        return Peeked::bytes;
    }
    if (got == 0) {
        return Peeked::end;
    }
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? Peeked::nothing
                                                                     : Peeked::failed;
}

bool has_failed(int socket) {
    int error = 0;
    socklen_t size = sizeof(error);
    return ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0;
}

}  // namespace apilab::server::internal
