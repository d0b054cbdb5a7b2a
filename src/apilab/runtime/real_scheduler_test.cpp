#include "apilab/runtime/real_scheduler.hpp"

#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <stdexcept>
#include <thread>

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

}  // namespace
}  // namespace apilab::runtime
