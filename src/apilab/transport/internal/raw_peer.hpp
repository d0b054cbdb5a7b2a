#pragma once

// Test support: the other side of a connection, byte by byte as a script says.

#include <boost/asio/ip/tcp.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/runtime/task_group.hpp"

namespace apilab::transport::internal {

/// A TCP server on a free port of 127.0.0.1, on the scheduler of the transport under test, so that
/// nothing runs in parallel and no test waits for a clock. It gives the n-th request it reads (on
/// whatever connection) the n-th reply, and the last one again after that.
class RawPeer {
public:
    enum class Then : std::uint8_t {
        /// Reads the next request.
        keep,
        fin,
        reset,
        /// Keeps the connection open and says nothing more.
        hang,
    };
    enum class When : std::uint8_t {
        whole_request,
        /// After the header section; the body stays unread.
        head,
        /// After the body of the request whose head was read before.
        body,
        /// Before a byte of the request is read.
        accepted,
    };
    struct Reply {
        std::string bytes;
        Then then = Then::keep;
        When when = When::whole_request;
        /// Sent in pieces of this size, each given to the kernel alone; 0: all at once.
        std::size_t piece = 0;
    };

    RawPeer(runtime::RealScheduler& scheduler, std::vector<Reply> replies);
    RawPeer(const RawPeer&) = delete;
    RawPeer& operator=(const RawPeer&) = delete;
    /// Closes everything.
    ~RawPeer();

    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] std::string url(std::string_view path = "/") const;
    [[nodiscard]] std::size_t accepted() const { return accepted_; }
    /// Connections that the peer holds open.
    [[nodiscard]] std::size_t open() const { return open_; }

    struct Seen {
        /// From 1, in the order of acceptance.
        std::size_t connection = 0;
        std::string head;
        std::string body;
    };
    [[nodiscard]] const std::vector<Seen>& seen() const { return seen_; }
    /// Closes what is open and stops accepting.
    void stop();

private:
    using Socket = boost::asio::ip::tcp::socket;
    [[nodiscard]] runtime::Task<void> accept_all();
    [[nodiscard]] runtime::Task<void> serve(Socket socket, std::size_t connection);
    [[nodiscard]] runtime::Task<bool> read_request(Socket& socket, std::string& buffer, When when,
                                                   std::size_t connection);
    [[nodiscard]] static runtime::Task<bool> read_body(Socket& socket, std::string& buffer,
                                                       Seen& seen);
    [[nodiscard]] runtime::Task<bool> write(Socket& socket, const Reply& reply);
    [[nodiscard]] const Reply& next_reply() const;

    runtime::RealScheduler& scheduler_;
    std::vector<Reply> replies_;
    boost::asio::ip::tcp::acceptor acceptor_;
    std::uint16_t port_;
    std::size_t accepted_ = 0;
    std::size_t open_ = 0;
    std::size_t replied_ = 0;
    std::vector<Seen> seen_;
    runtime::TaskGroup tasks_;
};

/// Open descriptors of this process.
[[nodiscard]] std::size_t open_descriptors();

}  // namespace apilab::transport::internal
