#include "apilab/runtime/signals.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <vector>

#include "apilab/runtime/scheduler.hpp"

namespace apilab::runtime {
namespace {

Task<void> until_told(RealScheduler& scheduler, Event& told) {
    (void)co_await scheduler.wait(&told, SteadyTime::max());
}

TEST(Signals, are_told_on_the_schedulers_thread_as_long_as_somebody_listens) {
    RealScheduler scheduler;
    std::vector<int> seen;
    Event told;
    {
        const Signals signals(scheduler, {SIGUSR1, SIGUSR2}, [&](int number) {
            seen.push_back(number);
            if (number == SIGUSR2) {
                told.set();
            } else {
                (void)::raise(SIGUSR2);
            }
        });
        (void)::raise(SIGUSR1);
        EXPECT_TRUE(seen.empty()) << "not within the signal itself";
        run(scheduler, until_told(scheduler, told));
    }
    EXPECT_EQ(seen, (std::vector<int>{SIGUSR1, SIGUSR2}));
    scheduler.poll();  // the watching has ended: nothing is left that would wait
}

}  // namespace
}  // namespace apilab::runtime
