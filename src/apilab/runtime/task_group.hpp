#pragma once

#include <cstddef>
#include <exception>
#include <list>
#include <memory>

#include "apilab/runtime/scheduler.hpp"

namespace apilab::runtime {

/// The only way to run a task that nobody awaits. Whoever starts one here drains it with `join()`
/// before the group goes: nothing outlives what it refers to.
class TaskGroup {
public:
    explicit TaskGroup(Scheduler& scheduler);
    /// A group that may be left behind with `abandon`.
    [[nodiscard]] static std::shared_ptr<TaskGroup> abandonable(Scheduler& scheduler);
    /// For an owner that has to go while tasks run, and cannot wait: cancels them, and keeps the
    /// group until the last one is over. What the tasks refer to has to live so long as well.
    static void abandon(const std::shared_ptr<TaskGroup>& group);
    TaskGroup(const TaskGroup&) = delete;
    TaskGroup& operator=(const TaskGroup&) = delete;
    /// Asserts that nothing is left running (unless the scheduler itself is going).
    ~TaskGroup();

    /// Starts a task: at once where the caller runs on the scheduler, else when that runs. An
    /// exception that leaves it is thrown by the next `join()` (the first, where there are
    /// several).
    void spawn(Task<void> task);
    /// Waits until every task is over, those included that are spawned meanwhile. Not cancellable:
    /// call `cancel()` first where it shall be soon.
    [[nodiscard]] Task<void> join();
    /// The same, but a cancellation of the task that joins is passed on to all that run, and then
    /// their end is waited for: what somebody started on the way ends with them.
    [[nodiscard]] Task<void> join_or_cancel();
    /// Asks every running task to stop; they end through their own error paths. One that has not
    /// started yet starts as cancelled. Tasks spawned later are not concerned.
    void cancel();
    [[nodiscard]] std::size_t running() const { return tasks_.size(); }

private:
    struct Entry;
    using Entries = std::list<std::shared_ptr<Entry>>;
    static Task<void> started(Task<void> task, std::shared_ptr<Entry> entry);
    void over(Entries::iterator place, std::exception_ptr error);
    [[nodiscard]] Task<void> join(bool pass_on);
    Scheduler& scheduler_;
    Entries tasks_;
    std::list<Event*> joiners_;
    std::exception_ptr failure_;
    /// Where an abandoned group is kept: held by what is called when a task is over, so that it
    /// goes with the last of these, also where a scheduler goes and calls none of them.
    using Keeper = std::shared_ptr<TaskGroup>;
    std::weak_ptr<Keeper> keeper_;
    bool abandonable_ = false;
};

}  // namespace apilab::runtime
