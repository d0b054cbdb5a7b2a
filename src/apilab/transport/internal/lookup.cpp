#include "apilab/transport/internal/lookup.hpp"

#include <netinet/in.h>
#include <sys/time.h>

#include <cassert>
#include <cstring>
#include <utility>

namespace apilab::transport::internal {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

std::unexpected<Error> cannot_ask(int status) {
    return fail(ErrorKind::resolve,
                std::string("the resolver cannot be set up: ") + ares_strerror(status));
}

asio::ip::address to_address(const ares_addrinfo_node& node) {
    if (node.ai_family == AF_INET) {
        sockaddr_in in{};
        std::memcpy(&in, node.ai_addr, sizeof(in));
        return asio::ip::address_v4(ntohl(in.sin_addr.s_addr));
    }
    sockaddr_in6 in{};
    std::memcpy(&in, node.ai_addr, sizeof(in));
    asio::ip::address_v6::bytes_type bytes;
    std::memcpy(bytes.data(), &in.sin6_addr, bytes.size());
    return asio::ip::address_v6(bytes, in.sin6_scope_id);
}

}  // namespace

Lookup::Lookup(runtime::RealScheduler& scheduler)
    : scheduler_(scheduler), timer_(scheduler.io_context()) {}

Lookup::~Lookup() {
    assert(channel_ == nullptr && "a lookup is stopped before it goes");
}

Result<void> Lookup::start(const std::string& host, const std::string& servers) {
    ares_options options{};
    options.flags = ARES_FLAG_NOALIASES;
    options.sock_state_cb = &Lookup::on_socket_state;
    options.sock_state_cb_data = this;
    std::string order = "fb";  // /etc/hosts, then the name servers
    options.lookups = order.data();
    int status = ares_init_options(&channel_, &options,
                                   ARES_OPT_FLAGS | ARES_OPT_SOCK_STATE_CB | ARES_OPT_LOOKUPS);
    if (status == ARES_SUCCESS && !servers.empty()) {
        status = ares_set_servers_ports_csv(channel_, servers.c_str());
    }
    if (status != ARES_SUCCESS) {
        stop();
        return cannot_ask(status);
    }
    ares_addrinfo_hints hints{};
    hints.ai_family = AF_UNSPEC;
    ares_getaddrinfo(channel_, host.c_str(), nullptr, &hints, &Lookup::on_answer, this);
    arm_timer();
    return {};
}

void Lookup::stop() {
    timer_.cancel();
    if (channel_ != nullptr) {
        ares_destroy(std::exchange(channel_, nullptr));  // tells on_socket_state to let go first
    }
    sockets_.clear();
}

void Lookup::on_answer(void* self, int status, int /*timeouts*/, ares_addrinfo* result) {
    if (status == ARES_EDESTRUCTION) {
        return;  // stop(): nobody waits any more
    }
    auto& lookup = *static_cast<Lookup*>(self);
    lookup.status_ = status;
    if (result != nullptr) {
        for (const auto* node = result->nodes; node != nullptr; node = node->ai_next) {
            lookup.addresses_.push_back(to_address(*node));
        }
        ares_freeaddrinfo(result);
    }
    lookup.answered_.set();
}

void Lookup::on_socket_state(void* self, ares_socket_t fd, int readable, int writable) {
    static_cast<Lookup*>(self)->socket_state(fd, readable != 0, writable != 0);
}

void Lookup::socket_state(ares_socket_t fd, bool readable, bool writable) {
    const auto known = sockets_.find(fd);
    if (!readable && !writable) {
        if (known != sockets_.end()) {
            known->second->descriptor.release();  // c-ares closes it, we only stop watching
            sockets_.erase(known);
        }
        return;
    }
    auto& socket = sockets_[fd];
    if (!socket) {
        socket = std::make_shared<Socket>(scheduler_.io_context(), fd);
    }
    socket->want_read = readable;
    socket->want_write = writable;
    watch(socket, fd);
}

void Lookup::watch(const std::shared_ptr<Socket>& socket, ares_socket_t fd) {
    using Descriptor = asio::posix::stream_descriptor;
    if (socket->want_read && !socket->reading) {
        socket->reading = true;
        socket->descriptor.async_wait(Descriptor::wait_read, [self = shared_from_this(), socket,
                                                              fd](const error_code& error) {
            socket->reading = false;
            if (!error && self->channel_ != nullptr) {
                self->process(fd, ARES_SOCKET_BAD);
            }
        });
    }
    if (socket->want_write && !socket->writing) {
        socket->writing = true;
        socket->descriptor.async_wait(Descriptor::wait_write, [self = shared_from_this(), socket,
                                                               fd](const error_code& error) {
            socket->writing = false;
            if (!error && self->channel_ != nullptr) {
                self->process(ARES_SOCKET_BAD, fd);
            }
        });
    }
}

void Lookup::process(ares_socket_t readable, ares_socket_t writable) {
    ares_process_fd(channel_, readable, writable);
    for (const auto& [fd, socket] : sockets_) {
        watch(socket, fd);
    }
    arm_timer();
}

void Lookup::arm_timer() {
    timeval storage{};
    const timeval* next = ares_timeout(channel_, nullptr, &storage);
    if (next == nullptr) {
        timer_.cancel();
        return;
    }
    timer_.expires_after(std::chrono::seconds(next->tv_sec) +
                         std::chrono::microseconds(next->tv_usec));
    timer_.async_wait([self = shared_from_this()](const error_code& error) {
        if (!error && self->channel_ != nullptr) {
            self->process(ARES_SOCKET_BAD, ARES_SOCKET_BAD);
        }
    });
}

}  // namespace apilab::transport::internal
