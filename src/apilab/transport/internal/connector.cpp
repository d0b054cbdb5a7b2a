#include "apilab/transport/internal/connector.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/asio/error.hpp>
#include <string_view>
#include <utility>

#include "apilab/base/try.hpp"
#include "apilab/transport/internal/attempt.hpp"
#include "apilab/transport/internal/tunnel.hpp"

namespace apilab::transport::internal {

namespace asio = boost::asio;
using runtime::Task;
using Wait = Connection::Wait;

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
      user_agent_(std::move(options.user_agent)) {}

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
    addresses.resize(std::min(addresses.size(), addresses_max));
    Error last(ErrorKind::internal, "no address was tried");
    for (std::size_t i = 0; i < addresses.size(); ++i) {
        const SteadyTime now = scheduler_.now();
        const auto left = static_cast<Duration::rep>(addresses.size() - i);
        const SteadyTime share =
            limit.time == SteadyTime::max() ? limit.time : now + (limit.time - now) / left;
        const asio::ip::tcp::endpoint endpoint(addresses[i], url.port());
        const auto [wait, error] = co_await connection.connect(endpoint, share);
        if (wait == Wait::cancelled) {
            co_return fail(cancelled_attempt(Outcome::not_sent));
        }
        if (wait == Wait::ready && !error) {
            connection.use(make_plain_channel(connection.descriptor()));
            co_return Result<void>();
        }
        last = wait == Wait::expired ? limit.error(Outcome::not_sent) : cannot_connect(url, error);
    }
    co_return fail(std::move(last));
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
