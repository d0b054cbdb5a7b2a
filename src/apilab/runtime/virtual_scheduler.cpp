#include "apilab/runtime/virtual_scheduler.hpp"

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

// A timer that never expires by itself: the clock's jump wakes it by cancelling it. Real
// cancellation (through a slot) then works as for any Asio operation, told apart by `due`.
struct VirtualScheduler::Sleeper {
    explicit Sleeper(asio::io_context& io) : timer(io, asio::steady_timer::time_point::max()) {}
    asio::steady_timer timer;
    bool due = false;
};

VirtualScheduler::VirtualScheduler(SystemTime start)
    : now_(std::chrono::hours(1)), origin_(now_), start_(start) {}

VirtualScheduler::~VirtualScheduler() {
    closing();
}

SystemTime VirtualScheduler::default_start() {
    using namespace std::chrono;
    return sys_days(year(2026) / January / 1);
}

SystemTime VirtualScheduler::system_now() const {
    const Duration passed = now_ - origin_;
    return passed > SystemTime::max() - start_ ? SystemTime::max() : start_ + passed;
}

Task<Scheduler::Woken> VirtualScheduler::wait(Event* event, SteadyTime time) {
    if (event != nullptr && event->set_) {
        co_return Woken::event;
    }
    const auto sleeper = std::make_shared<Sleeper>(io_);
    const auto key = std::pair(std::max(time, now_), ++sequence_);
    if (time != SteadyTime::max()) {  // what waits for an event alone does not hold the clock
        sleepers_.emplace(key, sleeper);
    }
    if (event != nullptr) {
        assert(!event->wake_ && "an Event has one waiter at a time");
        event->wake_ = [&timer = sleeper->timer] { timer.cancel(); };
    }
    co_await sleeper->timer.async_wait(asio::as_tuple(asio::use_awaitable));
    if (event != nullptr) {
        event->wake_ = nullptr;
    }
    if (!sleeper->due) {
        sleepers_.erase(key);
    }
    if (event != nullptr && event->set_) {
        co_return Woken::event;
    }
    co_return sleeper->due ? Woken::time : Woken::cancelled;
}

asio::any_io_executor VirtualScheduler::executor() {
    return io_.get_executor();
}

void VirtualScheduler::run_ready() {
    io_.restart();
    io_.poll();
}

bool VirtualScheduler::fire_next(SteadyTime limit) {
    const auto first = sleepers_.begin();
    if (first == sleepers_.end() || first->first.first > limit) {
        return false;
    }
    now_ = std::max(now_, first->first.first);
    const auto sleeper = first->second;
    sleepers_.erase(first);
    sleeper->due = true;
    sleeper->timer.cancel();
    return true;
}

void VirtualScheduler::run_until_complete(Task<void> task) {
    const auto root = internal::spawn_root(io_.get_executor(), std::move(task));
    run_ready();
    while (!root->done) {
        if (!fire_next(SteadyTime::max())) {
            throw std::logic_error(
                "virtual time: a task waits for something that will never happen");
        }
        run_ready();
    }
    if (root->failure) {
        std::rethrow_exception(root->failure);
    }
}

void VirtualScheduler::poll() {
    run_until(now_);
}

void VirtualScheduler::advance(Duration step) {
    assert(step >= Duration::zero() && "time does not go back");
    run_until(step > SteadyTime::max() - now_ ? SteadyTime::max() : now_ + step);
}

void VirtualScheduler::run_until(SteadyTime time) {
    run_ready();
    while (fire_next(time)) {
        run_ready();
    }
    now_ = time;
}

}  // namespace apilab::runtime
