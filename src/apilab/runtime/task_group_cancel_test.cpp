#include <gtest/gtest.h>

#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/runtime/task_group.hpp"

namespace apilab::runtime {
namespace {

Task<void> wait_for(RealScheduler* scheduler, Event* event, Scheduler::Woken* woken) {
    *woken = co_await scheduler->wait(event, SteadyTime::max());
}

// Under AddressSanitizer this showed a use after free: the cancellation is delivered after the task
// has ended.
TEST(TaskGroupCancel, from_outside_the_loop_may_come_after_the_end_of_the_task) {
    RealScheduler scheduler;
    TaskGroup group(scheduler);
    Event event;
    auto woken = Scheduler::Woken::time;
    group.spawn(wait_for(&scheduler, &event, &woken));
    scheduler.poll();
    event.set();
    group.cancel();
    run(scheduler, group.join());
    EXPECT_EQ(woken, Scheduler::Woken::event);
    scheduler.poll();
}

TEST(TaskGroupCancel, from_outside_the_loop_ends_a_task_that_waits) {
    RealScheduler scheduler;
    TaskGroup group(scheduler);
    Event event;
    auto woken = Scheduler::Woken::time;
    group.spawn(wait_for(&scheduler, &event, &woken));
    scheduler.poll();
    group.cancel();
    run(scheduler, group.join());
    EXPECT_EQ(woken, Scheduler::Woken::cancelled);
    EXPECT_EQ(group.running(), 0u);
}

Task<void> hold(Scheduler* scheduler, Event* event, Scheduler::Woken* woken) {
    *woken = co_await scheduler->wait(event, SteadyTime::max());
}

Task<void> start_and_join(Scheduler* scheduler, Event* event, Scheduler::Woken* woken) {
    TaskGroup inner(*scheduler);
    inner.spawn(hold(scheduler, event, woken));
    co_await inner.join_or_cancel();
}

TEST(TaskGroupCancel, is_passed_on_by_who_joins_that_way) {
    RealScheduler scheduler;
    TaskGroup outer(scheduler);
    Event never;
    auto woken = Scheduler::Woken::time;
    outer.spawn(start_and_join(&scheduler, &never, &woken));
    scheduler.poll();
    EXPECT_EQ(outer.running(), 1U);
    outer.cancel();
    run(scheduler, outer.join());
    EXPECT_EQ(woken, Scheduler::Woken::cancelled);
}

TEST(TaskGroupCancel, that_came_before_the_join_is_passed_on_too) {
    RealScheduler scheduler;
    TaskGroup outer(scheduler);
    Event never;
    auto woken = Scheduler::Woken::time;
    outer.spawn(start_and_join(&scheduler, &never, &woken));
    outer.cancel();  // before it has started
    run(scheduler, outer.join());
    EXPECT_EQ(woken, Scheduler::Woken::cancelled);
}

}  // namespace
}  // namespace apilab::runtime
