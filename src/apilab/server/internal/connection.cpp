#include "apilab/server/internal/connection.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

namespace apilab::server::internal {

namespace asio = boost::asio;
using runtime::Task;
using Status = IoResult::Status;

namespace {

std::string own_authority(const Connection::Socket& socket) {
    boost::system::error_code error;
    const auto local = socket.local_endpoint(error);
    const std::string address = local.address().to_string();
    return (local.address().is_v6() ? "[" + address + "]" : address) + ":" +
           std::to_string(local.port());
}

ReaderLimits reader_limits(const ServerOptions& options) {
    return {.header_bytes_max = options.header_bytes_max,
            .header_count_max = options.header_count_max,
            .body_bytes_max = options.body_bytes_max};
}

http::Response plain(int status, std::string_view why) {
    std::string body(why);
    body += '\n';
    return http::Response(status, std::move(body), {{"content-type", "text/plain; charset=utf-8"}});
}

constexpr std::size_t linger_bytes_max = 1024 * 1024;

bool asks_to_close(const http::Response& response) {
    return http::iequals(response.headers().value("connection"), "close");
}

}  // namespace

Connection::Connection(Core& core, Socket socket, std::uint64_t number, std::string peer_address)
    : core_(core),
      socket_(std::move(socket)),
      channel_(core.tls ? core.tls->channel(descriptor()) : make_tcp_channel(descriptor())),
      reader_(reader_limits(core.options), core.tls ? "https" : "http", own_authority(socket_)),
      place_(core.connections.insert(core.connections.end(), this)) {
    inbound_.connection = number;
    inbound_.peer_address = std::move(peer_address);
    inbound_.local_port = core.port;
    inbound_.tls = core.tls != nullptr;
}

Connection::~Connection() {
    core_.connections.erase(place_);
    for (runtime::Event* event : std::exchange(core_.on_connection_end, {})) {
        event->set();
    }
}

Task<void> Connection::run() {
    const auto watch = core_.options.watch;
    if (watch) {
        watch->accepted(inbound_.connection, inbound_.peer_address);
    }
    if (channel_ && co_await handshake()) {
        co_await serve_requests();
    }
    if (watch) {
        end_.requests = inbound_.request_on_connection;
        watch->closed(inbound_.connection, end_);
    }
}

Task<void> Connection::serve_requests() {
    bool open = true;
    while (open && !core_.forced) {
        switch (co_await read_request()) {
            case Got::request:
                open = co_await serve();
                break;
            case Got::refused:
                open = false;
                co_await refuse(reader_.refusal());
                break;
            case Got::expired:
                open = false;
                if (reader_.state() != RequestReader::State::idle) {
                    co_await refuse({408, "the request came too slowly"});
                }
                break;
            case Got::nothing:
                open = false;
                break;
        }
    }
}

void Connection::ended_by_peer(IoResult::Status status) {
    end_.by = ConnectionEnd::By::peer;
    end_.how = status == Status::end ? ConnectionEnd::How::fin : ConnectionEnd::How::reset;
}

void Connection::check_deadline(SteadyTime now) {
    if (deadline_ <= now) {
        expired_ = true;
        boost::system::error_code ignored;
        socket_.cancel(ignored);
    }
}

void Connection::wake_if_idle() {
    if (waiting_interruptibly_) {
        boost::system::error_code ignored;
        socket_.cancel(ignored);
    }
}

Task<Connection::Wake> Connection::wait(Direction direction, SteadyTime deadline,
                                        Patience patience) {
    const bool interruptible = patience == Patience::interruptible;
    if (core_.forced || (interruptible && core_.stopping)) {
        co_return Wake::stopped;
    }
    deadline_ = deadline;
    expired_ = false;
    waiting_interruptibly_ = interruptible;
    const auto [error] = co_await socket_.async_wait(
        direction == Direction::read ? Socket::wait_read : Socket::wait_write,
        asio::as_tuple(asio::use_awaitable));
    deadline_ = SteadyTime::max();
    waiting_interruptibly_ = false;
    if (!error) {
        co_return Wake::ready;
    }
    co_return expired_ ? Wake::expired : Wake::stopped;
}

Task<bool> Connection::handshake() {
    if (!core_.tls) {
        co_return true;
    }
    HandshakePlan plan;
    if (core_.options.watch) {
        plan = core_.options.watch->plan_handshake(inbound_.connection);
    }
    std::string why;
    if (plan.kind == HandshakePlan::Kind::proceed) {
        why = co_await shake_hands();
    } else {
        const SteadyTime deadline = now() + core_.options.header_timeout;
        http::WireResult ignored;
        if (plan.kind == HandshakePlan::Kind::stall) {
            (void)co_await stall(plan.stall_for, &ignored);
        } else {
            (void)co_await wait(Direction::read, deadline, Patience::interruptible);
        }
        why = "by plan";
    }
    tell_handshake(why);
    if (why == "by plan" && end_.by == ConnectionEnd::By::server) {
        co_await linger();
    }
    co_return why.empty();
}

// Empty: it is done; else why not (`HandshakeResult::why`).
Task<std::string> Connection::shake_hands() {
    const SteadyTime deadline = now() + core_.options.header_timeout;
    while (true) {
        const IoResult step = channel_->handshake();
        if (step.status == Status::done) {
            co_return std::string();
        }
        if (step.status != Status::want_read && step.status != Status::want_write) {
            const auto facts = channel_->tls();
            if (facts.plain_http) {
                co_return "plain http";
            }
            // Who complains is who ends it. OpenSSL complains about the end of the connection, too.
            const Peeked seen = peek(descriptor());
            const bool gone = seen == Peeked::end || seen == Peeked::failed;
            if (gone || facts.alert_by_peer) {
                ended_by_peer(seen == Peeked::failed ? Status::failed : Status::end);
            }
            if (gone && !facts.alert_by_peer) {
                co_return "closed";
            }
            co_return facts.alert.empty() ? "malformed" : facts.alert;
        }
        const auto direction =
            step.status == Status::want_read ? Direction::read : Direction::write;
        const Wake wake = co_await wait(direction, deadline, Patience::interruptible);
        if (wake != Wake::ready) {
            co_return wake == Wake::expired ? "too slow" : "stopped";
        }
    }
}

void Connection::tell_handshake(std::string why) {
    if (!core_.options.watch) {
        return;
    }
    auto facts = channel_->tls();
    core_.options.watch->handshaken(inbound_.connection,
                                    {.done = why.empty(),
                                     .version = std::move(facts.version),
                                     .server_name = std::move(facts.server_name),
                                     .why = std::move(why),
                                     .alert_by_peer = facts.alert_by_peer});
}

Task<Connection::Got> Connection::read_request() {
    using State = RequestReader::State;
    if (inbound_.request_on_connection > 0 && reader_.next() != State::idle) {
        inbound_.first_byte = now();
    }
    while (true) {
        const State state = reader_.state();
        if (state == State::complete) {
            inbound_.complete = now();
            ++inbound_.request_on_connection;
            co_return Got::request;
        }
        if (state == State::refused) {
            co_return Got::refused;
        }
        if (reader_.take_continue() &&
            !co_await write("HTTP/1.1 100 Continue\r\n\r\n", {}, nullptr)) {
            co_return Got::nothing;
        }
        if (!channel_->may_have_more()) {
            const auto patience =
                state == State::idle ? Patience::interruptible : Patience::finishes;
            const Wake wake = co_await wait(Direction::read, read_deadline(now()), patience);
            if (wake != Wake::ready) {
                co_return wake == Wake::expired ? Got::expired : Got::nothing;
            }
        }
        if (!co_await read_more()) {
            co_return Got::nothing;
        }
    }
}

SteadyTime Connection::read_deadline(SteadyTime now) {
    const ServerOptions& options = core_.options;
    switch (reader_.state()) {
        case RequestReader::State::idle:
            return now + options.keep_alive_timeout;
        case RequestReader::State::head:
            return inbound_.first_byte + options.header_timeout;
        default:
            return std::min(now + options.body_idle_timeout, head_complete_ + options.body_timeout);
    }
}

// False: the peer is gone.
Task<bool> Connection::read_more() {
    const IoResult got = channel_->read(core_.scratch);
    switch (got.status) {
        case Status::done: {
            using State = RequestReader::State;
            const State before = reader_.state();
            const State after = reader_.feed({core_.scratch.data(), got.bytes});
            if (before == State::idle) {
                inbound_.first_byte = now();
            }
            if (after == State::body && before != State::body) {
                head_complete_ = now();
            }
            co_return true;
        }
        case Status::want_read:
            co_return true;
        case Status::want_write:  // TLS has something of its own to say first
            co_return co_await wait(Direction::write, now() + core_.options.write_idle_timeout,
                                    Patience::finishes) == Wake::ready;
        default:
            ended_by_peer(got.status);
            co_return false;
    }
}

runtime::CallContext Connection::context() {
    runtime::CallContext context;
    context.inbound = inbound_;
    return context;
}

// True: the connection stays open.
Task<bool> Connection::serve() {
    http::Request request = reader_.take();
    const bool head_request = request.method() == "HEAD";
    ++core_.stats.requests;
    const ServerOptions& options = core_.options;
    const auto live = core_.live == nullptr ? nullptr : std::make_shared<runtime::LiveAnswer>();
    http::Response response = co_await ask(std::move(request), live);
    if (live && live->source && !head_request) {
        co_await deliver_live(std::move(response), live->source);
        co_return false;
    }
    const bool last = options.requests_per_connection_max != 0 &&
                      inbound_.request_on_connection >= options.requests_per_connection_max;
    const bool close = core_.stopping || last || !reader_.keep_alive() || asks_to_close(response);
    co_return co_await deliver(std::move(response), head_request, close);
}

Task<http::Response> Connection::ask(http::Request request,
                                     std::shared_ptr<runtime::LiveAnswer> live) {
    try {
        auto asked = live ? core_.live->call_live(std::move(request), context(), live)
                          : core_.service.call(std::move(request), context());
        auto answer = co_await std::move(asked);
        if (answer) {
            co_return *std::move(answer);
        }
        // NOLINTNEXTLINE(bugprone-empty-catch): the answer to it stands below
    } catch (...) {
        // A service reports errors as values; one that throws all the same ends this request only.
    }
    co_return plain(500, "internal server error");
}

// Fills `out_`. A head that may not be sent becomes a 500 with the same plan.
bool Connection::compose_head(http::Response& response, HeadOptions options, Misframed& framed) {
    options.announced = framed.announced;
    options.chunked = framed.chunked;
    out_ = framed.before;
    if (append_head(out_, response, options)) {
        return true;
    }
    auto plan = response.wire();
    response = plain(500, "internal server error");
    response.wire(std::move(plan));
    framed = {};
    options.announced.reset();
    options.chunked = false;
    out_.clear();
    return append_head(out_, response, options).has_value();
}

// True: the connection stays open for another request.
Task<bool> Connection::deliver(http::Response response, bool head_request, bool close) {
    const auto plan = response.wire();
    WireReport report(plan, core_.scheduler);
    const bool with_body = has_body(response.status(), head_request);
    Misframed framed = misframe(plan.get(), response, with_body, reader_.http10());
    const HeadOptions options{.head_request = head_request,
                              .http10 = reader_.http10(),
                              .close = close || (plan && plan->announce_close),
                              .date = core_.date.at(core_.scheduler.system_now()),
                              .server = core_.options.server_header};
    if (core_.forced || !compose_head(response, options, framed)) {
        co_return false;
    }
    const std::string_view own = framed.body ? *framed.body : response.body();
    const std::string_view body = with_body ? own : std::string_view();
    Delivery delivery = plan_delivery(plan.get(), out_.size(), body.size());
    if (!co_await write_piece(piece(out_, body, 0, delivery.bytes), plan.get(), &report.result)) {
        reset();
        co_return false;
    }
    if (delivery.end == Delivery::End::stall) {
        if (!co_await stall(plan->stall_for, &report.result)) {
            co_return false;
        }
        const std::size_t sent = delivery.bytes;
        const http::WirePlan rest = without_stall(*plan);
        delivery = plan_delivery(&rest, out_.size(), body.size());
        if (!co_await write_piece(piece(out_, body, sent, delivery.bytes), plan.get(),
                                  &report.result)) {
            reset();
            co_return false;
        }
    }
    if (framed.then != Misframed::Then::as_usual && delivery.end == Delivery::End::complete) {
        delivery.end = Delivery::End::fin;
        delivery.cut = true;
        report.result.cut_by_plan = true;
        if (framed.then == Misframed::Then::hold &&
            !co_await stall(plan->stall_for, &report.result)) {
            co_return false;
        }
    }
    // A peer that is gone answers with RST; one that only shut its sending side does not.
    report.result.peer_closed = report.wanted() && has_failed(descriptor());
    report.result.cut_by_plan = delivery.cut;
    report.tell();
    co_return co_await settle(delivery, close);
}

// What becomes of the connection after an answer. True: it stays open.
Task<bool> Connection::settle(Delivery delivery, bool close) {
    if (delivery.end == Delivery::End::reset) {
        reset();
        co_return false;
    }
    if (delivery.end == Delivery::End::complete && !close) {
        co_return true;
    }
    if (!delivery.cut) {
        channel_->finish();
    }
    co_await linger();
    co_return false;
}

Task<bool> Connection::write_piece(Piece piece, const http::WirePlan* plan,
                                   http::WireResult* result) {
    if (plan == nullptr || !plan->drip || piece.body.empty()) {
        co_return co_await write(piece.head, piece.body, result);
    }
    if (!co_await write(piece.head, {}, result)) {
        co_return false;
    }
    co_return co_await drip(piece.body, *plan->drip, result);
}

// By the clock and not by pauses, so that a late wake-up does not make it slower.
Task<bool> Connection::drip(std::string_view body, std::uint64_t rate, http::WireResult* result) {
    const SteadyTime began = now();
    // Four pieces a second, or a byte at a time.
    const std::size_t step = std::max<std::size_t>(static_cast<std::size_t>(rate / 4), 1);
    std::size_t sent = 0;
    while (sent < body.size()) {
        const std::size_t next = std::min(sent + step, body.size());
        const auto seconds = static_cast<double>(next) / static_cast<double>(rate);
        const auto due =
            began + std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
        if (!co_await pause(due, result) ||
            !co_await write(body.substr(sent, next - sent), {}, result)) {
            co_return false;
        }
        sent = next;
    }
    co_return true;
}

// False: the peer went away, or the server stops. What the peer sends stays where it is.
Task<bool> Connection::pause(SteadyTime until, http::WireResult* result) {
    while (now() < until) {
        const Peeked seen = peek(descriptor());
        if (seen == Peeked::end || seen == Peeked::failed) {
            ended_by_peer(seen == Peeked::end ? Status::end : Status::failed);
            result->peer_closed = true;
            co_return false;
        }
        if (core_.stopping) {
            result->gave_up = true;
            co_return false;
        }
        if (seen == Peeked::bytes) {  // always readable: nothing to wait for but the clock
            (void)co_await core_.scheduler.sleep_until(until);
        } else {
            (void)co_await wait(Direction::read, until, Patience::interruptible);
        }
    }
    co_return true;
}

// The head, then whatever comes, until the source or the peer ends it; the connection with it.
Task<void> Connection::deliver_live(http::Response response,
                                    std::shared_ptr<runtime::BodySource> source) {
    constexpr std::size_t piece_max = 64 * 1024;
    const HeadOptions options{.http10 = reader_.http10(),
                              .close = true,
                              .endless = true,
                              .date = core_.date.at(core_.scheduler.system_now()),
                              .server = core_.options.server_header};
    Misframed as_it_is;
    if (core_.forced || !compose_head(response, options, as_it_is) || !co_await source->start()) {
        co_return;
    }
    http::WireResult result;
    bool going = co_await write(out_, response.body(), &result);
    while (going && !core_.stopping) {
        const auto piece = co_await source->read(piece_max);
        if (!piece || piece->empty()) {
            break;
        }
        going = !has_failed(descriptor()) && co_await write(*piece, {}, &result);
    }
    if (going) {
        channel_->finish();
        co_await linger();
    }
}

// False: not everything could be written. `result` (may be null) counts and says whose fault it is.
Task<bool> Connection::write(std::string_view first, std::string_view second,
                             http::WireResult* result) {
    while (!first.empty() || !second.empty()) {
        const IoResult put = channel_->write(first, second);
        if (put.status == Status::done) {
            const std::size_t of_first = std::min(put.bytes, first.size());
            first.remove_prefix(of_first);
            second.remove_prefix(put.bytes - of_first);
            if (result != nullptr) {
                result->bytes_sent += put.bytes;
            }
            continue;
        }
        if (put.status == Status::end || put.status == Status::failed) {
            ended_by_peer(Status::failed);
            if (result != nullptr) {
                result->peer_closed = true;
            }
            co_return false;
        }
        const auto direction = put.status == Status::want_read ? Direction::read : Direction::write;
        if (co_await wait(direction, now() + core_.options.write_idle_timeout,
                          Patience::finishes) != Wake::ready) {
            if (result != nullptr) {
                result->gave_up = true;
            }
            co_return false;
        }
    }
    co_return true;
}

Task<void> Connection::refuse(Refusal refusal) {
    ++core_.stats.refused;
    http::Response response = plain(refusal.status, refusal.why);
    co_await deliver(std::move(response), false, true);
}

// Holds the connection until the peer gives up or the server stops. True: the time was over first.
Task<bool> Connection::stall(Duration time, http::WireResult* result) {
    const SteadyTime deadline = time == Duration::zero() ? SteadyTime::max() : now() + time;
    while (true) {
        const Wake wake = co_await wait(Direction::read, deadline, Patience::interruptible);
        if (wake == Wake::expired) {
            co_return true;
        }
        if (wake == Wake::stopped) {
            result->gave_up = true;
            co_return false;
        }
        const auto status = discard(descriptor(), core_.scratch).status;
        if (status != Status::done && status != Status::want_read) {
            ended_by_peer(status);
            result->peer_closed = true;
            co_return false;
        }
    }
}

// Closing with unread bytes makes the kernel send RST, which may overtake the answer (RFC 9112
// section 9.6): say FIN, then wait for the peer's.
Task<void> Connection::linger() {
    send_fin(descriptor());
    const SteadyTime deadline = now() + core_.options.linger_timeout;
    std::size_t thrown_away = 0;
    while (thrown_away < linger_bytes_max) {
        const IoResult got = discard(descriptor(), core_.scratch);
        thrown_away += got.bytes;
        const bool open = got.status == Status::done || got.status == Status::want_read;
        if (!open ||
            co_await wait(Direction::read, deadline, Patience::interruptible) != Wake::ready) {
            co_return;
        }
    }
}

void Connection::reset() {
    if (end_.by == ConnectionEnd::By::server) {
        end_.how = ConnectionEnd::How::reset;
    }
    reset_on_close(descriptor());
    boost::system::error_code ignored;
    socket_.close(ignored);
}

}  // namespace apilab::server::internal
