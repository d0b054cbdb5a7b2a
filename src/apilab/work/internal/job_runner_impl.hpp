#pragma once

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "apilab/runtime/task_group.hpp"
#include "apilab/work/internal/bell.hpp"
#include "apilab/work/internal/store_pause.hpp"
#include "apilab/work/job_runner.hpp"

namespace apilab::work {

class JobRunner::Impl {
public:
    Impl(runtime::Scheduler& scheduler, StoreWriter& writer, Rng& rng, JobRunnerOptions options);

    void handle(std::string kind, JobHandler handler);
    [[nodiscard]] runtime::Task<void> run();
    /// What runs may go on for so long.
    void stop(Duration grace);
    void wake();
    [[nodiscard]] const Stats& stats() const { return stats_; }
    [[nodiscard]] const JobRunnerOptions& options() const { return options_; }

private:
    /// A claimed job, from the claim until the store knows how it ended.
    struct Running {
        Running(Job its_job, SteadyTime its_lease_end, SteadyTime now)
            : job(std::move(its_job)), lease_end(its_lease_end), claimed(now) {}

        Job job;
        SteadyTime lease_end;
        SteadyTime claimed;
        /// Of its end.
        std::string reason;
        std::optional<JobOutcome> outcome;
        /// The drain is over: no more waiting.
        bool abandoned = false;
        /// Set with the outcome, and when abandoned.
        runtime::Event stirred;
        /// Set with the outcome.
        runtime::Event finished;
        /// Set when abandoned.
        runtime::Event hurry;
    };
    using Place = std::shared_ptr<Running>;
    using Places = std::list<Place>;

    /// Why a handler is waited for no longer.
    enum class Reason : std::uint8_t { ended, timeout, lost, abandoned };
    /// Ends a claim; `at` is the store's time of it.
    using Ending = std::function<Result<bool>(Store&, SystemTime at)>;
    using Counter = std::uint64_t Stats::*;
    struct Look {
        Duration pause{};
        bool failed = false;
    };

    // Claiming.
    [[nodiscard]] runtime::Task<void> loop();
    [[nodiscard]] runtime::Task<Look> look();
    [[nodiscard]] runtime::Task<void> rest(Look look);
    [[nodiscard]] runtime::Task<void> drain();
    void begin(Job job, SteadyTime lease_end);

    // One job.
    [[nodiscard]] runtime::Task<void> work(Place running);
    [[nodiscard]] runtime::Task<void> attempt(Place running, JobHandler handler);
    static runtime::Task<void> call(Place running, JobHandler handler);
    [[nodiscard]] runtime::Task<Reason> accompany(Place running);
    /// False: the lease is lost.
    [[nodiscard]] runtime::Task<bool> heartbeat(Place running, SteadyTime* next);
    [[nodiscard]] runtime::Task<void> conclude(Place running, Reason reason);
    [[nodiscard]] runtime::Task<void> settle(Place running, JobOutcome outcome);
    [[nodiscard]] runtime::Task<void> give_back(Place running);
    [[nodiscard]] runtime::Task<void> tell(Place running, Ending ending, Counter counter);

    [[nodiscard]] std::string known_kinds() const;
    void report(const Place& running, std::string_view outcome) const;
    void store_failed(const Error& error);
    void store_worked();

    runtime::Scheduler& scheduler_;
    StoreWriter& writer_;
    Rng& rng_;
    const JobRunnerOptions options_;
    std::map<std::string, JobHandler, std::less<>> handlers_;
    Stats stats_;
    internal::StorePause pause_;
    Places running_;
    internal::Bell bell_;
    bool hinted_ = false;
    bool freed_ = false;
    std::optional<SteadyTime> drain_until_;
    runtime::Event loop_over_;
    runtime::TaskGroup tasks_;
};

}  // namespace apilab::work
