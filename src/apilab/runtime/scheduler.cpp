#include "apilab/runtime/scheduler.hpp"

#include <boost/asio/this_coro.hpp>
#include <utility>

namespace apilab::runtime {

void Event::set() {
    set_ = true;
    if (wake_) {
        std::exchange(wake_, nullptr)();
    }
}

Task<Result<void>> Scheduler::sleep_until(SteadyTime time) {
    const bool before = co_await cancelled();
    if (before || co_await wait(nullptr, time) == Woken::cancelled) {
        co_return fail(ErrorKind::cancelled, "cancelled while waiting");
    }
    co_return Result<void>();
}

Task<Result<void>> Scheduler::sleep_for(Duration duration) {
    const SteadyTime start = now();
    return sleep_until(duration > SteadyTime::max() - start ? SteadyTime::max() : start + duration);
}

Task<bool> cancelled() {
    const auto state = co_await boost::asio::this_coro::cancellation_state;
    co_return state.cancelled() != boost::asio::cancellation_type::none;
}

}  // namespace apilab::runtime
