#include "apilab/runtime/semaphore.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "apilab/base/rng.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"

namespace apilab::runtime {
namespace {

using namespace std::chrono_literals;
using Permit = Semaphore::Permit;

Permit take(Scheduler& scheduler, Semaphore& semaphore) {
    return run(scheduler, semaphore.acquire()).value();
}

TEST(Semaphore, gives_what_is_there_and_takes_it_back) {
    VirtualScheduler scheduler;
    Semaphore semaphore(scheduler, 2);
    EXPECT_EQ(semaphore.available(), 2U);
    {
        const auto first = take(scheduler, semaphore);
        EXPECT_EQ(semaphore.available(), 1U);
        const auto second = take(scheduler, semaphore);
        EXPECT_EQ(semaphore.available(), 0U);
    }
    EXPECT_EQ(semaphore.available(), 2U);
    EXPECT_EQ(semaphore.waiting(), 0U);
}

TEST(Semaphore, a_permit_moves_and_goes_back_once) {
    VirtualScheduler scheduler;
    Semaphore semaphore(scheduler, 3);
    auto first = take(scheduler, semaphore);
    Permit moved(std::move(first));
    EXPECT_EQ(semaphore.available(), 2U);
    auto second = take(scheduler, semaphore);
    moved = std::move(second);  // what `moved` held goes back now, not when `second` goes
    EXPECT_EQ(semaphore.available(), 2U);
    moved = Permit();
    EXPECT_EQ(semaphore.available(), 3U);
    auto third = take(scheduler, semaphore);
    auto& self = third;
    third = std::move(self);
    EXPECT_EQ(semaphore.available(), 2U);
}

Task<void> hold(Scheduler& scheduler, Semaphore& semaphore, Duration duration, std::string name,
                std::vector<std::string>& log) {
    const auto permit = co_await semaphore.acquire();
    log.push_back(name + (permit ? "" : " refused"));
    (void)co_await scheduler.sleep_for(duration);
}

TEST(Semaphore, serves_who_came_first_first) {
    VirtualScheduler scheduler;
    Semaphore semaphore(scheduler, 1);
    TaskGroup group(scheduler);
    std::vector<std::string> log;
    group.spawn(hold(scheduler, semaphore, 5s, "a", log));
    group.spawn(hold(scheduler, semaphore, 1s, "b", log));
    group.spawn(hold(scheduler, semaphore, 3s, "c", log));
    group.spawn(hold(scheduler, semaphore, 0s, "d", log));
    scheduler.poll();
    EXPECT_EQ(semaphore.waiting(), 3U);
    run(scheduler, group.join());
    EXPECT_EQ(log, (std::vector<std::string>{"a", "b", "c", "d"}));
    EXPECT_EQ(semaphore.available(), 1U);
}

Task<void> release_and_take_again(Scheduler& scheduler, Semaphore& semaphore,
                                  std::vector<std::string>& log) {
    {
        const auto permit = co_await semaphore.acquire();
        (void)co_await scheduler.sleep_for(1s);
    }
    const auto permit = co_await semaphore.acquire();
    log.emplace_back("greedy");
}

TEST(Semaphore, nobody_overtakes_who_waits) {
    VirtualScheduler scheduler;
    Semaphore semaphore(scheduler, 1);
    TaskGroup group(scheduler);
    std::vector<std::string> log;
    group.spawn(release_and_take_again(scheduler, semaphore, log));
    group.spawn(hold(scheduler, semaphore, 1s, "patient", log));
    run(scheduler, group.join());
    EXPECT_EQ(log, (std::vector<std::string>{"patient", "greedy"}));
}

TEST(Semaphore, refuses_at_the_deadline) {
    VirtualScheduler scheduler;
    Semaphore semaphore(scheduler, 1);
    const auto permit = take(scheduler, semaphore);
    const auto start = scheduler.now();
    const auto refused = run(scheduler, semaphore.acquire(start + 2s));
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().kind(), ErrorKind::deadline);
    EXPECT_EQ(scheduler.now() - start, 2s);
    EXPECT_EQ(semaphore.waiting(), 0U);
    EXPECT_EQ(run(scheduler, semaphore.acquire(start)).error().kind(), ErrorKind::deadline);
}

TEST(Semaphore, gives_a_permit_that_is_there_whatever_the_deadline) {
    VirtualScheduler scheduler;
    Semaphore semaphore(scheduler, 1);
    EXPECT_TRUE(run(scheduler, semaphore.acquire(SteadyTime::min())).has_value());
}

Task<void> acquire_into(Semaphore& semaphore, SteadyTime deadline,
                        std::optional<Result<Permit>>& result) {
    result.emplace(co_await semaphore.acquire(deadline));
}

TEST(Semaphore, a_cancelled_wait_leaves_the_queue) {
    VirtualScheduler scheduler;
    Semaphore semaphore(scheduler, 1);
    auto permit = take(scheduler, semaphore);
    TaskGroup cancelled(scheduler);
    TaskGroup patient(scheduler);
    std::optional<Result<Permit>> first;
    std::optional<Result<Permit>> second;
    cancelled.spawn(acquire_into(semaphore, SteadyTime::max(), first));
    patient.spawn(acquire_into(semaphore, SteadyTime::max(), second));
    scheduler.poll();
    cancelled.cancel();
    run(scheduler, cancelled.join());
    ASSERT_TRUE(first.has_value());
    EXPECT_EQ(first->error().kind(), ErrorKind::cancelled);
    EXPECT_EQ(semaphore.waiting(), 1U);
    permit = Permit();
    run(scheduler, patient.join());
    EXPECT_TRUE(second->has_value());
}

Task<void> give_back_and_cancel(Permit permit, TaskGroup& group) {
    permit = Permit();
    group.cancel();
    co_return;
}

TEST(Semaphore, a_permit_that_comes_with_the_cancellation_is_not_lost) {
    VirtualScheduler scheduler;
    Semaphore semaphore(scheduler, 1);
    TaskGroup group(scheduler);
    std::optional<Result<Permit>> result;
    auto permit = take(scheduler, semaphore);
    group.spawn(acquire_into(semaphore, SteadyTime::max(), result));
    scheduler.poll();
    run(scheduler, give_back_and_cancel(std::move(permit), group));
    run(scheduler, group.join());
    ASSERT_TRUE(result.has_value());
    EXPECT_TRUE(result->has_value());
    EXPECT_EQ(semaphore.available(), 0U);
    result.reset();
    EXPECT_EQ(semaphore.available(), 1U);
}

Task<void> cancel_then_acquire(TaskGroup& own, Semaphore& semaphore,
                               std::optional<Result<Permit>>& result) {
    own.cancel();
    result.emplace(co_await semaphore.acquire());
}

TEST(Semaphore, who_was_cancelled_before_does_not_queue) {
    VirtualScheduler scheduler;
    Semaphore semaphore(scheduler, 1);
    const auto permit = take(scheduler, semaphore);
    TaskGroup group(scheduler);
    std::optional<Result<Permit>> result;
    group.spawn(cancel_then_acquire(group, semaphore, result));
    run(scheduler, group.join());
    EXPECT_EQ(result->error().kind(), ErrorKind::cancelled);
}

Task<void> hold_for_ever(Scheduler& scheduler, Semaphore& semaphore) {
    const auto permit = co_await semaphore.acquire();
    Event never;
    (void)co_await scheduler.wait(&never, SteadyTime::max());
}

TEST(Semaphore, may_go_before_its_permits_and_waiters_when_all_is_torn_down) {
    VirtualScheduler scheduler;
    auto semaphore = std::make_unique<Semaphore>(scheduler, 1);
    auto permit = take(scheduler, *semaphore);
    EXPECT_THROW(run(scheduler, hold_for_ever(scheduler, *semaphore)), std::logic_error);
    semaphore.reset();
    permit = Permit();
    // The scheduler goes last; its tasks then let go of what they hold (AddressSanitizer watches).
}

Task<void> take_and_keep(Semaphore& semaphore, Permit& kept) {
    kept = (co_await semaphore.acquire()).value();
}

TEST(Semaphore, a_permit_on_its_way_to_a_task_that_goes_comes_back) {
    auto scheduler = std::make_unique<VirtualScheduler>();
    Semaphore semaphore(*scheduler, 1);
    auto permit = take(*scheduler, semaphore);
    Permit kept;
    EXPECT_THROW(run(*scheduler, take_and_keep(semaphore, kept)), std::logic_error);
    permit = Permit();  // granted to the one who waits, who will never run again
    EXPECT_EQ(semaphore.available(), 0U);
    scheduler.reset();
    EXPECT_EQ(semaphore.available(), 1U);
}

// What may happen to a permit: held, given up on, or cancelled, at moments that collide on purpose.
struct Tally {
    int inside = 0;
    int most = 0;
    int served = 0;
    int refused = 0;
};

Task<void> visitor(Scheduler& scheduler, Semaphore& semaphore, SteadyTime arrival,
                   SteadyTime deadline, Duration stay, Tally& tally) {
    (void)co_await scheduler.sleep_until(arrival);
    const auto permit = co_await semaphore.acquire(deadline);
    if (!permit) {
        ++tally.refused;
        co_return;
    }
    ++tally.served;
    ++tally.inside;
    tally.most = std::max(tally.most, tally.inside);
    (void)co_await scheduler.sleep_for(stay);
    --tally.inside;
}

Task<void> cancel_at(Scheduler& scheduler, SteadyTime time, TaskGroup& group) {
    (void)co_await scheduler.sleep_until(time);
    group.cancel();
}

TEST(Semaphore, loses_and_invents_no_permit_under_any_schedule) {
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        SeededRng rng(seed);
        VirtualScheduler scheduler;
        const auto permits = static_cast<std::size_t>(rng.between(1, 3));
        Semaphore semaphore(scheduler, permits);
        Tally tally;
        const auto moment = [&] {
            return scheduler.now() + std::chrono::milliseconds(rng.between(0, 12));
        };
        constexpr int groups = 12;
        std::vector<std::unique_ptr<TaskGroup>> visitors;
        TaskGroup cancellers(scheduler);
        for (int i = 0; i < groups; ++i) {
            auto& group = *visitors.emplace_back(std::make_unique<TaskGroup>(scheduler));
            for (int j = 0; j < 2; ++j) {
                const auto deadline = rng.between(0, 2) == 0 ? moment() : SteadyTime::max();
                group.spawn(visitor(scheduler, semaphore, moment(), deadline,
                                    std::chrono::milliseconds(rng.between(0, 4)), tally));
            }
            if (rng.between(0, 1) == 0) {
                cancellers.spawn(cancel_at(scheduler, moment(), group));
            }
        }
        for (const auto& group : visitors) {
            run(scheduler, group->join());
        }
        run(scheduler, cancellers.join());
        ASSERT_EQ(semaphore.available(), permits);
        ASSERT_EQ(semaphore.waiting(), 0U);
        ASSERT_EQ(tally.inside, 0);
        ASSERT_LE(tally.most, static_cast<int>(permits));
        ASSERT_EQ(tally.served + tally.refused, 2 * groups);
    }
}

}  // namespace
}  // namespace apilab::runtime
