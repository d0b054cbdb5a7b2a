#include "apilab/transport/internal/raw_peer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <charconv>
#include <filesystem>
#include <utility>

namespace apilab::transport::internal {

namespace asio = boost::asio;
using runtime::Task;

namespace {

asio::ip::tcp::endpoint any_port() {
    return {asio::ip::address_v4::loopback(), 0};
}

std::size_t length_of(std::string_view head) {
    constexpr std::string_view name = "content-length: ";
    const auto at = head.find(name);
    std::size_t length = 0;
    if (at != std::string_view::npos) {
        const auto digits = head.substr(at + name.size());
        std::from_chars(digits.data(), digits.data() + digits.size(), length);
    }
    return length;
}

// The body of a chunked message at the front of `bytes`, and how many bytes it takes there; nothing
// where it is not complete. Trailers are not expected.
struct Chunked {
    std::string body;
    std::size_t size = 0;
};
std::optional<Chunked> unchunk(std::string_view bytes) {
    Chunked chunked;
    for (;;) {
        const auto line = bytes.find("\r\n", chunked.size);
        if (line == std::string_view::npos) {
            return std::nullopt;
        }
        std::size_t size = 0;
        std::from_chars(bytes.data() + chunked.size, bytes.data() + line, size, 16);
        const std::size_t end = line + 2 + size + 2;
        if (bytes.size() < end) {
            return std::nullopt;
        }
        chunked.body += bytes.substr(line + 2, size);
        chunked.size = end;
        if (size == 0) {
            return chunked;
        }
    }
}

// False where the connection ended before `size` bytes were there.
Task<bool> fill(asio::ip::tcp::socket& socket, std::string& buffer, std::size_t size) {
    std::array<char, 16 * 1024> bytes{};
    while (buffer.size() < size) {
        const auto [error, got] = co_await socket.async_read_some(
            asio::buffer(bytes), asio::as_tuple(asio::use_awaitable));
        if (error) {
            co_return false;
        }
        buffer.append(bytes.data(), got);
    }
    co_return true;
}

}  // namespace

RawPeer::RawPeer(runtime::RealScheduler& scheduler, std::vector<Reply> replies)
    : scheduler_(scheduler),
      replies_(std::move(replies)),
      acceptor_(scheduler.io_context(), any_port()),
      port_(acceptor_.local_endpoint().port()),
      tasks_(scheduler) {
    tasks_.spawn(accept_all());
}

RawPeer::~RawPeer() {
    stop();
}

void RawPeer::stop() {
    acceptor_.close();
    tasks_.cancel();
    runtime::run(scheduler_, tasks_.join());
}

std::string RawPeer::url(std::string_view path) const {
    return fmt::format("http://127.0.0.1:{}{}", port_, path);
}

const RawPeer::Reply& RawPeer::next_reply() const {
    return replies_[std::min(replied_, replies_.size() - 1)];
}

Task<void> RawPeer::accept_all() {
    for (;;) {
        auto [error, socket] = co_await acceptor_.async_accept(asio::as_tuple(asio::use_awaitable));
        if (error) {
            co_return;
        }
        tasks_.spawn(serve(std::move(socket), ++accepted_));
    }
}

Task<void> RawPeer::serve(Socket socket, std::size_t connection) {
    ++open_;
    std::string buffer;
    Then then = Then::keep;
    while (then == Then::keep) {
        if (!co_await read_request(socket, buffer, next_reply().when, connection)) {
            break;
        }
        const Reply& reply = next_reply();
        ++replied_;
        then = co_await write(socket, reply) ? reply.then : Then::reset;
    }
    if (then == Then::hang) {
        // Nothing is read into a buffer: a body that was left unread stays so.
        co_await socket.async_wait(Socket::wait_error, asio::as_tuple(asio::use_awaitable));
    }
    if (then == Then::reset) {
        boost::system::error_code ignored;
        socket.set_option(asio::socket_base::linger(true, 0), ignored);
        socket.close(ignored);  // Asio's destructor would turn lingering off again
    }
    --open_;
}

Task<bool> RawPeer::read_request(Socket& socket, std::string& buffer, When when,
                                 std::size_t connection) {
    if (when == When::accepted) {
        co_return true;
    }
    if (when == When::body) {
        co_return co_await read_body(socket, buffer, seen_.back());
    }
    std::size_t end = std::string::npos;
    while ((end = buffer.find("\r\n\r\n")) == std::string::npos) {
        if (!co_await fill(socket, buffer, buffer.size() + 1)) {
            co_return false;
        }
    }
    end += 4;
    Seen seen{connection, buffer.substr(0, end), {}};
    buffer.erase(0, end);
    if (when == When::whole_request && !co_await read_body(socket, buffer, seen)) {
        co_return false;
    }
    seen_.push_back(std::move(seen));
    co_return true;
}

Task<bool> RawPeer::read_body(Socket& socket, std::string& buffer, Seen& seen) {
    if (!seen.head.contains("transfer-encoding: chunked\r\n")) {
        const std::size_t length = length_of(seen.head);
        if (!co_await fill(socket, buffer, length)) {
            co_return false;
        }
        seen.body = buffer.substr(0, length);
        buffer.erase(0, length);
        co_return true;
    }
    auto chunked = unchunk(buffer);
    while (!chunked) {
        if (!co_await fill(socket, buffer, buffer.size() + 1)) {
            co_return false;
        }
        chunked = unchunk(buffer);
    }
    seen.body = std::move(chunked->body);
    buffer.erase(0, chunked->size);
    co_return true;
}

Task<bool> RawPeer::write(Socket& socket, const Reply& reply) {
    std::string_view rest = reply.bytes;
    const std::size_t piece =
        reply.piece == 0 ? std::max<std::size_t>(rest.size(), 1) : reply.piece;
    socket.set_option(asio::ip::tcp::no_delay(true));
    while (!rest.empty()) {
        const auto now = rest.substr(0, piece);
        const auto [error, sent] = co_await asio::async_write(
            socket, asio::buffer(now.data(), now.size()), asio::as_tuple(asio::use_awaitable));
        if (error) {
            co_return false;
        }
        rest.remove_prefix(sent);
    }
    co_return true;
}

std::size_t open_descriptors() {
    const std::filesystem::directory_iterator entries("/proc/self/fd");
    return static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
}

}  // namespace apilab::transport::internal
