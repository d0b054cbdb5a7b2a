#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"
#include "apilab/runtime/task.hpp"

namespace apilab::runtime {

/// Something that one task waits for and another makes happen. One waiter at a time (asserted);
/// once set it stays set. Belongs to the scheduler's thread and outlives the wait.
class Event {
public:
    Event() = default;
    Event(const Event&) = delete;
    Event& operator=(const Event&) = delete;

    void set();
    [[nodiscard]] bool is_set() const { return set_; }

private:
    friend class RealScheduler;
    friend class VirtualScheduler;
    bool set_ = false;
    std::function<void()> wake_;
};

/// The only source of waiting. One thread runs it; everything that is awaited through it is resumed
/// on that thread, so objects that belong to one scheduler need no locks.
class Scheduler : public Clock {
public:
    enum class Woken : std::uint8_t { event, time, cancelled };
    /// Waits for the event, until `time` at most. The event (it may be null) outlives the wait.
    /// Where several come at once, the event counts first. `cancelled` tells of a cancellation that
    /// came during the wait; one that came earlier does not end it (see `cancelled()`), so that
    /// what must be waited for can be.
    [[nodiscard]] virtual Task<Woken> wait(Event* event, SteadyTime time) = 0;

    /// Waits until `time`; where it has passed, whatever else is ready runs first. Error:
    /// `cancelled`, at once where the task was cancelled before, whenever that was.
    [[nodiscard]] Task<Result<void>> sleep_until(SteadyTime time);
    /// The same; a duration that leads beyond the end of time is a sleep without end.
    [[nodiscard]] Task<Result<void>> sleep_for(Duration duration);

    [[nodiscard]] virtual boost::asio::any_io_executor executor() = 0;

    /// Runs `task` and everything else that is ready until `task` is over. Not to be called from
    /// within a task. An exception that leaves the task is thrown again here; `std::logic_error`
    /// where the scheduler comes to its end before the task does.
    virtual void run_until_complete(Task<void> task) = 0;
    /// Runs what is ready, without waiting for timers or sockets. For loops of one's own.
    virtual void poll() = 0;

    /// Is it being destroyed, and every task that still waits with it? Those run no further: only
    /// the destructors of what they hold.
    [[nodiscard]] bool is_closing() const { return closing_; }

protected:
    /// First thing in an implementation's destructor.
    void closing() { closing_ = true; }

private:
    bool closing_ = false;
};

namespace internal {
// Shared with the task: it may outlive the call of run() that ended with an exception.
template <class T>
Task<void> store_result(Task<T> task, std::shared_ptr<std::optional<T>> result) {
    result->emplace(co_await std::move(task));
}
}  // namespace internal

/// Runs one task to its end and returns what it returned: the bridge from `main` or a test.
template <class T>
T run(Scheduler& scheduler, Task<T> task) {
    const auto result = std::make_shared<std::optional<T>>();
    scheduler.run_until_complete(internal::store_result(std::move(task), result));
    return *std::move(*result);
}
inline void run(Scheduler& scheduler, Task<void> task) {
    scheduler.run_until_complete(std::move(task));
}

/// After a cancellation, a coroutine is told by the operation it was waiting in. One that was not
/// waiting asks here before it starts something long.
[[nodiscard]] Task<bool> cancelled();

}  // namespace apilab::runtime
