#pragma once

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>

#include "apilab/base/result.hpp"
#include "apilab/runtime/real_scheduler.hpp"

namespace apilab::transport::internal {

class CurlTransfer;

struct CurlMultiLimits {
    std::size_t connections_per_origin = 16;
    std::size_t connections_total = 256;
};

/// What libcurl calls a connection by, when it is about to use it.
struct SocketPorts {
    int peer = 0;
    int local = 0;
};

/// libcurl's multi handle on the scheduler's loop. libcurl opens the sockets and says what it waits
/// for; this waits and tells it. No thread, no waiting of libcurl's own.
class CurlMulti final : public std::enable_shared_from_this<CurlMulti> {
public:
    /// Error: `internal` where libcurl cannot be set up.
    [[nodiscard]] static Result<std::shared_ptr<CurlMulti>> create(
        runtime::RealScheduler& scheduler, CurlMultiLimits limits);
    CurlMulti(runtime::RealScheduler& scheduler, void* multi);
    CurlMulti(const CurlMulti&) = delete;
    CurlMulti& operator=(const CurlMulti&) = delete;
    /// Closes every connection. No transfer is left by then.
    ~CurlMulti();

    /// Starts the transfer of an easy handle whose CURLOPT_PRIVATE is its `CurlTransfer`; that is
    /// told when it is over. Never from within a callback of libcurl's.
    [[nodiscard]] bool add(void* easy);
    /// Ends it: a connection in the middle of an answer is closed, a stream of HTTP/2 reset.
    void remove(void* easy);

    /// CURLOPT_OPENSOCKETFUNCTION and its opposite; -1 where there is none.
    [[nodiscard]] int open_socket(int family, int type, int protocol);
    void close_socket(int fd);

    /// -1: none of ours.
    [[nodiscard]] int find(SocketPorts ports) const;

    /// An answer in HTTP/1 has come on this socket: so it carries one exchange at a time.
    void set_http1(int fd) { http1_.insert(fd); }
    [[nodiscard]] bool is_http1(int fd) const { return http1_.contains(fd); }

    /// Sockets that are open, idle connections included.
    [[nodiscard]] std::size_t sockets() const;

private:
    struct Socket {
        Socket(boost::asio::io_context& io, int fd) : descriptor(io, fd) {}
        boost::asio::posix::stream_descriptor descriptor;
        bool want_read = false;
        bool want_write = false;
        bool reading = false;
        bool writing = false;
    };

    static int on_socket(void* easy, int fd, int what, void* self, void* own);
    static int on_timer(void* multi, long milliseconds, void* self);
    [[nodiscard]] bool configure(CurlMultiLimits limits);
    void forget(int fd);
    void watch(const std::shared_ptr<Socket>& socket, int fd);
    void act(int fd, int events);
    void harvest();

    runtime::RealScheduler& scheduler_;
    void* multi_;
    boost::asio::steady_timer timer_;
    std::map<int, std::shared_ptr<Socket>> sockets_;
    std::set<int> http1_;
    /// What was opened, with its inode: libcurl closes a socket that never connected without a
    /// word.
    std::map<int, std::uint64_t> open_;
};

}  // namespace apilab::transport::internal
