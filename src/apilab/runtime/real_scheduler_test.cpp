#include "apilab/runtime/real_scheduler.hpp"

#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <stdexcept>
#include <thread>
#include <vector>

#include "apilab/runtime/task_group.hpp"

namespace apilab::runtime {
namespace {

using namespace std::chrono_literals;

Task<void> sleep(Scheduler& scheduler, Duration duration) {
    (void)co_await scheduler.sleep_for(duration);
}

TEST(RealScheduler, tells_the_machines_time) {
    const RealScheduler scheduler;
    const auto before = std::chrono::steady_clock::now();
    const SteadyTime now = scheduler.now();
    EXPECT_GE(now, before);
    EXPECT_LE(now, std::chrono::steady_clock::now());
    EXPECT_GT(scheduler.system_now(), SystemTime(std::chrono::seconds(1'577'836'800)));
}

// A day at ten thousand times the speed is nine seconds; nothing here waits for more than a moment.
TEST(RealScheduler, at_another_speed_time_and_waits_agree) {
    RealScheduler scheduler(10'000);
    EXPECT_EQ(scheduler.speed(), 10'000);
    const SteadyTime began = scheduler.now();
    const SystemTime date = scheduler.system_now();
    const SteadyTime machine = std::chrono::steady_clock::now();
    run(scheduler, sleep(scheduler, 60s));
    EXPECT_GE(scheduler.now() - began, 60s);
    EXPECT_GE(scheduler.system_now() - date, 60s);
    EXPECT_GE(std::chrono::steady_clock::now() - machine, 6ms);
    EXPECT_EQ(scheduler.real_time_of(began + 10'000s) - scheduler.real_time_of(began), 1s);
}

TEST(RealScheduler, its_speed_is_kept_within_what_can_be_told_apart) {
    EXPECT_EQ(RealScheduler(0).speed(), 1);
    EXPECT_EQ(RealScheduler(1'000'000).speed(), 10'000);
}

Task<void> stop(RealScheduler& scheduler) {
    scheduler.stop();
    co_return;
}

TEST(RealScheduler, run_ends_when_nothing_is_left_to_do) {
    RealScheduler scheduler;
    TaskGroup group(scheduler);
    group.spawn(sleep(scheduler, 1ms));
    scheduler.run();
    EXPECT_EQ(group.running(), 0U);
    scheduler.run();  // again, with nothing at all
}

TEST(RealScheduler, stop_ends_run_from_another_thread) {
    RealScheduler scheduler;
    TaskGroup group(scheduler);
    group.spawn(sleep(scheduler, 1h));
    std::thread stopper;
    boost::asio::post(scheduler.executor(),
                      [&] { stopper = std::thread([&scheduler] { scheduler.stop(); }); });
    scheduler.run();
    stopper.join();
    EXPECT_EQ(group.running(), 1U);
    group.cancel();
    run(scheduler, group.join());  // a stopped scheduler can be run again
}

TEST(RealScheduler, stopped_before_the_task_was_over_it_says_so) {
    RealScheduler scheduler;
    TaskGroup group(scheduler);
    group.spawn(stop(scheduler));
    EXPECT_THROW((void)run(scheduler, scheduler.sleep_for(1h)), std::logic_error);
    run(scheduler, group.join());
}

TEST(RealScheduler, tasks_resume_on_the_thread_that_runs_it) {
    RealScheduler scheduler;
    std::thread::id seen;
    std::thread runner([&] {
        scheduler.run_until_complete(sleep(scheduler, 1ms));
        boost::asio::post(scheduler.executor(), [&] { seen = std::this_thread::get_id(); });
        scheduler.poll();
    });
    const auto runners_id = runner.get_id();
    runner.join();
    EXPECT_EQ(seen, runners_id);
}

Task<void> note_when(Scheduler& scheduler, SteadyTime time, std::vector<SteadyTime>& woken) {
    (void)co_await scheduler.sleep_until(time);
    woken.push_back(scheduler.now());
}

Task<void> sleep_thrice(Scheduler& scheduler, Duration each, std::vector<SteadyTime>& woken) {
    for (int i = 0; i < 3; ++i) {
        (void)co_await scheduler.sleep_for(each);
        woken.push_back(scheduler.now());
    }
}

TEST(MovedClock, that_stands_shows_one_time_and_one_date) {
    RealScheduler scheduler;
    scheduler.freeze_at(SystemTime(std::chrono::hours(24)));
    const SteadyTime now = scheduler.now();
    scheduler.poll();
    EXPECT_EQ(scheduler.now(), now);
    EXPECT_EQ(scheduler.system_now(), SystemTime(std::chrono::hours(24)));
    run(scheduler, scheduler.advance(1h));
    EXPECT_EQ(scheduler.now(), now + 1h);
    EXPECT_EQ(scheduler.system_now(), SystemTime(std::chrono::hours(25)));
    EXPECT_TRUE(scheduler.stands());
    scheduler.resume();
    EXPECT_FALSE(scheduler.stands());
    EXPECT_GE(scheduler.now(), now + 1h);
    EXPECT_LT(scheduler.now(), now + 2h);
}

TEST(MovedClock, sleeps_end_each_at_its_own_time_in_order) {
    RealScheduler scheduler;
    scheduler.freeze();
    const SteadyTime began = scheduler.now();
    std::vector<SteadyTime> woken;
    TaskGroup group(scheduler);
    group.spawn(sleep_thrice(scheduler, 20min, woken));
    group.spawn(note_when(scheduler, began + 30min, woken));
    group.spawn(note_when(scheduler, began + 2h, woken));
    scheduler.poll();
    EXPECT_TRUE(woken.empty());
    run(scheduler, scheduler.advance(1h));
    EXPECT_EQ(woken,
              (std::vector<SteadyTime>{began + 20min, began + 30min, began + 40min, began + 1h}));
    run(scheduler, scheduler.advance(1h));
    EXPECT_EQ(woken.back(), began + 2h);
    EXPECT_EQ(group.running(), 0U);
}

TEST(MovedClock, that_goes_on_is_put_forward_and_goes_on) {
    RealScheduler scheduler;
    std::vector<SteadyTime> woken;
    TaskGroup group(scheduler);
    const SteadyTime began = scheduler.now();
    group.spawn(note_when(scheduler, began + 10h, woken));
    run(scheduler, scheduler.advance(10h));
    EXPECT_EQ(woken.size(), 1U);
    EXPECT_FALSE(scheduler.stands());
    EXPECT_GE(scheduler.moved(), 10h - 1min);
    run(scheduler, sleep(scheduler, 1ms));  // and its timers are right
}

TEST(MovedClock, a_sleep_under_a_clock_that_stands_is_cancelled_as_any_other) {
    RealScheduler scheduler;
    scheduler.freeze();
    std::vector<SteadyTime> woken;
    TaskGroup group(scheduler);
    group.spawn(note_when(scheduler, scheduler.now() + 1h, woken));
    scheduler.poll();
    scheduler.resume();
    scheduler.freeze();
    group.cancel();
    run(scheduler, group.join());
    EXPECT_EQ(woken.size(), 1U);
    EXPECT_LT(woken.front(), scheduler.now() + 1h);
}

TEST(MovedClock, a_wait_by_the_machine_does_not_stand) {
    RealScheduler scheduler;
    scheduler.freeze();
    EXPECT_EQ(run(scheduler, scheduler.wait_by_machine(nullptr, 1ms)), Scheduler::Woken::time);
    EXPECT_EQ(run(scheduler, scheduler.wait(nullptr, scheduler.now())), Scheduler::Woken::time);
}

}  // namespace
}  // namespace apilab::runtime
