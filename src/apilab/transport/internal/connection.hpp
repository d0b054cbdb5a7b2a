#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/transport/internal/channel.hpp"

namespace apilab::transport::internal {

/// One socket and the one timer that watches it. Every wait has a limit; when it passes, the socket
/// is closed, which ends whatever waits for it.
///
/// The timer is coarse: a later limit only moves a number, and the timer looks at it when it fires.
/// So a request that is answered in time costs no timer operation at all.
class Connection final : public std::enable_shared_from_this<Connection> {
public:
    explicit Connection(runtime::RealScheduler& scheduler);
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection();

    enum class Wait : std::uint8_t {
        ready,
        /// The limit passed; the socket is closed.
        expired,
        /// The task was cancelled.
        cancelled,
    };
    [[nodiscard]] runtime::Task<Wait> wait_readable(SteadyTime limit);
    [[nodiscard]] runtime::Task<Wait> wait_writable(SteadyTime limit);
    /// Until it is one or the other: for who sends, and listens for an answer meanwhile.
    [[nodiscard]] runtime::Task<Wait> wait_either(SteadyTime limit);

    struct Connected {
        Wait wait = Wait::ready;
        boost::system::error_code error;
    };
    /// Opens a socket of the endpoint's family and connects it. To be called again with another
    /// endpoint after a failure.
    [[nodiscard]] runtime::Task<Connected> connect(boost::asio::ip::tcp::endpoint endpoint,
                                                   SteadyTime limit);

    /// Takes a socket that is connected, instead of connecting one.
    void adopt(boost::asio::ip::tcp::socket socket);

    [[nodiscard]] int descriptor() { return socket_.native_handle(); }
    [[nodiscard]] bool is_open() const { return socket_.is_open(); }
    /// Closes the socket and forgets its channel. Whatever waits is woken.
    void close();

    /// What the bytes go through; null until connected.
    [[nodiscard]] Channel* channel() const { return channel_.get(); }
    void use(std::unique_ptr<Channel> channel) { channel_ = std::move(channel); }

    /// Nobody uses it from now on: `expired` is called when `limit` passes before the next wait.
    void rest(SteadyTime limit, std::function<void()> expired);
    /// Somebody uses it again, before the next wait.
    void wake() { guard(SteadyTime::max()); }
    /// A connection at rest with nothing to read is alive. Bytes that nobody asked for, an end or
    /// an error mean that no request may go out on it.
    [[nodiscard]] bool is_alive();

    [[nodiscard]] SteadyTime made() const { return made_; }
    [[nodiscard]] SteadyTime resting_since() const { return resting_since_; }
    /// Kept between requests, so that sending allocates nothing.
    [[nodiscard]] std::string& send_buffer() { return send_buffer_; }

private:
    [[nodiscard]] runtime::Task<Wait> wait(boost::asio::ip::tcp::socket::wait_type what,
                                           SteadyTime limit);
    [[nodiscard]] runtime::Task<Wait> result_of(boost::system::error_code error);
    void guard(SteadyTime limit);
    void arm(SteadyTime time);
    void on_timer();

    runtime::RealScheduler& scheduler_;
    boost::asio::ip::tcp::socket socket_;
    boost::asio::steady_timer timer_;
    SteadyTime limit_ = SteadyTime::max();
    SteadyTime armed_for_ = SteadyTime::max();
    bool expired_ = false;
    std::unique_ptr<Channel> channel_;
    std::function<void()> rest_expired_;
    SteadyTime made_;
    SteadyTime resting_since_;
    std::string send_buffer_;
};

}  // namespace apilab::transport::internal
