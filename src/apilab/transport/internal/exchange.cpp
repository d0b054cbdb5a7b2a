#include "apilab/transport/internal/exchange.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "apilab/base/try.hpp"
#include "apilab/transport/internal/attempt.hpp"
#include "apilab/transport/internal/request_head.hpp"
#include "apilab/transport/internal/within.hpp"

namespace apilab::transport::internal {

using runtime::Task;
using Status = IoResult::Status;
using Wait = Connection::Wait;

namespace {

// Up to here copying the body behind the head costs less than a second record or system call.
constexpr std::size_t inline_body_max = std::size_t{16} * 1024;

// Names the limit of `Exchange::await_continue`; nobody sees it.
constexpr std::string_view continue_phase = "continue";

Task<Result<Wait>> readable(std::shared_ptr<Connection> connection, SteadyTime limit) {
    co_return co_await connection->wait_readable(limit);
}

void advance(std::string_view& first, std::string_view& second, std::size_t bytes) {
    const std::size_t of_first = std::min(bytes, first.size());
    first.remove_prefix(of_first);
    second.remove_prefix(bytes - of_first);
}

}  // namespace

Exchange::Exchange(Parts parts, const ResponseLimits& limits)
    : parts_(parts),
      reader_(limits, {.head = parts.request.method() == "HEAD", .decode = parts.decode}) {}

bool Exchange::keep_alive() const {
    return reader_.keep_alive() && !send_broken_ && !body_withheld_ &&
           !asks_to_close(parts_.request.headers());
}

Outcome Exchange::outcome() const {
    return bytes_to_kernel_ == 0 ? Outcome::not_sent : Outcome::unknown;
}

Result<void> Exchange::check(Wait wait, const Limit& limit) const {
    if (wait == Wait::expired) {
        return fail(limit.error(outcome()));
    }
    if (wait == Wait::cancelled) {
        return fail(cancelled_attempt(outcome()));
    }
    return {};
}

Limit Exchange::beside_the_socket() {
    parts_.connection.wake();
    return parts_.limits.idle(parts_.scheduler.now());
}

Task<Result<http::Response>> Exchange::run() {
    APILAB_CO_CHECK(co_await send());
    APILAB_CO_CHECK(co_await receive());
    co_return reader_.take();
}

Task<Result<void>> Exchange::send() {
    if (parts_.upload != nullptr) {
        APILAB_CO_CHECK(co_await parts_.upload->start(beside_the_socket()));
    }
    std::string& buffer = parts_.connection.send_buffer();
    buffer.clear();
    write_head(parts_.request, parts_.form, buffer);
    std::string_view body = parts_.request.body();
    const bool waits = expects_continue(parts_.request.headers());
    if (!waits && body.size() <= inline_body_max) {
        buffer += body;
        body = {};
    }
    const SteadyTime started = parts_.scheduler.now();
    kernel_before_ = parts_.connection.channel()->bytes_to_kernel();
    APILAB_CO_CHECK(co_await write_all(buffer, waits ? std::string_view() : body));
    if (waits && !send_broken_) {
        APILAB_CO_CHECK(co_await await_continue());
    }
    if (!send_broken_ && !body_withheld_) {
        APILAB_CO_CHECK(co_await send_body(waits ? body : std::string_view()));
    }
    sent_ = parts_.scheduler.now();
    parts_.record.phases.send += sent_ - started;
    co_return Result<void>();
}

// What did not go out together with the head.
Task<Result<void>> Exchange::send_body(std::string_view own) {
    if (parts_.upload == nullptr) {
        co_return co_await write_all(own, {});
    }
    while (!send_broken_ && !body_withheld_) {
        APILAB_CO_TRY(const std::string piece,
                      co_await parts_.upload->next(beside_the_socket(), outcome()));
        if (piece.empty()) {
            break;
        }
        APILAB_CO_CHECK(co_await write_all(piece, {}));
    }
    co_return Result<void>();
}

Task<Result<void>> Exchange::write_all(std::string_view first, std::string_view second) {
    Connection& connection = parts_.connection;
    SteadyTime progress = parts_.scheduler.now();
    while (!first.empty() || !second.empty()) {
        const IoResult result = connection.channel()->write(first, second);
        bytes_to_kernel_ = connection.channel()->bytes_to_kernel() - kernel_before_;
        if (result.status == Status::done) {
            advance(first, second, result.bytes);
            parts_.record.bytes_sent += result.bytes;
            progress = parts_.scheduler.now();
            continue;
        }
        const Limit limit = parts_.limits.idle(progress);
        if (result.status == Status::want_write) {
            APILAB_CO_CHECK(check(co_await connection.wait_either(limit.time), limit));
            APILAB_CO_CHECK(co_await listen());
            if (body_withheld_) {
                break;
            }
        } else if (result.status == Status::want_read) {
            APILAB_CO_CHECK(check(co_await connection.wait_readable(limit.time), limit));
        } else if (bytes_to_kernel_ == 0) {
            co_return fail(connection_lost("reset", Outcome::not_sent));
        } else {
            // The peer may have answered before it stopped reading (413, for example).
            send_broken_ = true;
            break;
        }
    }
    co_return Result<void>();
}

// A server that refuses a body need not read it to its end, and one that answers while it reads
// must not find us deaf: both would wait for the other. What is left is not sent after a refusal or
// a whole answer (RFC 9112 section 9.5).
Task<Result<void>> Exchange::listen() {
    const IoResult result = parts_.connection.channel()->read(parts_.receive_buffer);
    if (result.status != Status::want_read && result.status != Status::want_write) {
        APILAB_CO_CHECK(co_await digest(result));
        const http::Response* head = reader_.head();
        body_withheld_ = reader_.done() || (head != nullptr && head->status() >= 300);
    }
    co_return Result<void>();
}

// Until `100 Continue`, an answer that makes the body needless, or the end of our patience: a
// server that does not know `expect` says nothing (RFC 9110 section 10.1.1).
Task<Result<void>> Exchange::await_continue() {
    Connection& connection = parts_.connection;
    const SteadyTime patience = parts_.scheduler.now() + parts_.continue_wait;
    const Limit hard = parts_.limits.first_byte(parts_.scheduler.now());
    awaits_continue_ = true;
    while (!reader_.continued() && !reader_.done() && reader_.head() == nullptr) {
        const IoResult result = connection.channel()->read(parts_.receive_buffer);
        if (result.status != Status::want_read && result.status != Status::want_write) {
            APILAB_CO_CHECK(co_await digest(result));
            continue;
        }
        // A limit of the connection would close it; this one only ends the wait.
        const bool soft = patience < hard.time;
        auto ready = co_await within(
            parts_.scheduler, readable(connection.shared_from_this(), hard.time),
            soft ? Limit{patience, continue_phase, parts_.continue_wait} : Limit{}, outcome());
        if (!ready && ready.error().detail() == continue_phase) {
            break;
        }
        APILAB_CO_TRY(const Wait wait, std::move(ready));
        APILAB_CO_CHECK(check(wait, hard));
    }
    awaits_continue_ = false;
    body_withheld_ = reader_.head() != nullptr;
    co_return Result<void>();
}

Task<Result<void>> Exchange::receive() {
    Connection& connection = parts_.connection;
    Limit limit = parts_.limits.first_byte(sent_);
    bool ready = connection.channel()->may_have_more();
    while (!reader_.done()) {
        if (!ready) {
            const Wait wait = co_await connection.wait_readable(limit.time);
            if (!first_byte_) {
                parts_.record.phases.first_byte = parts_.scheduler.now() - sent_;
            }
            APILAB_CO_CHECK(check(wait, limit));
        }
        const IoResult result = connection.channel()->read(parts_.receive_buffer);
        if (result.status == Status::want_read) {
            ready = false;
            continue;
        }
        if (result.status == Status::want_write) {
            APILAB_CO_CHECK(check(co_await connection.wait_writable(limit.time), limit));
            ready = true;
            continue;
        }
        APILAB_CO_CHECK(co_await digest(result));
        limit = parts_.limits.idle(parts_.scheduler.now());
        ready = connection.is_open() && connection.channel()->may_have_more();
    }
    co_return Result<void>();
}

Task<Result<void>> Exchange::digest(IoResult result) {
    APILAB_CO_CHECK(take(result));
    const http::Response* head = reader_.head();
    if (head == nullptr || !parts_.download.takes(head->status())) {
        co_return Result<void>();
    }
    if (!parts_.download.begun()) {
        APILAB_CO_CHECK(co_await parts_.download.begin(*head, beside_the_socket()));
    }
    APILAB_CO_CHECK(co_await parts_.download.write(reader_.take_body(), beside_the_socket()));
    if (reader_.done()) {
        APILAB_CO_CHECK(co_await parts_.download.finish(beside_the_socket()));
    }
    co_return Result<void>();
}

Result<void> Exchange::take(const IoResult& result) {
    if (result.status == Status::failed) {
        // TLS 1.3: that a server wants another certificate is heard when the answer is awaited.
        if (auto complaint = parts_.connection.channel()->complaint()) {
            return fail(std::move(*complaint).with_outcome(outcome()));
        }
        return fail(connection_lost("reset", outcome()));
    }
    if (result.status != Status::done && !reader_.begun()) {
        return fail(connection_lost("closed", outcome()));
    }
    if (result.status == Status::cut) {
        return fail(truncated_answer("body"));
    }
    const SteadyTime now = parts_.scheduler.now();
    if (!awaits_continue_) {
        first_byte_ = first_byte_.value_or(now);
        parts_.record.phases.receive = now - *first_byte_;
    }
    parts_.record.bytes_received += result.bytes;
    if (result.status == Status::end) {
        return reader_.feed_end();
    }
    return reader_.feed({parts_.receive_buffer.data(), result.bytes});
}

}  // namespace apilab::transport::internal
