#include "apilab/transport/internal/exchange.hpp"

#include <algorithm>
#include <utility>

#include "apilab/base/try.hpp"
#include "apilab/transport/internal/attempt.hpp"
#include "apilab/transport/internal/request_head.hpp"

namespace apilab::transport::internal {

using runtime::Task;
using Status = IoResult::Status;
using Wait = Connection::Wait;

namespace {

// Up to here copying the body behind the head costs less than a second record or system call.
constexpr std::size_t inline_body_max = std::size_t{16} * 1024;

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
    return reader_.keep_alive() && !send_broken_ && !asks_to_close(parts_.request.headers());
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

Task<Result<http::Response>> Exchange::run() {
    APILAB_CO_CHECK(co_await send());
    APILAB_CO_CHECK(co_await receive());
    co_return reader_.take();
}

Task<Result<void>> Exchange::send() {
    Connection& connection = parts_.connection;
    std::string& buffer = connection.send_buffer();
    buffer.clear();
    write_head(parts_.request, buffer);
    std::string_view second = parts_.request.body();
    if (second.size() <= inline_body_max) {
        buffer += second;
        second = {};
    }
    std::string_view first = buffer;
    const SteadyTime started = parts_.scheduler.now();
    const std::uint64_t kernel_before = connection.channel()->bytes_to_kernel();
    SteadyTime progress = started;
    while (!first.empty() || !second.empty()) {
        const IoResult result = connection.channel()->write(first, second);
        bytes_to_kernel_ = connection.channel()->bytes_to_kernel() - kernel_before;
        if (result.status == Status::done) {
            advance(first, second, result.bytes);
            parts_.record.bytes_sent += result.bytes;
            progress = parts_.scheduler.now();
            continue;
        }
        const Limit limit = parts_.limits.idle(progress);
        if (result.status == Status::want_write) {
            APILAB_CO_CHECK(check(co_await connection.wait_writable(limit.time), limit));
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
    sent_ = parts_.scheduler.now();
    parts_.record.phases.send += sent_ - started;
    co_return Result<void>();
}

Task<Result<void>> Exchange::receive() {
    Connection& connection = parts_.connection;
    Limit limit = parts_.limits.first_byte(sent_);
    bool ready = connection.channel()->may_have_more();
    for (;;) {
        if (!ready) {
            const Wait wait = co_await connection.wait_readable(limit.time);
            if (!reader_.begun()) {
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
        APILAB_CO_TRY(const bool complete, take(result));
        if (complete) {
            co_return Result<void>();
        }
        limit = parts_.limits.idle(parts_.scheduler.now());
        ready = connection.channel()->may_have_more();
    }
}

Result<bool> Exchange::take(const IoResult& result) {
    if (result.status == Status::failed) {
        return fail(connection_lost("reset", outcome()));
    }
    if (result.status != Status::done && !reader_.begun()) {
        return fail(connection_lost("closed", outcome()));
    }
    if (result.status == Status::cut) {
        return fail(truncated_answer("body"));
    }
    const SteadyTime now = parts_.scheduler.now();
    if (!reader_.begun()) {
        first_byte_ = now;
    }
    parts_.record.bytes_received += result.bytes;
    parts_.record.phases.receive = now - first_byte_;
    if (result.status == Status::end) {
        APILAB_CHECK(reader_.feed_end());
    } else {
        APILAB_CHECK(reader_.feed({parts_.receive_buffer.data(), result.bytes}));
    }
    return reader_.done();
}

}  // namespace apilab::transport::internal
