// Several processes, each with a writer of its own, over one database.

#include <gmock/gmock.h>

#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <optional>

#include "apilab/base/rng.hpp"
#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"
#include "apilab/work/job_runner.hpp"
#include "apilab/work/store_writer.hpp"
#include "postgres_test.hpp"

namespace apilab::work::tests {
namespace {

using runtime::Task;
using std::chrono::seconds;
using ::testing::Each;
using ::testing::Pair;
using ::testing::SizeIs;

class PostgresWriters : public PostgresTest {};

/// Goes on when both are there; who comes again later does not wait.
class Meeting {
public:
    void wait() {
        ++there_;
        while (there_ < 2) {
            std::this_thread::yield();
        }
    }

private:
    std::atomic<int> there_ = 0;
};

Task<void> put(StoreWriter* writer, Event event, Meeting* meeting, SystemTime now, bool* good) {
    const auto done =
        co_await writer->run<PutResult>([event, meeting, now](Store& store) -> Result<PutResult> {
            auto result = store.put(event, {.kind = "push"}, now);
            if (meeting != nullptr) {
                meeting->wait();
            }
            return result;
        });
    EXPECT_TRUE(done) << done.error().to_string();
    *good = done.has_value();
}

// Each has one event under its hands and wants the other one's: the server ends one of the two.
TEST_F(PostgresWriters, of_two_batches_that_wait_for_each_other_both_are_done) {
    (void)open();
    Meeting meeting;
    std::atomic<int> good = 0;
    std::atomic<std::uint64_t> apart = 0;
    in_threads(2, [&](int number) {
        auto store = open();
        runtime::VirtualScheduler scheduler;
        StoreWriter writer(scheduler, *store, {.own_thread = false});
        runtime::TaskGroup group(scheduler);
        const std::string mine = number == 0 ? "a" : "b";
        const std::string other = number == 0 ? "b" : "a";
        bool first = false;
        bool second = false;
        group.spawn(put(&writer, github_event(mine, mine), &meeting, now, &first));
        group.spawn(put(&writer, github_event(other, other), nullptr, now, &second));
        runtime::run(scheduler, group.join());
        good += (first ? 1 : 0) + (second ? 1 : 0);
        apart += writer.stats().apart;
    });
    EXPECT_EQ(good, 4);
    EXPECT_EQ(apart, 1U);
    EXPECT_EQ(ask("SELECT count(*) || ' ' || sum(deliveries) FROM event"), "2 4");
    EXPECT_EQ(ask("SELECT count(*) FROM job"), "2");
}

/// What three workers do to the world.
class Effects {
public:
    explicit Effects(int expected) : expected_(expected) {}

    void add(const Job& job) {
        const std::scoped_lock lock(mutex_);
        order_[job.order_key].push_back(std::stoi(job.payload));
        ++times_[job.idempotency_key];
        ++all_;
    }
    [[nodiscard]] bool complete() const { return all_ >= expected_; }
    [[nodiscard]] const std::map<std::string, std::vector<int>>& order() const { return order_; }
    [[nodiscard]] const std::map<std::string, int>& times() const { return times_; }

private:
    const int expected_;
    std::atomic<int> all_ = 0;
    std::mutex mutex_;
    std::map<std::string, std::vector<int>> order_;
    std::map<std::string, int> times_;
};

Task<JobOutcome> effect(Effects* effects, runtime::Scheduler* scheduler, Job job) {
    constexpr std::int64_t unlucky = 5;
    if (job.attempt == 1 && job.ref.id % unlucky == 0) {
        co_return JobOutcome::retry("not yet", seconds(1));
    }
    co_await scheduler->sleep_for(seconds(job.ref.id % 3));
    effects->add(job);
    co_return JobOutcome::done({{.target = "slack", .key = job.idempotency_key}});
}

/// Until all is done, or `share` was this one's: a process that is told to end.
Task<void> stop_when_done(JobRunner* runner, runtime::Scheduler* scheduler, const Effects* effects,
                          std::uint64_t share) {
    while (!effects->complete() && runner->stats().done < share) {
        co_await scheduler->sleep_for(seconds(1));
    }
    runner->stop();
}

// Their clocks go a thousand times as fast as the machine's, from the same date on: what waits a
// second waits a millisecond.
TEST_F(PostgresWriters, three_workers_have_each_effect_once_and_in_the_order_of_its_key) {
    constexpr int keys = 6;
    constexpr int each = 20;
    constexpr int speed = 1000;
    const SystemTime anchor = std::chrono::system_clock::now();
    auto store = open();
    must(store->begin());
    for (int i = 0; i < each; ++i) {
        for (int key = 0; key < keys; ++key) {
            must(store->enqueue({.kind = "work",
                                 .payload = std::to_string(i),
                                 .order_key = "key " + std::to_string(key)},
                                anchor));
        }
    }
    must(store->commit());

    Effects effects(keys * each);
    std::atomic<std::uint64_t> done = 0;
    in_threads(3, [&](int number) {
        auto mine = open();
        runtime::RealScheduler scheduler(speed, anchor);
        SeededRng rng(static_cast<std::uint64_t>(number));
        StoreWriter writer(scheduler, *mine);
        JobRunner runner(scheduler, writer, rng,
                         {.worker = "w" + std::to_string(number),
                          .concurrency = 4,
                          .lease = std::chrono::hours(24),
                          .attempt_timeout = std::chrono::hours(24),
                          .grace = std::chrono::hours(1)});
        runner.handle("work",
                      [&](Job job) { return effect(&effects, &scheduler, std::move(job)); });
        runtime::TaskGroup group(scheduler);
        group.spawn(runner.run());
        group.spawn(stop_when_done(&runner, &scheduler, &effects, number == 0 ? 10 : 10'000));
        runtime::run(scheduler, group.join());
        done += runner.stats().done;
        EXPECT_EQ(runner.stats().late, 0U);
        EXPECT_EQ(runner.stats().unsettled, 0U);
    });
    EXPECT_EQ(done, static_cast<std::uint64_t>(keys * each));
    std::vector<int> all;
    for (int i = 0; i < each; ++i) {
        all.push_back(i);
    }
    EXPECT_THAT(effects.order(), SizeIs(keys));
    EXPECT_THAT(effects.order(), Each(Pair(testing::_, all)));
    EXPECT_THAT(effects.times(), SizeIs(keys * each));
    EXPECT_THAT(effects.times(), Each(Pair(testing::_, 1)));
    EXPECT_EQ(must(store->counts("")).done, keys * each);
    EXPECT_EQ(must(store->message_counts("slack")).pending, keys * each);
    // What was claimed in the moment of a stop was given back.
    EXPECT_EQ(
        ask("SELECT count(*) FROM attempt WHERE outcome NOT IN ('done', 'retry', 'returned')"),
        "0");
}

}  // namespace
}  // namespace apilab::work::tests
