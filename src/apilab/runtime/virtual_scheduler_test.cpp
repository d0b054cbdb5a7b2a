#include "apilab/runtime/virtual_scheduler.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "apilab/base/rng.hpp"
#include "apilab/http/date.hpp"
#include "apilab/runtime/task_group.hpp"

namespace apilab::runtime {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

struct Log {
    Scheduler& scheduler;
    SteadyTime start = scheduler.now();
    std::vector<std::string> lines;

    void add(std::string_view who) {
        const auto millis =
            std::chrono::duration_cast<std::chrono::milliseconds>(scheduler.now() - start);
        lines.push_back(std::string(who) + "@" + std::to_string(millis.count()));
    }
};

Task<void> sleeper(Log& log, std::string name, Duration duration, int times) {
    for (int i = 0; i < times; ++i) {
        (void)co_await log.scheduler.sleep_for(duration);
        log.add(name);
    }
}

TEST(VirtualScheduler, jumps_to_the_next_timer_and_costs_no_time) {
    VirtualScheduler scheduler;
    Log log{scheduler};
    const auto real_start = std::chrono::steady_clock::now();
    run(scheduler, sleeper(log, "a", 24h * 365, 3));
    EXPECT_EQ(scheduler.now() - log.start, 24h * 365 * 3);
    EXPECT_LT(std::chrono::steady_clock::now() - real_start, 24h);
}

TEST(VirtualScheduler, wakes_by_time_and_at_equal_times_by_who_slept_first) {
    VirtualScheduler scheduler;
    Log log{scheduler};
    TaskGroup group(scheduler);
    group.spawn(sleeper(log, "late", 30ms, 1));
    group.spawn(sleeper(log, "b", 10ms, 3));
    group.spawn(sleeper(log, "c", 10ms, 2));
    group.spawn(sleeper(log, "d", 20ms, 1));
    run(scheduler, group.join());
    // d fell asleep before b and c fell asleep again, and late before all of them.
    EXPECT_THAT(log.lines, ElementsAre("b@10", "c@10", "d@20", "b@20", "c@20", "late@30", "b@30"));
}

Task<void> random_walk(Log& log, std::string name, std::uint64_t seed) {
    SeededRng rng(seed);
    for (int i = 0; i < 50; ++i) {
        (void)co_await log.scheduler.sleep_for(std::chrono::milliseconds(rng.between(0, 3)));
        log.add(name);
    }
}

TEST(VirtualScheduler, the_same_tasks_see_the_same_times_on_every_run) {
    std::vector<std::string> first;
    for (int round = 0; round < 3; ++round) {
        VirtualScheduler scheduler;
        Log log{scheduler};
        TaskGroup group(scheduler);
        for (int i = 0; i < 10; ++i) {
            group.spawn(random_walk(log, std::to_string(i), static_cast<std::uint64_t>(i)));
        }
        run(scheduler, group.join());
        EXPECT_EQ(log.lines.size(), 500U);
        if (round == 0) {
            first = log.lines;
        }
        EXPECT_EQ(log.lines, first);
    }
}

TEST(VirtualScheduler, the_calendar_goes_with_the_clock) {
    VirtualScheduler scheduler;
    EXPECT_EQ(http::format_iso_time(scheduler.system_now()), "2026-01-01T00:00:00Z");
    scheduler.advance(36h);
    EXPECT_EQ(http::format_iso_time(scheduler.system_now()), "2026-01-02T12:00:00Z");
    const VirtualScheduler other(SystemTime(1s));
    EXPECT_EQ(http::format_iso_time(other.system_now()), "1970-01-01T00:00:01Z");
}

TEST(VirtualScheduler, advance_runs_what_is_due_and_no_more) {
    VirtualScheduler scheduler;
    Log log{scheduler};
    TaskGroup group(scheduler);
    group.spawn(sleeper(log, "a", 10ms, 5));
    scheduler.advance(0s);
    EXPECT_THAT(log.lines, ElementsAre());
    scheduler.advance(9ms);
    EXPECT_THAT(log.lines, ElementsAre());
    scheduler.advance(1ms);
    EXPECT_THAT(log.lines, ElementsAre("a@10"));
    scheduler.advance(25ms);
    EXPECT_THAT(log.lines, ElementsAre("a@10", "a@20", "a@30"));
    EXPECT_EQ(scheduler.now() - log.start, 35ms);  // the clock stands where it was told to
    scheduler.advance(1h);
    EXPECT_THAT(log.lines, ElementsAre("a@10", "a@20", "a@30", "a@40", "a@50"));
    EXPECT_EQ(group.running(), 0U);
}

TEST(VirtualScheduler, advances_to_the_end_of_time_and_not_beyond) {
    VirtualScheduler scheduler;
    scheduler.advance(Duration::max());
    EXPECT_EQ(scheduler.now(), SteadyTime::max());
    EXPECT_EQ(scheduler.system_now(), SystemTime::max());
}

Task<void> wait_for(Scheduler& scheduler, Event& event) {
    (void)co_await scheduler.wait(&event, SteadyTime::max());
}
Task<int> wait_then(Scheduler& scheduler, Event& event) {
    (void)co_await scheduler.wait(&event, SteadyTime::max());
    co_return 7;
}

TEST(VirtualScheduler, a_task_that_would_wait_for_ever_is_reported) {
    Event never;
    VirtualScheduler scheduler;
    try {
        run(scheduler, wait_for(scheduler, never));
        FAIL() << "nobody sets that event";
    } catch (const std::logic_error& error) {
        EXPECT_THAT(error.what(), HasSubstr("never happen"));
    }
}

TEST(VirtualScheduler, a_task_that_was_given_up_may_still_end_later) {
    Event event;
    VirtualScheduler scheduler;
    EXPECT_THROW((void)run(scheduler, wait_then(scheduler, event)), std::logic_error);
    event.set();
    scheduler.poll();  // writes its result where nobody looks, and to no memory that is gone
    EXPECT_TRUE(run(scheduler, scheduler.sleep_for(1s)).has_value());
}

TEST(VirtualScheduler, a_wait_without_end_does_not_hold_the_clock) {
    VirtualScheduler scheduler;
    Event event;
    TaskGroup group(scheduler);
    group.spawn(wait_for(scheduler, event));
    EXPECT_TRUE(run(scheduler, scheduler.sleep_for(1h)).has_value());
    event.set();
    run(scheduler, group.join());
}

TEST(VirtualScheduler, a_cancelled_sleep_leaves_no_timer_behind) {
    VirtualScheduler scheduler;
    Log log{scheduler};
    TaskGroup group(scheduler);
    group.spawn(sleeper(log, "a", 1h, 1));
    scheduler.poll();
    group.cancel();
    run(scheduler, group.join());
    EXPECT_THAT(log.lines, ElementsAre("a@0"));
    Event never;
    EXPECT_THROW(run(scheduler, wait_for(scheduler, never)), std::logic_error);
    EXPECT_EQ(scheduler.now(), log.start);  // there was no timer to jump to
}

TEST(VirtualScheduler, sleeping_for_nothing_lets_the_others_run_first) {
    VirtualScheduler scheduler;
    Log log{scheduler};
    TaskGroup group(scheduler);
    group.spawn(sleeper(log, "a", 0s, 2));
    group.spawn(sleeper(log, "b", 0s, 2));
    run(scheduler, group.join());
    EXPECT_THAT(log.lines, ElementsAre("a@0", "b@0", "a@0", "b@0"));
}

}  // namespace
}  // namespace apilab::runtime
