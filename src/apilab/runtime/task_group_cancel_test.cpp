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

}  // namespace
}  // namespace apilab::runtime
