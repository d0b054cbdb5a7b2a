#include "apilab/runtime/real_scheduler.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cassert>
#include <exception>
#include <stdexcept>
#include <utility>

#include "apilab/runtime/internal/spawn.hpp"

namespace apilab::runtime {

namespace asio = boost::asio;

namespace {
constexpr int speed_max = 10'000;
}  // namespace

RealScheduler::RealScheduler(int speed) : RealScheduler(speed, std::chrono::system_clock::now()) {}

RealScheduler::RealScheduler(int speed, SystemTime anchor)
    : speed_(std::clamp(speed, 1, speed_max)),
      start_(std::chrono::steady_clock::now()),
      system_start_(anchor + (std::chrono::system_clock::now() - anchor) * speed_) {}

RealScheduler::~RealScheduler() {
    closing();
}

SteadyTime RealScheduler::now() const {
    const SteadyTime now = std::chrono::steady_clock::now();
    return speed_ == 1 ? now : start_ + (now - start_) * speed_;
}

// At the machine's own speed its date may be set while we run, and then that is the date.
SystemTime RealScheduler::system_now() const {
    return speed_ == 1 ? std::chrono::system_clock::now()
                       : system_start_ + (std::chrono::steady_clock::now() - start_) * speed_;
}

// Rounded up, so that who wakes at that moment is not too early.
SteadyTime RealScheduler::real_time_of(SteadyTime time) const {
    return speed_ == 1 ? time : start_ + (time - start_ + Duration(speed_ - 1)) / speed_;
}

Task<Scheduler::Woken> RealScheduler::wait(Event* event, SteadyTime time) {
    if (event != nullptr && event->set_) {
        co_return Woken::event;
    }
    asio::steady_timer timer(io_);
    timer.expires_at(real_time_of(time));
    if (event != nullptr) {
        assert(!event->wake_ && "an Event has one waiter at a time");
        event->wake_ = [&timer] { timer.cancel(); };
    }
    const auto [error] = co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    if (event != nullptr) {
        event->wake_ = nullptr;
        if (event->set_) {
            co_return Woken::event;
        }
    }
    co_return error ? Woken::cancelled : Woken::time;
}

asio::any_io_executor RealScheduler::executor() {
    return io_.get_executor();
}

void RealScheduler::run_until_complete(Task<void> task) {
    const auto root = internal::spawn_root(io_.get_executor(), std::move(task));
    io_.restart();
    while (!root->done && io_.run_one() != 0) {
    }
    io_.restart();
    if (!root->done) {
        throw std::logic_error("the scheduler was stopped before the task was over");
    }
    if (root->failure) {
        std::rethrow_exception(root->failure);
    }
}

void RealScheduler::poll() {
    io_.restart();
    io_.poll();
    io_.restart();
}

// Made ready for the next time at the end and not at the beginning: a stop() that came before the
// thread got here must not be lost.
void RealScheduler::run() {
    io_.run();
    io_.restart();
}

void RealScheduler::stop() {
    io_.stop();
}

}  // namespace apilab::runtime
