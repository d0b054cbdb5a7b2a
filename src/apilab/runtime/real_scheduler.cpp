#include "apilab/runtime/real_scheduler.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
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

SteadyTime RealScheduler::untouched() const {
    const SteadyTime now = std::chrono::steady_clock::now();
    return speed_ == 1 ? now : start_ + (now - start_) * speed_;
}

SteadyTime RealScheduler::now() const {
    return stands_at_ ? *stands_at_ : untouched() + moved_;
}

// At the machine's own speed its date may be set while we run, and then that is the date: as long
// as nobody touched our clock.
SystemTime RealScheduler::system_now() const {
    if (anchor_) {
        return anchor_->date + (now() - anchor_->time);
    }
    return speed_ == 1 ? std::chrono::system_clock::now()
                       : system_start_ + (std::chrono::steady_clock::now() - start_) * speed_;
}

// Rounded up, so that who wakes at that moment is not too early.
SteadyTime RealScheduler::real_time_of(SteadyTime time) const {
    if (time == SteadyTime::max()) {
        return time;
    }
    if (stands_at_) {
        return std::chrono::steady_clock::now() +
               (time - *stands_at_ + Duration(speed_ - 1)) / speed_;
    }
    const SteadyTime base = time - moved_;
    return speed_ == 1 ? base : start_ + (base - start_ + Duration(speed_ - 1)) / speed_;
}

// One wait. Its timer is set anew whenever the clock is touched.
struct RealScheduler::Sleeper {
    Sleeper(RealScheduler& s, SteadyTime until)
        : scheduler(s), time(until), timer(s.io_), place(s.sleepers_.emplace(until, this)) {}
    Sleeper(const Sleeper&) = delete;
    Sleeper& operator=(const Sleeper&) = delete;
    ~Sleeper() { leave(); }

    void leave() {
        if (listed) {
            scheduler.sleepers_.erase(place);
            listed = false;
        }
    }
    void set_timer() {
        timer.expires_at(scheduler.stands_at_ ? SteadyTime::max() : scheduler.real_time_of(time));
    }

    RealScheduler& scheduler;
    SteadyTime time;
    asio::steady_timer timer;
    Sleepers::iterator place;
    bool listed = true;
    // The timer was ended because the clock was touched.
    bool touched = false;
    // By `advance`, whose clock has come there.
    bool due = false;
};

Task<Scheduler::Woken> RealScheduler::wait(Event* event, SteadyTime time) {
    if (event != nullptr && event->set_) {
        co_return Woken::event;
    }
    const asio::cancellation_state state = co_await asio::this_coro::cancellation_state;
    const bool before = state.cancelled() != asio::cancellation_type::none;
    Sleeper sleeper(*this, time);
    sleeper.set_timer();
    if (stands_at_ && time <= *stands_at_) {
        sleeper.timer.expires_at(SteadyTime::min());
    }
    if (event != nullptr) {
        assert(!event->wake_ && "an Event has one waiter at a time");
        event->wake_ = [&timer = sleeper.timer] { timer.cancel(); };
    }
    bool cancelled = false;
    while (true) {
        const auto [error] = co_await sleeper.timer.async_wait(asio::as_tuple(asio::use_awaitable));
        const bool woken = event != nullptr && event->set_;
        const bool touched = std::exchange(sleeper.touched, false);
        if (!error || woken || !touched || sleeper.due) {
            cancelled = error && !sleeper.due;
            break;
        }
        if (!before && state.cancelled() != asio::cancellation_type::none) {
            cancelled = true;
            break;
        }
        sleeper.set_timer();
    }
    if (event != nullptr) {
        event->wake_ = nullptr;
        if (event->set_) {
            co_return Woken::event;
        }
    }
    co_return cancelled ? Woken::cancelled : Woken::time;
}

Task<Scheduler::Woken> RealScheduler::wait_by_machine(Event* event, Duration duration) {
    if (event != nullptr && event->set_) {
        co_return Woken::event;
    }
    asio::steady_timer timer(io_, std::chrono::steady_clock::now() + duration / speed_);
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

void RealScheduler::touch() {
    if (!anchor_) {
        anchor_ = Anchor{.time = now(), .date = system_now()};
    }
}

void RealScheduler::set_timers() {
    for (const auto& [time, sleeper] : sleepers_) {
        sleeper->touched = true;
        sleeper->timer.cancel();
    }
}

void RealScheduler::freeze() {
    if (!stands_at_) {
        touch();
        stands_at_ = now();
        set_timers();
    }
}

void RealScheduler::freeze_at(SystemTime date) {
    freeze();
    anchor_ = Anchor{.time = *stands_at_, .date = date};
}

void RealScheduler::resume() {
    if (stands_at_) {
        moved_ = *stands_at_ - untouched();
        stands_at_.reset();
        set_timers();
    }
}

void RealScheduler::wake_until(SteadyTime time) {
    while (!sleepers_.empty() && sleepers_.begin()->first <= time) {
        Sleeper& sleeper = *sleepers_.begin()->second;
        sleeper.leave();
        sleeper.due = true;
        sleeper.touched = true;
        sleeper.timer.cancel();
    }
}

// What is ready runs, and what that makes ready; a chain of more than so many steps goes on beside.
Task<void> RealScheduler::settle() {
    constexpr int rounds = 32;
    for (int i = 0; i < rounds; ++i) {
        co_await asio::post(io_, asio::use_awaitable);
    }
}

Task<void> RealScheduler::advance(Duration step) {
    assert(step >= Duration::zero() && "time does not go back");
    constexpr int steps_max = 100'000;
    const bool stood = stands();
    freeze();
    const SteadyTime end =
        step > SteadyTime::max() - *stands_at_ ? SteadyTime::max() : *stands_at_ + step;
    for (int i = 0; i < steps_max && stands_at_ && !sleepers_.empty(); ++i) {
        const SteadyTime next = sleepers_.begin()->first;
        if (next > end) {
            break;
        }
        stands_at_ = std::max(*stands_at_, next);
        wake_until(*stands_at_);
        co_await settle();
    }
    if (!stands_at_) {  // somebody let it go on meanwhile
        freeze();
    }
    stands_at_ = std::max(*stands_at_, end);
    wake_until(*stands_at_);
    co_await settle();
    if (!stood) {
        resume();
    }
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
