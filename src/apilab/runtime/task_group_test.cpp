#include "apilab/runtime/task_group.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "apilab/runtime/virtual_scheduler.hpp"

namespace apilab::runtime {
namespace {

using namespace std::chrono_literals;

Task<void> sleep_and_count(Scheduler& scheduler, Duration duration, int& done) {
    (void)co_await scheduler.sleep_for(duration);
    ++done;
}
Task<void> note_result(Scheduler& scheduler, std::vector<Result<void>>& log) {
    log.push_back(co_await scheduler.sleep_for(1h));
}
Task<void> spawn_more(Scheduler& scheduler, TaskGroup& group, int generations, int& done) {
    (void)co_await scheduler.sleep_for(1s);
    ++done;
    if (generations > 0) {
        group.spawn(spawn_more(scheduler, group, generations - 1, done));
        group.spawn(spawn_more(scheduler, group, generations - 1, done));
    }
}
Task<void> throw_after(Scheduler& scheduler, Duration duration, std::string what) {
    (void)co_await scheduler.sleep_for(duration);
    throw std::runtime_error(what);
}
Task<void> throw_now() {
    throw std::runtime_error("at once");
    co_return;
}

TEST(TaskGroup, join_of_an_empty_group_is_over_at_once) {
    VirtualScheduler scheduler;
    TaskGroup group(scheduler);
    run(scheduler, group.join());
    EXPECT_EQ(group.running(), 0U);
}

TEST(TaskGroup, join_waits_for_every_task) {
    VirtualScheduler scheduler;
    const auto start = scheduler.now();
    TaskGroup group(scheduler);
    int done = 0;
    group.spawn(sleep_and_count(scheduler, 3s, done));
    group.spawn(sleep_and_count(scheduler, 1s, done));
    group.spawn(sleep_and_count(scheduler, 0s, done));
    EXPECT_EQ(group.running(), 3U);
    EXPECT_EQ(done, 0);
    run(scheduler, group.join());
    EXPECT_EQ(done, 3);
    EXPECT_EQ(group.running(), 0U);
    EXPECT_EQ(scheduler.now() - start, 3s);
    group.spawn(sleep_and_count(scheduler, 1s, done));  // a group can be used again
    run(scheduler, group.join());
    EXPECT_EQ(done, 4);
}

TEST(TaskGroup, join_waits_for_tasks_spawned_meanwhile) {
    VirtualScheduler scheduler;
    TaskGroup group(scheduler);
    int done = 0;
    group.spawn(spawn_more(scheduler, group, 4, done));
    run(scheduler, group.join());
    EXPECT_EQ(done, 1 + 2 + 4 + 8 + 16);
}

Task<void> spawn_and_count(Scheduler& scheduler, TaskGroup& group, int& done,
                           std::vector<int>& seen) {
    seen.push_back(done);
    group.spawn(sleep_and_count(scheduler, 0s, done));
    int inline_done = 0;
    TaskGroup inner(scheduler);
    inner.spawn(sleep_and_count(scheduler, 1s, inline_done));
    co_await inner.join();
    seen.push_back(inline_done);
}

TEST(TaskGroup, groups_nest) {
    VirtualScheduler scheduler;
    TaskGroup group(scheduler);
    int done = 0;
    std::vector<int> seen;
    group.spawn(spawn_and_count(scheduler, group, done, seen));
    run(scheduler, group.join());
    EXPECT_EQ(done, 1);
    EXPECT_EQ(seen, (std::vector{0, 1}));
}

TEST(TaskGroup, several_may_join_at_once) {
    VirtualScheduler scheduler;
    TaskGroup group(scheduler);
    TaskGroup joiners(scheduler);
    int done = 0;
    group.spawn(sleep_and_count(scheduler, 1s, done));
    joiners.spawn(group.join());
    joiners.spawn(group.join());
    run(scheduler, joiners.join());
    EXPECT_EQ(done, 1);
}

TEST(TaskGroup, an_exception_comes_out_of_the_next_join_once_all_are_over) {
    VirtualScheduler scheduler;
    TaskGroup group(scheduler);
    int done = 0;
    group.spawn(throw_after(scheduler, 2s, "second"));
    group.spawn(throw_after(scheduler, 1s, "first"));
    group.spawn(sleep_and_count(scheduler, 3s, done));
    try {
        run(scheduler, group.join());
        FAIL() << "two of them threw";
    } catch (const std::runtime_error& error) {
        EXPECT_STREQ(error.what(), "first");
    }
    EXPECT_EQ(done, 1);
    run(scheduler, group.join());  // told once
}

TEST(TaskGroup, a_task_that_throws_at_its_start_is_told_by_join_too) {
    VirtualScheduler scheduler;
    TaskGroup group(scheduler);
    group.spawn(throw_now());
    EXPECT_THROW(run(scheduler, group.join()), std::runtime_error);
    EXPECT_EQ(group.running(), 0U);
}

TEST(TaskGroup, cancel_reaches_every_task) {
    VirtualScheduler scheduler;
    const auto start = scheduler.now();
    TaskGroup group(scheduler);
    std::vector<Result<void>> log;
    for (int i = 0; i < 10; ++i) {
        group.spawn(note_result(scheduler, log));
    }
    scheduler.poll();
    group.cancel();
    run(scheduler, group.join());
    ASSERT_EQ(log.size(), 10U);
    for (const auto& result : log) {
        ASSERT_FALSE(result.has_value());
        EXPECT_EQ(result.error().kind(), ErrorKind::cancelled);
    }
    EXPECT_EQ(scheduler.now(), start);
}

TEST(TaskGroup, a_task_cancelled_before_it_started_starts_as_cancelled) {
    VirtualScheduler scheduler;
    TaskGroup group(scheduler);
    std::vector<Result<void>> log;
    group.spawn(note_result(scheduler, log));
    group.cancel();  // nothing has run yet
    EXPECT_NO_THROW(run(scheduler, group.join()));
    ASSERT_EQ(log.size(), 1U);
    EXPECT_EQ(log[0].error().kind(), ErrorKind::cancelled);
}

Task<void> cancel_other(TaskGroup& other) {
    other.cancel();
    co_return;
}

TEST(TaskGroup, a_task_cancelled_by_one_that_starts_before_it_starts_as_cancelled_too) {
    VirtualScheduler scheduler;
    TaskGroup first(scheduler);
    TaskGroup second(scheduler);
    std::vector<Result<void>> log;
    first.spawn(cancel_other(second));
    second.spawn(note_result(scheduler, log));
    run(scheduler, first.join());
    EXPECT_NO_THROW(run(scheduler, second.join()));
    ASSERT_EQ(log.size(), 1U);
    ASSERT_FALSE(log[0].has_value());
    EXPECT_EQ(log[0].error().kind(), ErrorKind::cancelled);
}

TEST(TaskGroup, cancel_does_not_concern_tasks_spawned_later) {
    VirtualScheduler scheduler;
    TaskGroup group(scheduler);
    std::vector<Result<void>> log;
    group.cancel();
    group.spawn(note_result(scheduler, log));
    run(scheduler, group.join());
    ASSERT_EQ(log.size(), 1U);
    EXPECT_TRUE(log[0].has_value());
}

Task<void> cancel_after(Scheduler& scheduler, TaskGroup& group, Duration duration) {
    (void)co_await scheduler.sleep_for(duration);
    group.cancel();
    group.cancel();  // twice does not hurt
}

TEST(TaskGroup, a_task_may_cancel_its_own_group) {
    VirtualScheduler scheduler;
    TaskGroup group(scheduler);
    std::vector<Result<void>> log;
    group.spawn(note_result(scheduler, log));
    group.spawn(cancel_after(scheduler, group, 1s));
    group.spawn(note_result(scheduler, log));
    run(scheduler, group.join());
    ASSERT_EQ(log.size(), 2U);
    EXPECT_FALSE(log[0].has_value());
    EXPECT_FALSE(log[1].has_value());
}

TEST(TaskGroup, cancelling_what_is_already_on_its_way_out_is_safe) {
    VirtualScheduler scheduler;
    TaskGroup group(scheduler);
    int done = 0;
    group.spawn(sleep_and_count(scheduler, 0s, done));
    scheduler.poll();
    group.spawn(sleep_and_count(scheduler, 0s, done));
    group.cancel();    // from outside the loop: takes effect in it,
    scheduler.poll();  // where the task may be over before
    EXPECT_EQ(done, 2);
    EXPECT_EQ(group.running(), 0U);
    group.cancel();
    scheduler.poll();
}

Task<void> join_and_note(TaskGroup& group, std::vector<std::string>& log) {
    co_await group.join();
    log.emplace_back("joined");
}
Task<void> sleep_and_note(Scheduler& scheduler, std::vector<std::string>& log) {
    (void)co_await scheduler.sleep_for(1h);
    log.emplace_back("slept");
}

TEST(TaskGroup, join_is_not_cancelled_with_the_task_that_joins) {
    VirtualScheduler scheduler;
    TaskGroup inner(scheduler);
    TaskGroup outer(scheduler);
    std::vector<std::string> log;
    inner.spawn(sleep_and_note(scheduler, log));
    outer.spawn(join_and_note(inner, log));
    scheduler.poll();
    outer.cancel();
    run(scheduler, outer.join());
    EXPECT_EQ(log, (std::vector<std::string>{"slept", "joined"}));
}

TEST(TaskGroup, many_short_tasks_leave_nothing_behind) {
    VirtualScheduler scheduler;
    TaskGroup group(scheduler);
    int done = 0;
    for (int i = 0; i < 10'000; ++i) {
        group.spawn(sleep_and_count(scheduler, std::chrono::milliseconds(i % 7), done));
    }
    run(scheduler, group.join());
    EXPECT_EQ(done, 10'000);
    EXPECT_EQ(group.running(), 0U);
}

Task<void> sleep_and_hold(Scheduler& scheduler, Duration duration, std::shared_ptr<int> held) {
    (void)co_await scheduler.sleep_for(duration);
    ++*held;
}

TEST(TaskGroup, an_abandoned_group_cancels_its_tasks_and_goes_with_the_last) {
    VirtualScheduler scheduler;
    const auto held = std::make_shared<int>(0);
    std::weak_ptr<TaskGroup> seen;
    {
        auto group = TaskGroup::abandonable(scheduler);
        seen = group;
        group->spawn(sleep_and_hold(scheduler, 1h, held));
        group->spawn(sleep_and_hold(scheduler, 2h, held));
        scheduler.poll();
        TaskGroup::abandon(group);
    }
    const auto start = scheduler.now();
    scheduler.poll();
    EXPECT_EQ(*held, 2);
    EXPECT_EQ(held.use_count(), 1);
    EXPECT_EQ(scheduler.now(), start) << "nobody waited for their hours";
    EXPECT_TRUE(seen.expired());
    TaskGroup::abandon(TaskGroup::abandonable(scheduler));
}

TEST(TaskGroup, an_abandoned_group_goes_with_the_scheduler) {
    const auto held = std::make_shared<int>(0);
    std::weak_ptr<TaskGroup> seen;
    {
        VirtualScheduler scheduler;
        auto group = TaskGroup::abandonable(scheduler);
        seen = group;
        group->spawn(sleep_and_hold(scheduler, 1h, held));
        TaskGroup::abandon(group);
    }
    EXPECT_EQ(*held, 0);
    EXPECT_EQ(held.use_count(), 1);
    EXPECT_TRUE(seen.expired());
}

#ifndef NDEBUG
TEST(TaskGroupDeathTest, going_with_tasks_left_is_a_bug) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    EXPECT_DEATH(
        {
            VirtualScheduler scheduler;
            int done = 0;
            TaskGroup group(scheduler);
            group.spawn(sleep_and_count(scheduler, 1h, done));
        },
        "joined before it goes");
}
#endif

}  // namespace
}  // namespace apilab::runtime
