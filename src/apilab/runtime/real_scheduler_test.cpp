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

TEST(RealScheduler, tells_the_machines_time) {
    const RealScheduler scheduler;
    const auto before = std::chrono::steady_clock::now();
    const SteadyTime now = scheduler.now();
    EXPECT_GE(now, before);
    EXPECT_LE(now, std::chrono::steady_clock::now());
    EXPECT_GT(scheduler.system_now(), SystemTime(std::chrono::seconds(1'577'836'800)));
}

Task<void> sleep(Scheduler& scheduler, Duration duration) {
    (void)co_await scheduler.sleep_for(duration);
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
