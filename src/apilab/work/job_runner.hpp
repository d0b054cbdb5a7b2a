#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "apilab/base/result.hpp"
#include "apilab/base/rng.hpp"
#include "apilab/runtime/scheduler.hpp"
#include "apilab/runtime/task.hpp"
#include "apilab/work/job.hpp"
#include "apilab/work/job_outcome.hpp"
#include "apilab/work/job_retry.hpp"
#include "apilab/work/store_writer.hpp"

namespace apilab::work {

/// What became of a claimed job, for logs. Views and references into the runner's own.
struct JobNews {
    const Job& job;
    /// `began` (its handler runs), `done`, `stale`, `retry`, `dead`, `returned`, `lease_lost`
    /// (while it ran), `late` (its claim was somebody else's already), `unsettled` (the store did
    /// not take its end). After `began` come one of the others, or two: `lease_lost`, and what came
    /// of it.
    std::string_view outcome;
    /// Why it goes on or is dead; empty: no reason.
    std::string_view reason;
    /// Since it was claimed.
    Duration took{};
};

struct JobRunnerOptions {
    /// Whose jobs are done here.
    std::string queue = "default";
    /// For people who look at attempts; a host and a process id. Up to 255 bytes.
    std::string worker = "worker";
    /// So many jobs at a time. 1 to 1,000.
    std::size_t concurrency = 8;
    /// A job whose worker is not heard of for so long belongs to nobody; it is heard of three times
    /// as often. 3 s to 1 day.
    Duration lease = std::chrono::minutes(1);
    /// No attempt takes longer: its handler is cancelled, and the job is tried again. 1 s to 1 day.
    Duration attempt_timeout = std::chrono::minutes(5);
    /// The store is looked at so often where nothing is due, whatever hints say. 10 ms to 1 min.
    Duration poll = std::chrono::seconds(1);
    /// `wake()` is heeded so often where nothing was due, however often it is called. 0 to `poll`.
    Duration hint_pause = std::chrono::milliseconds(20);
    /// What runs when `stop()` is called may go on for so long. 0 to 1 h.
    Duration grace = std::chrono::seconds(20);
    JobRetryOptions retry;
    /// Told of each job, on the scheduler's thread; must not block. Null: nobody hears it.
    std::function<void(const JobNews&)> told = nullptr;

    /// Error: `invalid_argument`, its detail the option that is out of range.
    [[nodiscard]] Result<void> validate() const;
    [[nodiscard]] std::string describe() const;
};

/// Does one attempt. It is handed the job and belongs to the runner until it is over. Cancelled,
/// it ends soon (what it awaits through the scheduler says `cancelled`): its slot is taken until it
/// does. An exception counts as `JobOutcome::retry`.
using JobHandler = std::function<runtime::Task<JobOutcome>(Job)>;

/// Does the jobs of one queue: claims as many as it has room for, runs their handlers side by side,
/// keeps their leases and tells the store how each ended. Several runners, in several processes
/// too, may work on one queue.
///
///     JobRunner runner(scheduler, writer, rng, {.queue = "events"});
///     runner.handle("github.push", [&](Job job) { return on_push(app, std::move(job)); });
///     tasks.spawn(runner.run());
///     ... a signal ...
///     runner.stop();
///     co_await tasks.join();
///
/// Every job is run at least once, and its effects need its `idempotency_key` to happen once: a
/// process may die between the effect and the store's commit. What ends a claim is fenced, so a
/// worker that lost its lease changes nothing. Rules:
///
/// - A `stale` job is completed without being run; a kind that nobody handles is a dead letter.
/// - A handler whose lease is lost is cancelled: the job is somebody else's by now.
/// - A store that fails is asked again after growing pauses (200 ms to 30 s); `stats()` says so. An
///   outcome that could not be written is written when the store is back, while the runner lives.
/// - `stop()`: nothing more is claimed; what runs has `grace`; then handlers are cancelled and
///   their jobs given back, due at once, their attempt not counted.
///
/// Belongs to the scheduler's thread; scheduler, writer and rng outlive it, and it outlives
/// `run()`. Pure decisions are in `job_retry.hpp`.
class JobRunner {
public:
    /// Options that are out of range are brought within it; `validate()` tells.
    JobRunner(runtime::Scheduler& scheduler, StoreWriter& writer, Rng& rng,
              JobRunnerOptions options = {});
    JobRunner(const JobRunner&) = delete;
    JobRunner& operator=(const JobRunner&) = delete;
    ~JobRunner();

    /// Before `run()`. Replaces the handler of that kind.
    void handle(std::string kind, JobHandler handler);

    /// Until `stop()`, once. A cancellation is a `stop()` without grace.
    [[nodiscard]] runtime::Task<void> run();
    void stop();
    /// A hint that something may be due. Costs little, and nothing depends on it.
    void wake();

    struct Stats {
        std::uint64_t looks = 0;
        std::uint64_t claimed = 0;
        std::uint64_t done = 0;
        std::uint64_t stale = 0;
        std::uint64_t retried = 0;
        std::uint64_t dead = 0;
        /// Given back at the end.
        std::uint64_t returned = 0;
        /// Attempts that took too long.
        std::uint64_t timed_out = 0;
        /// Leases that were lost while a handler ran.
        std::uint64_t lost = 0;
        /// Outcomes that came after the claim was somebody else's; they changed nothing.
        std::uint64_t late = 0;
        /// Outcomes that the store did not take until the end; the lease will run out.
        std::uint64_t unsettled = 0;
        std::uint64_t store_errors = 0;
        /// The last one, empty once the store has worked again.
        std::string store_error;
        std::size_t running = 0;
    };
    [[nodiscard]] Stats stats() const;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace apilab::work
