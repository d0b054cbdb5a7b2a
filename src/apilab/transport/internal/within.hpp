#pragma once

#include <optional>
#include <utility>

#include "apilab/runtime/scheduler.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/transport/internal/attempt.hpp"
#include "apilab/transport/internal/attempt_limits.hpp"

namespace apilab::transport::internal {

// The result of a task that runs beside the one that waits for it.
template <class T>
struct Awaited {
    runtime::Event over;
    std::optional<Result<T>> result;
};

template <class T>
runtime::Task<void> keep_awaited(runtime::Task<Result<T>> task, Awaited<T>& awaited) {
    // Cancelled before it began: nobody would be told again while the task waits.
    if (!co_await runtime::cancelled()) {
        awaited.result = co_await std::move(task);
    }
    awaited.over.set();
}

/// Somebody else's task (a source, a sink) under a limit of ours: when the limit passes or the
/// caller cancels, it is cancelled and waited for. Error: the task's own; the limit's or
/// `cancelled` with `outcome`.
template <class T>
runtime::Task<Result<T>> within(runtime::Scheduler& scheduler, runtime::Task<Result<T>> task,
                                Limit limit, Outcome outcome) {
    using Woken = runtime::Scheduler::Woken;
    Awaited<T> awaited;
    runtime::TaskGroup group(scheduler);
    group.spawn(keep_awaited(std::move(task), awaited));
    const auto woken = co_await scheduler.wait(&awaited.over, limit.time);
    if (woken != Woken::event) {
        group.cancel();
    }
    co_await group.join();
    if (woken == Woken::time) {
        co_return fail(limit.error(outcome));
    }
    if (woken == Woken::cancelled || !awaited.result) {
        co_return fail(cancelled_attempt(outcome));
    }
    co_return *std::move(awaited.result);
}

}  // namespace apilab::transport::internal
