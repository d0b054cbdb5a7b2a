#include "apilab/runtime/task_group.hpp"

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/dispatch.hpp>
#include <cassert>
#include <utility>

#include "apilab/runtime/internal/spawn.hpp"

namespace apilab::runtime {

namespace asio = boost::asio;

// Shared with a cancellation under way: the task may end inside it.
struct TaskGroup::Entry {
    asio::cancellation_signal signal;
    bool started = false;
    bool cancelled = false;
    bool over = false;

    void cancel() {
        cancelled = true;
        if (started && !over) {
            signal.emit(asio::cancellation_type::terminal);
        }
    }
};

TaskGroup::TaskGroup(Scheduler& scheduler) : scheduler_(scheduler) {}

std::shared_ptr<TaskGroup> TaskGroup::abandonable(Scheduler& scheduler) {
    auto group = std::make_shared<TaskGroup>(scheduler);
    group->abandonable_ = true;
    return group;
}

void TaskGroup::abandon(const std::shared_ptr<TaskGroup>& group) {
    if (const auto keeper = group->keeper_.lock()) {
        *keeper = group;
        group->cancel();
    }
}

TaskGroup::~TaskGroup() {
    // A group that a task holds goes with it when the scheduler is torn down, joined or not.
    assert((tasks_.empty() || scheduler_.is_closing()) && "a TaskGroup is joined before it goes");
}

// Asio would end a task that is cancelled before it starts without running it at all, with an
// exception. So the signal is given from within, once there is somebody to take it as a value.
Task<void> TaskGroup::started(Task<void> task, std::shared_ptr<Entry> entry) {
    entry->started = true;
    if (entry->cancelled) {
        entry->cancel();
    }
    co_await std::move(task);
}

void TaskGroup::spawn(Task<void> task) {
    auto entry = std::make_shared<Entry>();
    const auto place = tasks_.insert(tasks_.end(), entry);
    auto keeper = keeper_.lock();
    if (abandonable_ && !keeper) {
        keeper = std::make_shared<Keeper>();
        keeper_ = keeper;
    }
    try {
        internal::spawn(scheduler_.executor(), started(std::move(task), entry),
                        entry->signal.slot(),
                        [this, place, keeper = std::move(keeper)](std::exception_ptr error) {
                            over(place, std::move(error));
                        });
    } catch (...) {
        tasks_.erase(place);
        throw;
    }
}

void TaskGroup::over(Entries::iterator place, std::exception_ptr error) {
    if (error && !failure_) {
        failure_ = std::move(error);
    }
    (*place)->over = true;
    tasks_.erase(place);
    if (tasks_.empty()) {
        for (Event* joiner : joiners_) {
            joiner->set();
        }
    }
}

Task<void> TaskGroup::join() {
    return join(false);
}

Task<void> TaskGroup::join_or_cancel() {
    return join(true);
}

Task<void> TaskGroup::join(bool pass_on) {
    if (pass_on && co_await cancelled()) {
        cancel();
    }
    // A cancellation of the joining task wakes it too; it goes on waiting, as promised.
    while (!tasks_.empty()) {
        Event all_over;
        const auto place = joiners_.insert(joiners_.end(), &all_over);
        const auto woken = co_await scheduler_.wait(&all_over, SteadyTime::max());
        joiners_.erase(place);
        if (pass_on && woken == Scheduler::Woken::cancelled) {
            cancel();
        }
    }
    if (auto failure = std::exchange(failure_, nullptr)) {
        std::rethrow_exception(failure);
    }
}

void TaskGroup::cancel() {
    // On the scheduler's thread this happens here and now; a task may end, and others may start,
    // inside. From outside its loop it happens when the loop runs.
    for (const auto& entry : Entries(tasks_)) {
        asio::dispatch(scheduler_.executor(), [entry] { entry->cancel(); });
    }
}

}  // namespace apilab::runtime
