#include "apilab/server/server.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cassert>
#include <optional>
#include <utility>

#include "apilab/base/try.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/server/internal/connection.hpp"
#include "apilab/server/internal/core.hpp"

namespace apilab::server {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using internal::Connection;
using runtime::Event;
using runtime::Task;

Result<void> ServerOptions::validate() const {
    const auto wrong = [](std::string_view option, std::string_view range) {
        return fail(Error(ErrorKind::invalid_argument,
                          fmt::format("server option '{}' is out of range", option))
                        .with_remedy(std::string(range)));
    };
    if (header_bytes_max < 256 || header_bytes_max > 16 * 1024 * 1024) {
        return wrong("header_bytes_max", "256 bytes to 16 MiB");
    }
    if (header_count_max == 0) {
        return wrong("header_count_max", "at least 1");
    }
    if (connections_max == 0) {
        return wrong("connections_max", "at least 1");
    }
    const std::pair<std::string_view, Duration> times[] = {
        {"header_timeout", header_timeout},
        {"body_idle_timeout", body_idle_timeout},
        {"body_timeout", body_timeout},
        {"keep_alive_timeout", keep_alive_timeout},
        {"write_idle_timeout", write_idle_timeout},
        {"linger_timeout", linger_timeout}};
    for (const auto& [name, time] : times) {
        if (time < std::chrono::milliseconds(1) || time > std::chrono::hours(24)) {
            return wrong(name, "1 ms to 24 h");
        }
    }
    if (!http::valid_field_value(server_header)) {
        return wrong("server_header", "no CR, LF or NUL");
    }
    return {};
}

struct Server::Impl {
    Impl(runtime::RealScheduler& scheduler, runtime::Service& service, ServerOptions options)
        : core(scheduler, service, std::move(options)),
          tasks(scheduler),
          acceptor(scheduler.io_context()) {}

    Result<void> bind();
    Task<void> accept_connections();
    Task<void> watch_deadlines();
    enum class Accepted : std::uint8_t { one, none, no_resources };
    Accepted accept_one();
    Task<void> stop(Duration grace);
    void begin_stop();
    void force();
    Task<void> connection_ended(SteadyTime deadline);

    internal::Core core;
    runtime::TaskGroup tasks;
    tcp::acceptor acceptor;
    bool listening = false;
    // Set by begin_stop(): ends the waits of the two loops.
    Event watch_stop;
    Event accept_stop;
};

namespace {

constexpr Duration accept_pause = std::chrono::milliseconds(100);
constexpr Duration watch_tick_max = std::chrono::milliseconds(250);

// Its own function: the connection lives as long as the task.
Task<void> serve_connection(std::unique_ptr<Connection> connection) {
    try {
        co_await connection->run();
        // NOLINTNEXTLINE(bugprone-empty-catch): nobody is left to tell
    } catch (...) {
        // Out of memory: this connection is closed, the others go on.
    }
}

}  // namespace

Result<void> Server::Impl::bind() {
    const ServerOptions& options = core.options;
    error_code error;
    const auto address = asio::ip::make_address(options.address, error);
    if (error) {
        return fail(Error(ErrorKind::invalid_argument,
                          fmt::format("server option 'address': '{}' is no numeric address",
                                      options.address))
                        .with_remedy("write 127.0.0.1, ::1 or 0.0.0.0"));
    }
    const tcp::endpoint endpoint(address, options.port);
    acceptor.open(endpoint.protocol(), error);
    if (!error) {
        acceptor.set_option(tcp::acceptor::reuse_address(true), error);
        acceptor.non_blocking(true, error);
        acceptor.bind(endpoint, error);
    }
    if (!error) {
        acceptor.listen(asio::socket_base::max_listen_connections, error);
    }
    if (error) {
        error_code ignored;
        acceptor.close(ignored);
        return fail(
            Error(ErrorKind::io, fmt::format("cannot listen on {} port {}: {}", options.address,
                                             options.port, error.message()))
                .with_remedy("port 0 takes a free one"));
    }
    core.port = acceptor.local_endpoint(error).port();
    return {};
}

// Waits until some connection ends, the server stops or `deadline` passes.
Task<void> Server::Impl::connection_ended(SteadyTime deadline) {
    Event ended;
    core.on_connection_end.push_back(&ended);
    co_await core.scheduler.wait(&ended, deadline);
    std::erase(core.on_connection_end, &ended);
}

Task<void> Server::Impl::accept_connections() {
    while (!core.stopping) {
        if (core.connections.size() >= core.options.connections_max) {
            co_await connection_ended(SteadyTime::max());
            continue;
        }
        co_await acceptor.async_wait(tcp::acceptor::wait_read, asio::as_tuple(asio::use_awaitable));
        auto accepted = Accepted::one;
        while (accepted == Accepted::one && !core.stopping &&
               core.connections.size() < core.options.connections_max) {
            accepted = accept_one();
        }
        if (accepted == Accepted::no_resources) {
            co_await core.scheduler.wait(&accept_stop, core.scheduler.now() + accept_pause);
        }
    }
}

Server::Impl::Accepted Server::Impl::accept_one() {
    tcp::socket socket(core.scheduler.io_context());
    tcp::endpoint peer;
    error_code error;
    acceptor.accept(socket, peer, error);
    if (error == asio::error::would_block || error == asio::error::try_again) {
        return Accepted::none;
    }
    if (error == asio::error::connection_aborted || error == asio::error::interrupted) {
        return Accepted::one;
    }
    if (error) {
        // Out of descriptors or memory: the kernel keeps the connections until there is room.
        return Accepted::no_resources;
    }
    error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    ++core.stats.connections_accepted;
    tasks.spawn(serve_connection(std::make_unique<Connection>(
        core, std::move(socket), ++*core.options.connection_counter, peer.address().to_string())));
    return Accepted::one;
}

// One look at all connections instead of a timer for each: arming a timer per read costs more than
// reading, and nobody needs a timeout to the millisecond.
Task<void> Server::Impl::watch_deadlines() {
    const ServerOptions& options = core.options;
    const Duration shortest =
        std::min({options.header_timeout, options.body_idle_timeout, options.body_timeout,
                  options.keep_alive_timeout, options.write_idle_timeout, options.linger_timeout});
    const Duration tick =
        std::clamp<Duration>(shortest / 4, std::chrono::milliseconds(1), watch_tick_max);
    while (!core.forced) {
        const SteadyTime now = core.scheduler.now();
        for (Connection* connection : core.connections) {
            connection->check_deadline(now);
        }
        co_await core.scheduler.wait_by_machine(&watch_stop, tick);
    }
}

void Server::Impl::begin_stop() {
    core.stopping = true;
    error_code ignored;
    acceptor.close(ignored);
    accept_stop.set();
    for (Event* event : std::exchange(core.on_connection_end, {})) {
        event->set();
    }
    for (Connection* connection : core.connections) {
        connection->wake_if_idle();
    }
}

// Everything that waits is told to give up; connections see `forced` and end without an answer.
void Server::Impl::force() {
    core.forced = true;
    watch_stop.set();
    tasks.cancel();
}

Task<void> Server::Impl::stop(Duration grace) {
    begin_stop();
    const SteadyTime deadline = core.scheduler.now() + grace;
    while (!core.connections.empty() && core.scheduler.now() < deadline) {
        co_await connection_ended(deadline);
        if (co_await runtime::cancelled()) {
            break;
        }
    }
    force();
    co_await tasks.join();
}

Server::Server(runtime::RealScheduler& scheduler, runtime::Service& service, ServerOptions options)
    : impl_(std::make_unique<Impl>(scheduler, service, std::move(options))) {}

Server::~Server() {
    if (impl_->tasks.running() > 0) {
        // As a task, so that the wait for its end drives everything else.
        impl_->core.scheduler.run_until_complete(impl_->stop({}));
    }
}

Result<void> Server::listen() {
    assert(!impl_->listening && "a server listens once");
    internal::Core& core = impl_->core;
    APILAB_CHECK(core.options.validate());
    if (core.options.tls) {
        APILAB_TRY(core.tls, internal::TlsContext::create(
                                 core.options.tls->certificate_chain, core.options.tls->private_key,
                                 core.options.tls->client_ca, core.options.tls->only_tls_1_0));
    }
    APILAB_CHECK(impl_->bind());
    impl_->listening = true;
    impl_->tasks.spawn(impl_->accept_connections());
    impl_->tasks.spawn(impl_->watch_deadlines());
    return {};
}

std::uint16_t Server::port() const {
    return impl_->core.port;
}

Task<void> Server::stop(Duration grace) {
    return impl_->stop(grace);
}

ServerStats Server::stats() const {
    ServerStats stats = impl_->core.stats;
    stats.connections_open = impl_->core.connections.size();
    return stats;
}

}  // namespace apilab::server
