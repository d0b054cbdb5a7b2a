// Order, bursts and clocks, as a worker sees them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apilab/work/internal/worker_test.hpp"

namespace apilab::work {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

class JobOrderTest : public internal::WorkerTest {};

TEST_F(JobOrderTest, jobs_of_one_key_run_in_their_order_also_when_one_is_tried_again) {
    auto& worker = add_worker();
    worker.runner.handle("k", does(worker, 1s, [](const Job& job) {
                             return job.payload == "a1" && job.attempt < 3
                                        ? JobOutcome::retry("HTTP 503")
                                        : JobOutcome::done();
                         }));
    for (const char* name : {"a1", "a2", "a3"}) {
        enqueue({.kind = "k", .payload = name, .order_key = "a"});
    }
    enqueue({.kind = "k", .payload = "b1", .order_key = "b"});
    start(worker);
    pass(1h);
    EXPECT_THAT(payloads(), ElementsAre("a1", "b1", "a1", "a1", "a2", "a3"));
    EXPECT_EQ(runs[5].at - runs[4].at, 1s) << "the next one does not wait for a poll";
}

TEST_F(JobOrderTest, a_dead_letter_does_not_hold_up_the_later_ones) {
    auto& worker = add_worker();
    worker.runner.handle("k", does(worker, 1s, [](const Job& job) {
                             return job.payload == "a1" ? JobOutcome::dead("HTTP 410")
                                                        : JobOutcome::done();
                         }));
    enqueue({.kind = "k", .payload = "a1", .order_key = "a"});
    enqueue({.kind = "k", .payload = "a2", .order_key = "a"});
    start(worker);
    pass(5s);
    EXPECT_THAT(payloads(), ElementsAre("a1", "a2"));
    EXPECT_EQ(counts().done, 1);
}

TEST_F(JobOrderTest, two_workers_keep_the_order_of_a_key) {
    for (int i = 0; i < 20; ++i) {
        enqueue({.kind = "k", .payload = std::to_string(100 + i), .order_key = "a"});
    }
    for (int i = 0; i < 2; ++i) {
        auto& worker = add_worker({.worker = "w" + std::to_string(i)});
        worker.runner.handle("k", does(worker, 100ms));
        start(worker);
    }
    pass(5min);
    EXPECT_EQ(most_active, 1);
    EXPECT_EQ(runs.size(), 20);
    EXPECT_TRUE(std::ranges::is_sorted(payloads()));
}

TEST_F(JobOrderTest, a_burst_of_a_thousand_about_one_thing_is_run_once_with_the_last_state) {
    auto& worker = add_worker();
    worker.runner.handle("k", does(worker, 1s));
    for (int i = 1; i <= 1000; ++i) {
        enqueue({.kind = "k",
                 .payload = std::to_string(i),
                 .coalesce_key = "repo:a",
                 .entity = "repo:a",
                 .version = i,
                 .run_at = now() + 5s});
    }
    start(worker);
    pass(10s);
    EXPECT_THAT(payloads(), ElementsAre("1000"));
    EXPECT_EQ(counts().done, 1);
}

TEST_F(JobOrderTest, what_comes_while_it_runs_is_run_once_more) {
    auto& worker = add_worker();
    worker.runner.handle("k", does(worker, 2s));
    enqueue({.kind = "k", .payload = "1", .coalesce_key = "a"});
    start(worker);
    pass(1s);
    for (int i = 2; i <= 50; ++i) {
        enqueue({.kind = "k", .payload = std::to_string(i), .coalesce_key = "a"});
    }
    pass(10s);
    EXPECT_THAT(payloads(), ElementsAre("1", "50"));
}

// Time as the machine tells it, for all who have the store open.
void set_clocks(std::list<internal::Worker>& workers, Duration by) {
    for (auto& worker : workers) {
        worker.scheduler.set_by = by;
    }
}

TEST_F(JobOrderTest, a_clock_that_is_set_forward_or_back_by_an_hour_loses_nothing) {
    for (const Duration by : {Duration(1h), Duration(-1h)}) {
        SCOPED_TRACE(by.count());
        runs.clear();
        effects.clear();
        forget_workers();
        for (int i = 0; i < 2; ++i) {
            auto& worker = add_worker({.worker = "w" + std::to_string(i)});
            worker.runner.handle("k", does(worker, 90s));
            start(worker);
        }
        const auto before = counts().done;
        for (int i = 0; i < 10; ++i) {
            enqueue({.kind = "k", .idempotency_key = std::to_string(i)});
        }
        pass(10s);
        set_clocks(workers, by);
        pass(3h);
        EXPECT_EQ(counts().done - before, 10);
        EXPECT_EQ(counts().available + counts().running + counts().dead, 0);
        EXPECT_EQ(effects.size(), 10);
    }
}

TEST_F(JobOrderTest, a_clock_that_is_set_back_doubles_nothing) {
    for (int i = 0; i < 2; ++i) {
        auto& worker = add_worker({.worker = "w" + std::to_string(i)});
        worker.runner.handle("k", does(worker, 90s));
        start(worker);
    }
    for (int i = 0; i < 10; ++i) {
        enqueue({.kind = "k"});
    }
    pass(10s);
    set_clocks(workers, -1h);
    pass(3h);
    EXPECT_EQ(runs.size(), 10);
}

}  // namespace
}  // namespace apilab::work
