#pragma once

#include <ares.h>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "apilab/runtime/real_scheduler.hpp"

namespace apilab::transport::internal {

/// One question to the name servers. It has a c-ares channel of its own, because only a channel,
/// not a question, can be cancelled. c-ares opens the sockets and says what it waits for; this
/// waits and tells it.
class Lookup final : public std::enable_shared_from_this<Lookup> {
public:
    explicit Lookup(runtime::RealScheduler& scheduler);
    Lookup(const Lookup&) = delete;
    Lookup& operator=(const Lookup&) = delete;
    ~Lookup();

    /// `servers`: see `ResolverOptions`. Error: `resolve`.
    [[nodiscard]] Result<void> start(const std::string& host, const std::string& servers);
    /// Set when there is an answer.
    [[nodiscard]] runtime::Event& answered() { return answered_; }
    /// c-ares's status, and the addresses where it is ARES_SUCCESS.
    [[nodiscard]] int status() const { return status_; }
    [[nodiscard]] std::vector<boost::asio::ip::address> take() { return std::move(addresses_); }
    /// Ends everything under way and closes the sockets. Always called before the last owner goes.
    void stop();

private:
    struct Socket {
        Socket(boost::asio::io_context& io, ares_socket_t fd) : descriptor(io, fd) {}
        boost::asio::posix::stream_descriptor descriptor;
        bool want_read = false;
        bool want_write = false;
        bool reading = false;
        bool writing = false;
    };

    static void on_socket_state(void* self, ares_socket_t fd, int readable, int writable);
    static void on_answer(void* self, int status, int timeouts, ares_addrinfo* result);
    void socket_state(ares_socket_t fd, bool readable, bool writable);
    void watch(const std::shared_ptr<Socket>& socket, ares_socket_t fd);
    void process(ares_socket_t readable, ares_socket_t writable);
    void arm_timer();

    runtime::RealScheduler& scheduler_;
    ares_channel channel_ = nullptr;
    boost::asio::steady_timer timer_;
    std::map<ares_socket_t, std::shared_ptr<Socket>> sockets_;
    runtime::Event answered_;
    int status_ = ARES_ENODATA;
    std::vector<boost::asio::ip::address> addresses_;
};

}  // namespace apilab::transport::internal
