#include "apilab/work/job_runner.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "apilab/work/internal/test_store.hpp"
#include "apilab/work/internal/worker_test.hpp"

namespace apilab::work {
namespace {

using namespace std::chrono_literals;
using internal::Worker;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;
using testing::UnorderedElementsAre;

class JobRunnerTest : public internal::WorkerTest {};

TEST_F(JobRunnerTest, a_job_is_run_and_what_it_wants_sent_is_kept_with_its_end) {
    auto& worker = add_worker();
    worker.runner.handle("push", does(worker, 1s, [](const Job& job) {
                             return JobOutcome::done({{.target = "slack", .key = job.payload}});
                         }));
    const auto id = enqueue({.kind = "push", .payload = "p1"});
    start(worker);
    pass(2s);
    EXPECT_EQ(row(id).state, JobState::done);
    ASSERT_EQ(store->messages({}, 10)->size(), 1);
    EXPECT_EQ(store->messages({}, 10)->at(0).job, id);
    const auto stats = worker.runner.stats();
    EXPECT_EQ(stats.claimed, 1);
    EXPECT_EQ(stats.done, 1);
    EXPECT_EQ(stats.running, 0);
}

TEST_F(JobRunnerTest, each_begin_and_end_is_told) {
    std::vector<std::string> news;
    auto& worker =
        add_worker({.attempt_timeout = 5s, .told = [&news](const JobNews& told) {
                        news.push_back(fmt::format("{} {} {} {}", told.job.payload, told.outcome,
                                                   told.took / Duration(1s), told.reason));
                    }});
    worker.runner.handle("k", does(worker, 2s, [](const Job& job) {
                             return job.payload == "bad" ? JobOutcome::dead("no such channel")
                                                         : JobOutcome::done();
                         }));
    worker.runner.handle("slow", does(worker, 1min));
    enqueue({.kind = "k", .payload = "good"});
    start(worker);
    pass(3s);
    EXPECT_THAT(news, ElementsAre("good began 0 ", "good done 2 "));
    news.clear();
    enqueue({.kind = "k", .payload = "bad"});
    pass(4s);
    EXPECT_THAT(news, ElementsAre("bad began 0 ", "bad dead 2 no such channel"));
    news.clear();
    enqueue({.kind = "none", .payload = "x"});
    enqueue({.kind = "slow", .payload = "slow"});
    pass(7s);
    EXPECT_THAT(news, UnorderedElementsAre(StartsWith("x dead 0 no handler"), "slow began 0 ",
                                           StartsWith("slow retry 5 no end within")));
}

TEST_F(JobRunnerTest, no_more_run_at_a_time_than_there_are_slots) {
    auto& worker = add_worker({.concurrency = 3});
    worker.runner.handle("k", does(worker, 1s));
    for (int i = 0; i < 10; ++i) {
        enqueue({.kind = "k"});
    }
    start(worker);
    pass(3500ms);
    EXPECT_EQ(most_active, 3);
    EXPECT_EQ(counts().done, 9);
    pass(1s);
    EXPECT_EQ(counts().done, 10) << "a slot is filled as soon as it is free, not at the next poll";
}

TEST_F(JobRunnerTest, a_stale_job_is_completed_and_not_run) {
    auto& worker = add_worker();
    worker.runner.handle("k", does(worker));
    enqueue({.kind = "k", .payload = "new", .entity = "repo:a", .version = 2});
    start(worker);
    pass(2s);
    enqueue({.kind = "k", .payload = "old", .entity = "repo:a", .version = 1});
    pass(2s);
    EXPECT_THAT(payloads(), ElementsAre("new"));
    EXPECT_EQ(counts().done, 2);
    EXPECT_EQ(worker.runner.stats().stale, 1);
}

TEST_F(JobRunnerTest, a_kind_that_nobody_handles_is_a_dead_letter_that_says_so) {
    auto& worker = add_worker();
    worker.runner.handle("pull", does(worker));
    worker.runner.handle("push", does(worker));
    const auto id = enqueue({.kind = "posh"});
    start(worker);
    pass(2s);
    EXPECT_EQ(row(id).state, JobState::dead);
    EXPECT_EQ(row(id).reason, "no handler for the kind `posh`; known are: pull, push");
}

TEST_F(JobRunnerTest, what_is_permanent_is_a_dead_letter_after_one_attempt) {
    auto& worker = add_worker({.poll = 1min});
    worker.runner.handle("k", does(worker, 0s, [](const Job&) {
                             return JobOutcome::dead("HTTP 422: no such channel");
                         }));
    const auto id = enqueue({.kind = "k"});
    start(worker);
    pass(24h);
    EXPECT_EQ(row(id).state, JobState::dead);
    EXPECT_EQ(row(id).reason, "HTTP 422: no such channel");
    EXPECT_EQ(runs.size(), 1);
}

TEST_F(JobRunnerTest, a_poison_job_is_a_dead_letter_in_the_end_and_the_rest_flows) {
    auto& worker = add_worker({.concurrency = 1, .poll = 1min});
    worker.runner.handle("k", does(worker, 10ms, [](const Job& job) {
                             return job.payload == "poison" ? JobOutcome::retry("HTTP 500")
                                                            : JobOutcome::done();
                         }));
    const auto id = enqueue({.kind = "k", .payload = "poison", .attempts_max = 4});
    for (int i = 0; i < 20; ++i) {
        enqueue({.kind = "k"});
    }
    start(worker);
    pass(4s);
    EXPECT_EQ(counts().done, 20) << "it does not stand in their way";
    pass(24h);
    EXPECT_EQ(row(id).state, JobState::dead);
    EXPECT_EQ(row(id).reason, "attempt 4 of 4: HTTP 500");
    EXPECT_EQ(worker.runner.stats().retried, 3);
}

TEST_F(JobRunnerTest, a_handler_that_throws_takes_nobody_with_it) {
    auto& worker = add_worker();
    worker.runner.handle("k", does(worker, 0s, [](const Job& job) -> JobOutcome {
                             if (job.attempt == 1) {
                                 throw std::runtime_error("oops");
                             }
                             return JobOutcome::done();
                         }));
    const auto id = enqueue({.kind = "k"});
    start(worker);
    pass(2s);
    EXPECT_EQ(row(id).reason, "the handler threw: oops");
    pass(1min);
    EXPECT_EQ(row(id).state, JobState::done);
}

TEST_F(JobRunnerTest, an_attempt_that_takes_too_long_is_cancelled_and_tried_again) {
    auto& worker = add_worker({.attempt_timeout = 10s});
    worker.runner.handle("k", does(worker, 1h));
    const auto id = enqueue({.kind = "k"});
    start(worker);
    pass(11s);
    EXPECT_EQ(cancelled, 1);
    EXPECT_EQ(row(id).state, JobState::available);
    EXPECT_EQ(row(id).reason, "no end within 10 s");
    EXPECT_EQ(worker.runner.stats().timed_out, 1);
}

TEST_F(JobRunnerTest, a_long_job_keeps_its_lease) {
    auto& worker = add_worker({.lease = 60s, .attempt_timeout = 2h});
    auto& other = add_worker({.lease = 60s});
    worker.runner.handle("k", does(worker, 1h));
    other.runner.handle("k", does(other));
    start(worker);
    pass(1ms);
    enqueue({.kind = "k"});
    worker.runner.wake();
    pass(1s);
    start(other);
    pass(2h);
    EXPECT_EQ(runs.size(), 1);
    EXPECT_EQ(counts().done, 1);
}

TEST_F(JobRunnerTest, a_handler_whose_lease_was_lost_is_stopped_and_its_end_changes_nothing) {
    auto& worker = add_worker();
    worker.runner.handle("k", does(worker, 4min));
    const auto id = enqueue({.kind = "k"});
    start(worker);
    pass(1s);
    const auto stolen = store->claim({.worker = "thief"}, now() + 2h).value();
    ASSERT_EQ(stolen.size(), 1);
    pass(21s);
    EXPECT_EQ(cancelled, 1) << "by the next heartbeat";
    EXPECT_EQ(worker.runner.stats().lost, 1);
    EXPECT_EQ(row(id).state, JobState::running);
    EXPECT_TRUE(store->complete(stolen[0].ref, {}, false, now()).value());
}

TEST_F(JobRunnerTest, who_ends_too_late_is_told_and_nothing_is_done_twice) {
    auto& worker = add_worker();
    worker.runner.handle("k", does(worker, 10s));
    const auto id = enqueue({.kind = "k"});
    start(worker);
    pass(1s);
    ASSERT_EQ(store->claim({.worker = "thief"}, now() + 2h)->size(), 1);
    pass(10s);
    EXPECT_EQ(worker.runner.stats().late, 1);
    EXPECT_EQ(row(id).state, JobState::running) << "it is the other one's";
}

TEST_F(JobRunnerTest, a_hint_of_the_other_side_is_waited_for) {
    auto& worker = add_worker();
    worker.runner.handle("k", does(worker, 0s, [](const Job& job) {
                             return job.attempt == 1 ? JobOutcome::retry("HTTP 429", 10min)
                                                     : JobOutcome::done();
                         }));
    enqueue({.kind = "k"});
    start(worker);
    pass(1h);
    ASSERT_EQ(runs.size(), 2);
    EXPECT_GE(runs[1].at - runs[0].at, 10min);
    EXPECT_LE(runs[1].at - runs[0].at, 10min + 6s);
}

TEST_F(JobRunnerTest, polls_by_itself_and_a_hint_makes_it_sooner) {
    auto& worker = add_worker({.poll = 1min});
    worker.runner.handle("k", does(worker));
    start(worker);
    pass(5s);
    enqueue({.kind = "k", .payload = "hinted"});
    worker.runner.wake();
    pass(100ms);
    EXPECT_THAT(payloads(), ElementsAre("hinted"));
    enqueue({.kind = "k", .payload = "polled"});
    pass(1s);
    EXPECT_EQ(runs.size(), 1);
    pass(1min);
    EXPECT_THAT(payloads(), ElementsAre("hinted", "polled"));
}

TEST_F(JobRunnerTest, what_is_due_later_is_run_on_time_not_at_the_next_poll) {
    auto& worker = add_worker({.poll = 1min});
    worker.runner.handle("k", does(worker));
    enqueue({.kind = "k", .run_at = now() + 7s});
    start(worker);
    pass(1h);
    ASSERT_EQ(runs.size(), 1);
    EXPECT_EQ(runs[0].at, 7s);
}

TEST_F(JobRunnerTest, a_storm_of_hints_is_no_storm_of_questions) {
    auto& worker = add_worker({.poll = 1s, .hint_pause = 100ms});
    start(worker);
    pass(1s);
    const auto before = worker.runner.stats().looks;
    for (int i = 0; i < 1000; ++i) {
        worker.runner.wake();
        pass(1ms);
    }
    EXPECT_LE(worker.runner.stats().looks - before, 11);
}

TEST_F(JobRunnerTest, nothing_of_a_paused_queue_is_begun_until_it_goes_on) {
    auto& worker = add_worker();
    worker.runner.handle("k", does(worker));
    ASSERT_TRUE(store->pause("default", "an incident", now()));
    enqueue({.kind = "k"});
    start(worker);
    pass(1h);
    EXPECT_TRUE(runs.empty());
    EXPECT_LE(worker.runner.stats().looks, 3700) << "it is polled and no more";
    ASSERT_TRUE(store->resume("default").value());
    pass(2s);
    EXPECT_EQ(runs.size(), 1);
}

TEST_F(JobRunnerTest, is_of_one_queue) {
    auto& worker = add_worker({.queue = "a"});
    worker.runner.handle("k", does(worker));
    enqueue({.queue = "b", .kind = "k", .payload = "b"});
    enqueue({.queue = "a", .kind = "k", .payload = "a"});
    start(worker);
    pass(10s);
    EXPECT_THAT(payloads(), ElementsAre("a"));
}

TEST_F(JobRunnerTest, told_to_stop_it_begins_nothing_and_what_runs_has_its_grace) {
    auto& worker = add_worker({.concurrency = 1, .grace = 20s});
    worker.runner.handle("k", does(worker, 10s));
    const auto first = enqueue({.kind = "k"});
    const auto second = enqueue({.kind = "k"});
    start(worker);
    pass(5s);
    worker.runner.stop();
    pass(6s);
    EXPECT_EQ(row(first).state, JobState::done);
    EXPECT_EQ(row(second).state, JobState::available);
    EXPECT_EQ(row(second).job.attempt, 0);
    EXPECT_EQ(worker.tasks.running(), 0) << "run() is over before the grace is";
}

TEST_F(JobRunnerTest, after_its_grace_a_job_is_given_back_and_the_attempt_was_none) {
    auto& worker = add_worker({.grace = 20s});
    worker.runner.handle("k", does(worker, 4min));
    const auto id = enqueue({.kind = "k"});
    start(worker);
    pass(5s);
    worker.runner.stop();
    pass(21s);
    EXPECT_EQ(worker.tasks.running(), 0);
    EXPECT_EQ(cancelled, 1);
    EXPECT_EQ(worker.runner.stats().returned, 1);
    EXPECT_EQ(row(id).state, JobState::available);
    EXPECT_EQ(row(id).job.attempt, 0);
    EXPECT_LE(row(id).due, now()) << "the next process begins it at once";
}

TEST_F(JobRunnerTest, cancelled_it_gives_back_at_once) {
    auto& worker = add_worker();
    worker.runner.handle("k", does(worker, 4min));
    const auto id = enqueue({.kind = "k"});
    start(worker);
    pass(5s);
    worker.tasks.cancel();
    pass(1s);
    EXPECT_EQ(worker.tasks.running(), 0);
    EXPECT_EQ(row(id).state, JobState::available);
    EXPECT_EQ(row(id).job.attempt, 0);
}

TEST_F(JobRunnerTest, an_outcome_that_the_store_refuses_is_a_dead_letter) {
    auto& worker = add_worker();
    worker.runner.handle("k", does(worker, 0s, [](const Job&) {
                             return JobOutcome::done({{.target = "NOT A NAME", .key = "k"}});
                         }));
    const auto id = enqueue({.kind = "k"});
    start(worker);
    pass(10s);
    EXPECT_EQ(row(id).state, JobState::dead);
    EXPECT_THAT(row(id).reason, HasSubstr("the store refused its outcome"));
    EXPECT_EQ(runs.size(), 1);
}

TEST_F(JobRunnerTest, dead_letters_are_redriven_at_their_pace_under_the_same_keys) {
    auto& worker = add_worker();
    bool mended = false;
    worker.runner.handle("k", does(worker, 0s, [&mended](const Job&) {
                             return mended ? JobOutcome::done() : JobOutcome::dead("HTTP 401");
                         }));
    for (int i = 0; i < 5; ++i) {
        enqueue({.kind = "k", .payload = std::to_string(i), .idempotency_key = std::to_string(i)});
    }
    start(worker);
    pass(2s);
    ASSERT_EQ(counts().dead, 5);
    mended = true;
    runs.clear();
    ASSERT_EQ(store->redrive({.reason_has = "401"}, 10s, 100, now()).value(), 5);
    pass(25s);
    EXPECT_EQ(runs.size(), 3);
    pass(20s);
    ASSERT_EQ(runs.size(), 5);
    for (std::size_t i = 1; i < runs.size(); ++i) {
        EXPECT_GE(runs[i].at - runs[i - 1].at, 9s);
    }
    EXPECT_THAT(payloads(), ElementsAre("0", "1", "2", "3", "4"));
    EXPECT_EQ(effects.size(), 5) << "the same key each time";
    EXPECT_EQ(counts().done, 5);
}

TEST_F(JobRunnerTest, two_on_one_store_never_run_a_job_twice) {
    for (int i = 0; i < 200; ++i) {
        enqueue({.kind = "k", .payload = std::to_string(i)});
    }
    for (int i = 0; i < 2; ++i) {
        auto& worker = add_worker({.worker = "w" + std::to_string(i), .concurrency = 7});
        worker.runner.handle("k", does(worker, 300ms));
        start(worker);
    }
    pass(1min);
    EXPECT_EQ(runs.size(), 200);
    EXPECT_EQ(counts().done, 200);
    EXPECT_GT(workers.front().runner.stats().done, 50);
    EXPECT_GT(workers.back().runner.stats().done, 50);
}

// A store with one job, which fails when it is told to.
class FailingStore final : public internal::IdleStore {
public:
    Result<std::vector<Job>> claim(const Claim& /*claim*/, SystemTime /*now*/) override {
        ++claims;
        if (failing) {
            return broken();
        }
        return std::exchange(available, false) ? std::vector<Job>{{.ref = {1, 1}, .kind = "k"}}
                                               : std::vector<Job>{};
    }
    Result<bool> complete(JobRef /*job*/, const std::vector<NewMessage>& /*messages*/,
                          bool /*stale*/, SystemTime /*now*/) override {
        ++completes;
        return failing ? Result<bool>(broken()) : Result<bool>(true);
    }
    Result<bool> heartbeat(JobRef /*job*/, SystemTime /*until*/) override {
        return failing ? Result<bool>(broken()) : Result<bool>(true);
    }

    bool failing = false;
    bool available = true;
    int claims = 0;
    int completes = 0;

private:
    static std::unexpected<Error> broken() {
        return fail(Error(ErrorKind::io, "disk full").with_detail("full"));
    }
};

class FailingStoreTest : public internal::WorkerTest {
protected:
    void SetUp() override {
        WorkerTest::SetUp();
        auto made = std::make_unique<FailingStore>();
        failing = made.get();
        worker = &workers.emplace_back(*scheduler, std::move(made), JobRunnerOptions{});
        worker->runner.handle("k", does(*worker, 10s));
    }
    FailingStore* failing = nullptr;
    Worker* worker = nullptr;
};

TEST_F(FailingStoreTest, is_asked_again_with_growing_pauses_and_the_stats_say_so) {
    failing->failing = true;
    start(*worker);
    pass(1h);
    EXPECT_LT(failing->claims, 300);
    EXPECT_GT(failing->claims, 100);
    EXPECT_THAT(worker->runner.stats().store_error, HasSubstr("disk full"));
    EXPECT_EQ(worker->runner.stats().store_errors, static_cast<std::uint64_t>(failing->claims));
    failing->failing = false;
    pass(1min);
    EXPECT_EQ(worker->runner.stats().done, 1);
    EXPECT_EQ(worker->runner.stats().store_error, "");
}

TEST_F(FailingStoreTest, is_told_of_an_end_when_it_is_back) {
    start(*worker);
    pass(5s);
    failing->failing = true;
    pass(10min);
    EXPECT_EQ(runs.size(), 1);
    EXPECT_LT(failing->completes, 60);
    EXPECT_EQ(worker->runner.stats().running, 1);
    failing->failing = false;
    pass(1min);
    EXPECT_EQ(worker->runner.stats().done, 1);
}

TEST_F(FailingStoreTest, does_not_hold_up_the_end_of_a_drain) {
    start(*worker);
    pass(5s);
    failing->failing = true;
    worker->runner.stop();
    pass(1min);
    EXPECT_EQ(worker->tasks.running(), 0);
    EXPECT_EQ(worker->runner.stats().unsettled, 1);
}

TEST_F(FailingStoreTest, that_was_not_reached_for_a_whole_lease_stops_the_handler) {
    worker->runner.handle("k", does(*worker, 4min));
    start(*worker);
    pass(5s);
    failing->failing = true;
    pass(50s);
    EXPECT_EQ(cancelled, 0);
    pass(30s);
    EXPECT_EQ(cancelled, 1) << "another one may have the job by now";
}

TEST(JobRunnerOptions, name_what_is_out_of_range) {
    const auto detail = [](const JobRunnerOptions& options) {
        const auto valid = options.validate();
        return valid ? std::string() : valid.error().detail();
    };
    EXPECT_EQ(detail({}), "");
    EXPECT_EQ(detail({.queue = "No Queue"}), "queue");
    EXPECT_EQ(detail({.concurrency = 0}), "concurrency");
    EXPECT_EQ(detail({.concurrency = 1001}), "concurrency");
    EXPECT_EQ(detail({.lease = 2s}), "lease");
    EXPECT_EQ(detail({.attempt_timeout = 0s}), "attempt_timeout");
    EXPECT_EQ(detail({.poll = 9ms}), "poll");
    EXPECT_EQ(detail({.hint_pause = 2s}), "hint_pause");
    EXPECT_EQ(detail({.grace = 2h}), "grace");
    EXPECT_EQ(detail({.retry = {.base = 0ms}}), "base");
    EXPECT_EQ(JobRunnerOptions{}.describe(),
              "queue default, 8 at a time, lease 1 m, at most 5 m an attempt, polled every 1 s; "
              "decorrelated jitter, base 5 s, cap 1 h; hints up to 24 h, spread 5 s");
}

// Every claim names it, and the store would refuse each of them.
TEST(JobRunnerOptions, a_worker_is_named_in_at_most_255_bytes_of_text) {
    const auto field = [](const std::string& worker) {
        const auto valid = JobRunnerOptions{.worker = worker}.validate();
        return valid ? std::string() : valid.error().detail();
    };
    EXPECT_EQ(field(std::string(255, 'w')), "");
    EXPECT_EQ(field(std::string(256, 'w')), "worker");
    EXPECT_EQ(field("\xFF"), "worker");
}

}  // namespace
}  // namespace apilab::work
