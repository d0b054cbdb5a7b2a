#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "apilab/base/temporary_folder.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"
#include "apilab/work/job_runner.hpp"
#include "apilab/work/sqlite_store.hpp"

namespace apilab::work::internal {

/// A process that may vanish, on a machine whose clock may be set: from `kill()` on nothing that it
/// waits for comes back.
class TestScheduler final : public runtime::Scheduler {
public:
    explicit TestScheduler(runtime::Scheduler& inner) : inner_(inner) {}

    [[nodiscard]] SteadyTime now() const override { return inner_.now(); }
    [[nodiscard]] SystemTime system_now() const override { return inner_.system_now() + set_by; }
    [[nodiscard]] runtime::Task<Woken> wait(runtime::Event* event, SteadyTime time) override {
        if (++waits == kill_at_wait) {
            dead = true;
        }
        co_await still_alive();
        const auto woken = co_await inner_.wait(event, time);
        co_await still_alive();
        co_return woken;
    }
    [[nodiscard]] boost::asio::any_io_executor executor() override { return inner_.executor(); }
    void run_until_complete(runtime::Task<void> task) override {
        inner_.run_until_complete(std::move(task));
    }
    void poll() override { inner_.poll(); }
    void close() { closing(); }

    Duration set_by{};
    std::size_t waits = 0;
    std::size_t kill_at_wait = 0;
    bool dead = false;

private:
    [[nodiscard]] runtime::Task<void> still_alive() {
        while (dead) {
            runtime::Event never;
            co_await inner_.wait(&never, SteadyTime::max());
        }
    }
    runtime::Scheduler& inner_;
};

/// A process with a store, a writer and a runner.
struct Worker {
    Worker(runtime::Scheduler& below, std::unique_ptr<Store> its_store, JobRunnerOptions options)
        : scheduler(below),
          store(std::move(its_store)),
          writer(scheduler, *store, {.own_thread = false}),
          runner(scheduler, writer, rng, std::move(options)),
          tasks(scheduler) {}

    TestScheduler scheduler;
    SeededRng rng{7};
    std::unique_ptr<Store> store;
    StoreWriter writer;
    JobRunner runner;
    runtime::TaskGroup tasks;
};

/// Workers over one file, in virtual time.
class WorkerTest : public testing::Test {
protected:
    void SetUp() override { store = open(); }
    void TearDown() override {
        forget_workers();
        store.reset();
    }
    /// The scheduler goes first: with it what waits and will never be told.
    void forget_workers() {
        for (Worker& worker : workers) {
            worker.scheduler.close();
        }
        scheduler = std::make_unique<runtime::VirtualScheduler>();
        workers.clear();
    }
    [[nodiscard]] std::unique_ptr<SqliteStore> open() const {
        auto opened = SqliteStore::open(folder / "work.db",
                                        {.synchronous = SqliteStoreOptions::Synchronous::off});
        EXPECT_TRUE(opened) << opened.error().to_string();
        return *std::move(opened);
    }

    [[nodiscard]] SystemTime now() const { return scheduler->system_now(); }
    Worker& add_worker(JobRunnerOptions options = {}) {
        return workers.emplace_back(*scheduler, open(), std::move(options));
    }
    static void start(Worker& worker) { worker.tasks.spawn(worker.runner.run()); }
    void pass(Duration time) const { scheduler->advance(time); }

    std::int64_t enqueue(NewJob job) const {
        const auto added = store->enqueue(job, now());
        EXPECT_TRUE(added) << added.error().to_string();
        return added ? added->id : 0;
    }
    [[nodiscard]] JobCounts counts() const { return store->counts("").value(); }
    [[nodiscard]] JobRow row(std::int64_t id) const {
        return store->jobs({.id = id}, 1).value().at(0);
    }

    /// What handlers did, as "what" by whom one likes.
    struct Run {
        std::string key;
        int attempt = 0;
        Duration at{};
    };
    /// A handler that notes the run, takes `time`, and ends as `outcome` says.
    [[nodiscard]] JobHandler does(Worker& worker, Duration time = {},
                                  std::function<JobOutcome(const Job&)> outcome = nullptr) {
        return [this, &worker, time, outcome = std::move(outcome)](Job job) {
            return noted(this, &worker, time, outcome, std::move(job));
        };
    }
    [[nodiscard]] std::vector<std::string> payloads() const {
        std::vector<std::string> all;
        for (const Run& run : runs) {
            all.push_back(run.key);
        }
        return all;
    }

    TemporaryFolder made_ = TemporaryFolder::make("apilab-work-").value();
    std::filesystem::path folder = made_.path();
    std::list<Worker> workers;
    std::unique_ptr<runtime::VirtualScheduler> scheduler =
        std::make_unique<runtime::VirtualScheduler>();
    std::unique_ptr<SqliteStore> store;
    /// By payload, in the order of their begin.
    std::vector<Run> runs;
    /// Of those that came to their end, by idempotency key: what another API would have done.
    std::map<std::string, int> effects;
    int active = 0;
    int most_active = 0;
    int cancelled = 0;

private:
    static runtime::Task<JobOutcome> noted(WorkerTest* test, Worker* worker, Duration time,
                                           std::function<JobOutcome(const Job&)> outcome, Job job) {
        test->runs.push_back(
            {job.payload, job.attempt,
             test->scheduler->system_now() - runtime::VirtualScheduler::default_start()});
        test->most_active = std::max(test->most_active, ++test->active);
        const auto slept = co_await worker->scheduler.sleep_for(time);
        --test->active;
        if (!slept) {
            ++test->cancelled;
            co_return JobOutcome::retry("cancelled");
        }
        ++test->effects[job.idempotency_key];
        co_return outcome ? outcome(job) : JobOutcome::done();
    }
};

}  // namespace apilab::work::internal
