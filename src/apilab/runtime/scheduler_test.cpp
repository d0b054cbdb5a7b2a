#include "apilab/runtime/scheduler.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"

// What every scheduler promises, asked of both. A wait of an hour stands for "never" here: under
// real time a test that had to wait for it would run into CTest's limit.

namespace apilab::runtime {
namespace {

using namespace std::chrono_literals;
using Woken = Scheduler::Woken;

template <class T>
class AnyScheduler : public testing::Test {
protected:
    T scheduler_;
};
using Schedulers = testing::Types<RealScheduler, VirtualScheduler>;
struct SchedulerNames {
    template <class T>
    // NOLINTNEXTLINE(readability-identifier-naming): GoogleTest asks for this name
    static std::string GetName(int /*index*/) {
        return std::is_same_v<T, RealScheduler> ? "Real" : "Virtual";
    }
};
TYPED_TEST_SUITE(AnyScheduler, Schedulers, SchedulerNames);

Task<int> seven() {
    co_return 7;
}
Task<std::unique_ptr<int>> moved(std::unique_ptr<int> value) {
    co_return std::move(value);
}
Task<int> thrown() {
    throw std::runtime_error("out of luck");
    co_return 0;
}
Task<void> note(std::vector<int>& log, int number) {
    log.push_back(number);
    co_return;
}
Task<void> wait_for(Scheduler& scheduler, Event& event, SteadyTime until, std::vector<Woken>& log) {
    log.push_back(co_await scheduler.wait(&event, until));
}
Task<void> sleep(Scheduler& scheduler, Duration duration, std::vector<Result<void>>& log) {
    log.push_back(co_await scheduler.sleep_for(duration));
}
Task<void> set(Event& event) {
    event.set();
    co_return;
}

TYPED_TEST(AnyScheduler, run_gives_what_the_task_returns) {
    EXPECT_EQ(run(this->scheduler_, seven()), 7);
    EXPECT_EQ(*run(this->scheduler_, moved(std::make_unique<int>(8))), 8);
    std::vector<int> log;
    run(this->scheduler_, note(log, 1));
    EXPECT_EQ(log, std::vector{1});
}

TYPED_TEST(AnyScheduler, a_task_does_nothing_until_it_is_run) {
    std::vector<int> log;
    {
        const auto dropped = note(log, 1);
    }
    EXPECT_TRUE(log.empty());
}

TYPED_TEST(AnyScheduler, an_exception_of_the_task_comes_out_of_run) {
    EXPECT_THROW((void)run(this->scheduler_, thrown()), std::runtime_error);
    EXPECT_EQ(run(this->scheduler_, seven()), 7);  // and the scheduler is none the worse
}

TYPED_TEST(AnyScheduler, a_sleep_whose_time_has_passed_is_over_at_once) {
    auto& scheduler = this->scheduler_;
    EXPECT_TRUE(run(scheduler, scheduler.sleep_for(0s)).has_value());
    EXPECT_TRUE(run(scheduler, scheduler.sleep_for(-1h)).has_value());
    EXPECT_TRUE(run(scheduler, scheduler.sleep_until(SteadyTime::min())).has_value());
    EXPECT_EQ(run(scheduler, scheduler.wait(nullptr, SteadyTime::min())), Woken::time);
    Event event;
    EXPECT_EQ(run(scheduler, scheduler.wait(&event, scheduler.now())), Woken::time);
    EXPECT_FALSE(event.is_set());
}

Task<bool> sleep_and_compare(Scheduler& scheduler, Duration duration) {
    const SteadyTime start = scheduler.now();
    (void)co_await scheduler.sleep_for(duration);
    co_return scheduler.now() - start >= duration;
}

TYPED_TEST(AnyScheduler, a_sleep_is_never_too_short) {
    EXPECT_TRUE(run(this->scheduler_, sleep_and_compare(this->scheduler_, 1ms)));
    EXPECT_TRUE(run(this->scheduler_, sleep_and_compare(this->scheduler_, 1ns)));
}

TYPED_TEST(AnyScheduler, an_event_that_is_set_already_is_not_waited_for) {
    Event event;
    event.set();
    event.set();  // twice is the same as once
    EXPECT_TRUE(event.is_set());
    EXPECT_EQ(run(this->scheduler_, this->scheduler_.wait(&event, SteadyTime::max())),
              Woken::event);
    // Even where the time has passed too.
    EXPECT_EQ(run(this->scheduler_, this->scheduler_.wait(&event, SteadyTime::min())),
              Woken::event);
}

TYPED_TEST(AnyScheduler, an_event_wakes_its_waiter_before_the_time) {
    auto& scheduler = this->scheduler_;
    for (const SteadyTime until : {scheduler.now() + 1h, SteadyTime::max()}) {
        Event event;
        std::vector<Woken> log;
        TaskGroup group(scheduler);
        group.spawn(wait_for(scheduler, event, until, log));
        scheduler.poll();
        EXPECT_TRUE(log.empty());
        group.spawn(set(event));
        run(scheduler, group.join());
        EXPECT_EQ(log, std::vector{Woken::event});
    }
    EXPECT_LT(scheduler.now() - SteadyTime(), SteadyTime::max() - SteadyTime());
}

TYPED_TEST(AnyScheduler, an_event_can_be_waited_for_again_after_a_timeout) {
    auto& scheduler = this->scheduler_;
    Event event;
    EXPECT_EQ(run(scheduler, scheduler.wait(&event, scheduler.now())), Woken::time);
    event.set();  // nobody waits: no stale waker is called
    EXPECT_EQ(run(scheduler, scheduler.wait(&event, SteadyTime::max())), Woken::event);
}

TYPED_TEST(AnyScheduler, a_cancellation_ends_a_sleep_with_an_error) {
    auto& scheduler = this->scheduler_;
    std::vector<Result<void>> log;
    TaskGroup group(scheduler);
    group.spawn(sleep(scheduler, 1h, log));
    group.spawn(sleep(scheduler, Duration::max(), log));
    scheduler.poll();
    EXPECT_TRUE(log.empty());
    group.cancel();
    run(scheduler, group.join());
    ASSERT_EQ(log.size(), 2U);
    for (const auto& result : log) {
        ASSERT_FALSE(result.has_value());
        EXPECT_EQ(result.error().kind(), ErrorKind::cancelled);
    }
}

TYPED_TEST(AnyScheduler, a_cancellation_ends_a_wait) {
    auto& scheduler = this->scheduler_;
    Event event;
    std::vector<Woken> log;
    TaskGroup group(scheduler);
    group.spawn(wait_for(scheduler, event, SteadyTime::max(), log));
    scheduler.poll();
    group.cancel();
    run(scheduler, group.join());
    EXPECT_EQ(log, std::vector{Woken::cancelled});
    event.set();  // the waiter is gone; nothing is woken
}

Task<void> set_then_cancel(Event& event, TaskGroup& group) {
    event.set();
    group.cancel();
    co_return;
}

TYPED_TEST(AnyScheduler, an_event_and_a_cancellation_at_once_are_the_event) {
    auto& scheduler = this->scheduler_;
    Event event;
    std::vector<Woken> log;
    TaskGroup waiters(scheduler);
    waiters.spawn(wait_for(scheduler, event, SteadyTime::max(), log));
    scheduler.poll();
    run(scheduler, set_then_cancel(event, waiters));
    run(scheduler, waiters.join());
    EXPECT_EQ(log, std::vector{Woken::event});
}

Task<void> sleep_twice(Scheduler& scheduler, std::vector<Result<void>>& log,
                       std::vector<bool>& told) {
    told.push_back(co_await cancelled());
    log.push_back(co_await scheduler.sleep_for(1h));
    told.push_back(co_await cancelled());
    log.push_back(co_await scheduler.sleep_for(1h));
}

TYPED_TEST(AnyScheduler, once_cancelled_a_task_sleeps_no_more) {
    auto& scheduler = this->scheduler_;
    std::vector<Result<void>> log;
    std::vector<bool> told;
    TaskGroup group(scheduler);
    group.spawn(sleep_twice(scheduler, log, told));
    scheduler.poll();
    group.cancel();
    run(scheduler, group.join());
    ASSERT_EQ(log.size(), 2U);
    EXPECT_FALSE(log[0].has_value());
    EXPECT_FALSE(log[1].has_value());
    EXPECT_EQ(told, (std::vector{false, true}));
}

Task<void> cancel_then_sleep(Scheduler& scheduler, TaskGroup& own, std::vector<Result<void>>& log) {
    own.cancel();  // while it runs, not while it waits
    log.push_back(co_await scheduler.sleep_for(1h));
}

TYPED_TEST(AnyScheduler, a_cancellation_between_two_waits_is_not_lost) {
    auto& scheduler = this->scheduler_;
    std::vector<Result<void>> log;
    TaskGroup group(scheduler);
    group.spawn(cancel_then_sleep(scheduler, group, log));
    run(scheduler, group.join());
    ASSERT_EQ(log.size(), 1U);
    EXPECT_EQ(log[0].error().kind(), ErrorKind::cancelled);
}

TYPED_TEST(AnyScheduler, poll_runs_what_is_ready_and_what_is_due) {
    auto& scheduler = this->scheduler_;
    std::vector<int> log;
    std::vector<Result<void>> slept;
    TaskGroup group(scheduler);
    scheduler.poll();  // nothing there yet
    group.spawn(note(log, 1));
    group.spawn(sleep(scheduler, -1s, slept));
    group.spawn(sleep(scheduler, 1h, slept));
    EXPECT_TRUE(log.empty());  // nothing starts before the scheduler runs
    scheduler.poll();
    EXPECT_EQ(log, std::vector{1});
    EXPECT_EQ(slept.size(), 1U);
    EXPECT_EQ(group.running(), 1U);
    group.cancel();
    scheduler.poll();
    EXPECT_EQ(slept.size(), 2U);
    EXPECT_EQ(group.running(), 0U);
}

struct Counted {
    explicit Counted(int& count) : alive(&count) { ++*alive; }
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;
    ~Counted() { --*alive; }
    int* alive;
};

Task<void> hold_for_ever(Scheduler& scheduler, int& alive) {
    const Counted counted(alive);
    Event event;
    (void)co_await scheduler.wait(&event, SteadyTime::max());
}

Task<void> group_for_ever(Scheduler& scheduler, int& alive) {
    TaskGroup group(scheduler);
    group.spawn(hold_for_ever(scheduler, alive));
    group.spawn(hold_for_ever(scheduler, alive));
    co_await group.join();
}

TEST(Scheduler, that_goes_takes_the_tasks_with_it_that_still_wait) {
    int alive = 0;
    {
        VirtualScheduler scheduler;
        EXPECT_THROW(run(scheduler, group_for_ever(scheduler, alive)), std::logic_error);
        EXPECT_EQ(alive, 2);
    }
    EXPECT_EQ(alive, 0);
}

}  // namespace
}  // namespace apilab::runtime
