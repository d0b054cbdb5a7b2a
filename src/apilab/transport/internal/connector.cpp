#include "apilab/transport/internal/connector.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <optional>
#include <string_view>
#include <utility>

#include "apilab/base/try.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/transport/internal/attempt.hpp"
#include "apilab/transport/internal/happy_eyeballs.hpp"
#include "apilab/transport/internal/tunnel.hpp"

namespace apilab::transport::internal {

namespace asio = boost::asio;
using runtime::Scheduler;
using runtime::Task;
using Wait = Connection::Wait;
using Tcp = asio::ip::tcp;

namespace {

constexpr std::size_t addresses_max = 16;

Error cannot_connect(const http::Url& url, const boost::system::error_code& error) {
    if (error == asio::error::no_descriptors ||
        error == boost::system::errc::too_many_files_open_in_system) {
        return Error(ErrorKind::io, "no socket can be opened: " + error.message())
            .with_detail("descriptors");
    }
    return Error(ErrorKind::connect,
                 fmt::format("cannot connect to {}: {}", url.authority(), error.message()))
        .with_detail(error == asio::error::connection_refused ? "refused" : "unreachable");
}

// What the attempts under way tell the one that started them; lives in the frame that joins them.
struct Racing {
    std::optional<Tcp::socket> winner;
    /// Not yet told to the plan.
    std::size_t failures = 0;
    boost::system::error_code error;
    /// Set when something happens, where somebody waits.
    runtime::Event* changed = nullptr;
};

Task<void> try_connect(Tcp::socket socket, Tcp::endpoint endpoint, Racing& racing) {
    boost::system::error_code error;
    socket.open(endpoint.protocol(), error);
    if (!error) {
        socket.non_blocking(true, error);
    }
    if (!error && !co_await runtime::cancelled()) {
        const auto [failed] =
            co_await socket.async_connect(endpoint, asio::as_tuple(asio::use_awaitable));
        error = failed;
        if (!error && !racing.winner) {
            racing.winner.emplace(std::move(socket));
        }
    }
    if (error && error != asio::error::operation_aborted) {
        racing.error = error;
        ++racing.failures;
    }
    if (racing.changed != nullptr) {
        std::exchange(racing.changed, nullptr)->set();
    }
}

Result<void> ended(Wait wait, const Limit& limit) {
    if (wait == Wait::expired) {
        return fail(limit.error(Outcome::not_sent));
    }
    if (wait == Wait::cancelled) {
        return fail(cancelled_attempt(Outcome::not_sent));
    }
    return {};
}

}  // namespace

Connector::Connector(runtime::RealScheduler& scheduler, Options options)
    : scheduler_(scheduler),
      resolver_(scheduler, std::move(options.resolver)),
      tls_options_(std::move(options.tls)),
      user_agent_(std::move(options.user_agent)),
      attempt_delay_(options.attempt_delay) {}

Task<Result<void>> Connector::connect(Connection& connection, http::Url url, const Proxy* proxy,
                                      Limit limit, http::AttemptRecord& record) {
    http::Phases& phases = record.phases;
    const SteadyTime started = scheduler_.now();
    const http::Url& next_hop = proxy == nullptr ? url : proxy->url;
    auto addresses = co_await resolver_.resolve(next_hop.host(), limit);
    const SteadyTime resolved = scheduler_.now();
    phases.resolve = resolved - started;
    if (!addresses) {
        co_return fail(std::move(addresses).error());
    }
    auto reached = co_await connect_any(connection, *std::move(addresses), next_hop, limit);
    if (reached && proxy != nullptr && url.secure()) {
        reached = co_await open_tunnel(connection, url, *proxy, limit);
    }
    const SteadyTime connected = scheduler_.now();
    phases.connect = connected - resolved;
    if (!reached || !url.secure()) {
        co_return reached;
    }
    auto secured = co_await secure(connection, url, limit, record);
    phases.tls = scheduler_.now() - connected;
    co_return secured;
}

Task<Result<void>> Connector::connect_any(Connection& connection,
                                          std::vector<asio::ip::address> addresses,
                                          const http::Url& url, Limit limit) {
    addresses = interleave(addresses);
    addresses.resize(std::min(addresses.size(), addresses_max));
    if (addresses.size() > 1) {
        APILAB_CO_CHECK(co_await race(connection, std::move(addresses), url, limit));
    } else {
        const Tcp::endpoint endpoint(addresses.front(), url.port());
        const auto [wait, error] = co_await connection.connect(endpoint, limit.time);
        APILAB_CO_CHECK(ended(wait, limit));
        if (error) {
            co_return fail(cannot_connect(url, error));
        }
    }
    connection.use(make_plain_channel(connection.descriptor()));
    co_return Result<void>();
}

// The first to connect wins; the others are cancelled, and closed with their tasks.
Task<Result<void>> Connector::race(Connection& connection, std::vector<asio::ip::address> addresses,
                                   const http::Url& url, Limit limit) {
    using Do = ConnectRace::Next::Do;
    ConnectRace plan(addresses.size(), attempt_delay_);
    Racing racing;
    runtime::TaskGroup group(scheduler_);
    auto woken = Scheduler::Woken::event;
    bool lost = false;
    while (!racing.winner && !lost && woken != Scheduler::Woken::cancelled) {
        for (; racing.failures > 0; --racing.failures) {
            plan.failed();
        }
        const SteadyTime now = scheduler_.now();
        const auto next = plan.next(now);
        lost = next.what == Do::give_up || limit.passed(now);
        if (lost) {
            break;
        }
        if (next.what == Do::start) {
            const Tcp::endpoint endpoint(addresses[next.index], url.port());
            group.spawn(try_connect(Tcp::socket(scheduler_.io_context()), endpoint, racing));
            continue;
        }
        runtime::Event changed;
        racing.changed = racing.winner || racing.failures > 0 ? nullptr : &changed;
        if (racing.changed != nullptr) {
            woken = co_await scheduler_.wait(&changed, std::min(next.until, limit.time));
            racing.changed = nullptr;
        }
    }
    group.cancel();
    co_await group.join();
    if (woken == Scheduler::Woken::cancelled || co_await runtime::cancelled()) {
        co_return fail(cancelled_attempt(Outcome::not_sent));
    }
    if (racing.winner) {
        connection.adopt(*std::move(racing.winner));
        co_return Result<void>();
    }
    if (limit.passed(scheduler_.now())) {
        co_return fail(limit.error(Outcome::not_sent));
    }
    co_return fail(cannot_connect(url, racing.error));
}

Task<Result<void>> Connector::open_tunnel(Connection& connection, const http::Url& url,
                                          const Proxy& proxy, Limit limit) {
    using Status = IoResult::Status;
    TunnelRequest tunnel(proxy, url, user_agent_);
    std::string_view unsent = tunnel.head();
    std::array<char, 4096> buffer{};
    for (;;) {
        const bool sending = !unsent.empty();
        const IoResult result =
            sending ? connection.channel()->write(unsent, {}) : connection.channel()->read(buffer);
        if (result.status == Status::want_write) {
            APILAB_CO_CHECK(ended(co_await connection.wait_writable(limit.time), limit));
        } else if (result.status == Status::want_read) {
            APILAB_CO_CHECK(ended(co_await connection.wait_readable(limit.time), limit));
        } else if (result.status != Status::done) {
            co_return fail(tunnel.closed());
        } else if (sending) {
            unsent.remove_prefix(result.bytes);
        } else {
            APILAB_CO_TRY(const bool open, tunnel.feed({buffer.data(), result.bytes}));
            if (open) {
                co_return Result<void>();
            }
        }
    }
}

Task<Result<void>> Connector::secure(Connection& connection, const http::Url& url, Limit limit,
                                     http::AttemptRecord& record) {
    if (!tls_) {
        APILAB_CO_TRY(tls_, TlsContext::create(tls_options_));
    }
    auto channel = tls_->channel(connection.descriptor(), url.host(), url.port());
    if (!channel) {
        co_return fail(ErrorKind::internal, "OpenSSL cannot make a TLS connection");
    }
    TlsChannel& tls = *channel;
    connection.use(std::move(channel));
    for (;;) {
        const IoResult result = tls.handshake();
        Wait wait = Wait::ready;
        switch (result.status) {
            case IoResult::Status::done:
                record.tls_resumed = tls.resumed();
                co_return Result<void>();
            case IoResult::Status::want_read:
                wait = co_await connection.wait_readable(limit.time);
                break;
            case IoResult::Status::want_write:
                wait = co_await connection.wait_writable(limit.time);
                break;
            default:
                co_return fail(tls.handshake_error());
        }
        APILAB_CO_CHECK(ended(wait, limit));
    }
}

}  // namespace apilab::transport::internal
