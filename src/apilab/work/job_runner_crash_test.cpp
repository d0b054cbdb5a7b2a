#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apilab/work/internal/worker_test.hpp"

namespace apilab::work {
namespace {

using namespace std::chrono_literals;

class CrashTest : public internal::WorkerTest {
protected:
    void enqueue_three() {
        for (const char* name : {"a", "b", "c"}) {
            enqueue({.kind = "k", .payload = name, .idempotency_key = name});
        }
    }
};

// Every place where it can wait is a place where it can die.
TEST_F(CrashTest, whenever_a_worker_vanishes_its_jobs_are_done_within_80_seconds) {
    std::size_t points = 0;
    for (std::size_t at = 1; at < 200; ++at) {
        SCOPED_TRACE("killed at wait " + std::to_string(at));
        forget_workers();
        store.reset();
        std::filesystem::remove_all(folder);
        std::filesystem::create_directory(folder);
        store = open();
        runs.clear();
        effects.clear();
        enqueue_three();

        auto& first = add_worker({.concurrency = 2, .poll = 5s});
        first.scheduler.kill_at_wait = at;
        first.runner.handle("k", does(first, 30s));
        start(first);
        pass(1s);  // it has begun before the others come
        auto& second = add_worker({.concurrency = 2, .poll = 5s});
        second.runner.handle("k", does(second, 30s));
        start(second);
        SteadyTime died = scheduler->now();
        for (int i = 0; i < 300 && !first.scheduler.dead; ++i) {
            pass(1s);
            died = scheduler->now();
        }
        if (!first.scheduler.dead) {
            break;
        }
        ++points;
        pass(80s - (scheduler->now() - died));
        EXPECT_EQ(counts().available, 0) << "each is done, or somebody is about it";
        pass(2min);
        EXPECT_EQ(counts(), (JobCounts{.done = 3}));
        EXPECT_EQ(effects.size(), 3);
    }
    EXPECT_GT(points, 50);
}

TEST_F(CrashTest, an_abandoned_job_runs_again_within_80_seconds) {
    auto& first = add_worker();
    first.runner.handle("k", does(first, 4min));
    start(first);
    enqueue({.kind = "k"});
    pass(70s);  // three heartbeats
    ASSERT_EQ(runs.size(), 1);
    first.scheduler.dead = true;
    auto& second = add_worker();
    second.runner.handle("k", does(second, 1s));
    start(second);
    pass(45s);
    EXPECT_EQ(runs.size(), 1) << "the lease of the last heartbeat";
    pass(35s);
    ASSERT_EQ(runs.size(), 2);
    EXPECT_EQ(runs[1].attempt, 2);
}

TEST_F(CrashTest, a_job_that_kills_every_worker_ends_as_a_dead_letter) {
    const auto id = enqueue({.kind = "k", .payload = "poison", .attempts_max = 3});
    for (int life = 0; life < 4; ++life) {
        auto& worker = add_worker();
        worker.runner.handle("k", [&worker](Job) -> runtime::Task<JobOutcome> {
            worker.scheduler.dead = true;
            return [](runtime::Scheduler* scheduler) -> runtime::Task<JobOutcome> {
                (void)co_await scheduler->sleep_for(1s);
                co_return JobOutcome::done();
            }(&worker.scheduler);
        });
        start(worker);
        pass(80s);
    }
    EXPECT_EQ(row(id).state, JobState::dead);
    EXPECT_EQ(row(id).job.attempt, 3);
    EXPECT_FALSE(workers.back().scheduler.dead) << "the fourth one was spared";
}

}  // namespace
}  // namespace apilab::work
