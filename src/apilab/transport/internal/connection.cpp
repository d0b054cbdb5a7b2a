#include "apilab/transport/internal/connection.hpp"

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "apilab/runtime/task_group.hpp"

namespace apilab::transport::internal {

namespace asio = boost::asio;
using boost::system::error_code;
using runtime::Task;

namespace {

using Wait = Connection::Wait;

// Lives in the frame that joins both.
struct Either {
    runtime::Event first;
    Wait wait = Wait::ready;
};

Task<void> tell_first(Task<Wait> task, Either& either) {
    const Wait wait = co_await std::move(task);
    if (!either.first.is_set()) {
        either.wait = wait;
        either.first.set();
    }
}

}  // namespace

Connection::Connection(runtime::RealScheduler& scheduler)
    : scheduler_(scheduler),
      socket_(scheduler.io_context()),
      timer_(scheduler.io_context()),
      made_(scheduler.now()),
      resting_since_(made_) {}

Connection::~Connection() {
    close();
}

void Connection::close() {
    if (channel_ && socket_.is_open() && !expired_) {
        channel_->finish();
    }
    channel_.reset();
    error_code ignored;
    socket_.close(ignored);
    timer_.cancel();
    armed_for_ = SteadyTime::max();
}

void Connection::guard(SteadyTime limit) {
    limit_ = limit;
    rest_expired_ = nullptr;
    if (limit < armed_for_) {
        arm(limit);
    }
}

void Connection::arm(SteadyTime time) {
    armed_for_ = time;
    timer_.expires_at(scheduler_.real_time_of(time));
    timer_.async_wait([weak = weak_from_this()](const error_code& error) {
        const auto self = weak.lock();
        if (self && !error) {
            self->on_timer();
        }
    });
}

void Connection::on_timer() {
    armed_for_ = SteadyTime::max();
    if (!socket_.is_open()) {
        return;
    }
    if (scheduler_.now() < limit_) {
        if (limit_ != SteadyTime::max()) {
            arm(limit_);
        }
        return;
    }
    expired_ = true;
    auto told = std::exchange(rest_expired_, nullptr);
    close();
    if (told) {
        told();
    }
}

Task<Connection::Wait> Connection::result_of(error_code error) {
    if (expired_) {
        co_return Wait::expired;
    }
    // Cancellation may have come just after the operation was done: nobody says it again.
    if (error == asio::error::operation_aborted || co_await runtime::cancelled()) {
        co_return Wait::cancelled;
    }
    co_return Wait::ready;
}

Task<Connection::Wait> Connection::wait(asio::ip::tcp::socket::wait_type what, SteadyTime limit) {
    guard(limit);
    const auto [error] = co_await socket_.async_wait(what, asio::as_tuple(asio::use_awaitable));
    // An error of the socket itself makes it ready: the next read or write says which.
    co_return co_await result_of(error);
}

Task<Connection::Wait> Connection::wait_readable(SteadyTime limit) {
    return wait(asio::ip::tcp::socket::wait_read, limit);
}

Task<Connection::Wait> Connection::wait_writable(SteadyTime limit) {
    return wait(asio::ip::tcp::socket::wait_write, limit);
}

Task<Connection::Wait> Connection::wait_either(SteadyTime limit) {
    Either either;
    runtime::TaskGroup group(scheduler_);
    group.spawn(tell_first(wait_readable(limit), either));
    group.spawn(tell_first(wait_writable(limit), either));
    const auto woken = co_await scheduler_.wait(&either.first, SteadyTime::max());
    group.cancel();
    co_await group.join();
    co_return woken == runtime::Scheduler::Woken::cancelled ? Wait::cancelled : either.wait;
}

Task<Connection::Connected> Connection::connect(asio::ip::tcp::endpoint endpoint,
                                                SteadyTime limit) {
    close();
    expired_ = false;
    error_code error;
    socket_.open(endpoint.protocol(), error);
    if (!error) {
        socket_.non_blocking(true, error);
    }
    if (error) {
        co_return Connected{Wait::ready, error};
    }
    guard(limit);
    const auto [failed] =
        co_await socket_.async_connect(endpoint, asio::as_tuple(asio::use_awaitable));
    const Wait wait = co_await result_of(failed);
    if (wait == Wait::ready && !failed) {
        socket_.set_option(asio::ip::tcp::no_delay(true), error);
    }
    co_return Connected{wait, failed};
}

void Connection::adopt(asio::ip::tcp::socket socket) {
    close();
    expired_ = false;
    socket_ = std::move(socket);
    error_code ignored;
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
}

void Connection::rest(SteadyTime limit, std::function<void()> expired) {
    resting_since_ = scheduler_.now();
    guard(limit);
    rest_expired_ = std::move(expired);
}

bool Connection::is_alive() {
    if (!socket_.is_open() || !channel_) {
        return false;
    }
    std::array<char, 1> byte{};
    return channel_->read(byte).status == IoResult::Status::want_read;
}

}  // namespace apilab::transport::internal
