#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "apilab/base/result.hpp"
#include "apilab/base/rng.hpp"
#include "apilab/runtime/scheduler.hpp"
#include "apilab/work/schedule.hpp"
#include "apilab/work/store_writer.hpp"

namespace apilab::work {

/// What happens to times that passed while nobody ticked, or the schedule was paused.
enum class MissedRuns : std::uint8_t {
    /// One run for all of them, as soon as possible.
    run_once,
    /// None; the next one is the next.
    skip,
};

struct ScheduledJob {
    /// 1 to 64 of `a-z0-9._-`; under it the store keeps when it is next.
    std::string name;
    Schedule schedule;
    /// What is enqueued. Without an idempotency key it gets `schedule:<name>:<unix seconds>` of the
    /// time it was due: the same one, whoever fires it. Without a trace, each begins one.
    NewJob job;
    MissedRuns missed = MissedRuns::run_once;
};

/// What to do about a schedule that stands at `row` in the store. Pure.
struct Tick {
    enum class Action : std::uint8_t {
        wait,
        fire,
        /// On to `next` without a run.
        move,
    };
    Action action = Action::wait;
    /// Where it stands afterwards.
    SystemTime next;
    friend bool operator==(const Tick&, const Tick&) = default;
};
/// Late by more than `tolerance` is missed. A schedule that stands more than a day behind its next
/// time but one was fired by a clock that was ahead, and moves back; nothing less does, so that a
/// clock which is set back by an hour repeats nothing.
[[nodiscard]] Tick tick(const ScheduledJob& scheduled, const ScheduleRow& row, SystemTime now,
                        Duration tolerance);

struct ScheduleTickerOptions {
    /// The store is looked at so often at least: another process may have changed it, or somebody
    /// the clock. 1 s to 10 min.
    Duration poll = std::chrono::seconds(30);
    /// So late counts as in time. 1 s to 1 h.
    Duration tolerance = std::chrono::minutes(1);
};

/// Enqueues jobs when their schedules say so. Several processes may tick the same schedules: one of
/// them fires each time (compare and set in the store). A failing store is asked again after
/// growing pauses. Belongs to the scheduler's thread; scheduler, writer and rng outlive it.
class ScheduleTicker {
public:
    ScheduleTicker(runtime::Scheduler& scheduler, StoreWriter& writer, Rng& rng,
                   std::vector<ScheduledJob> jobs, ScheduleTickerOptions options = {});
    ScheduleTicker(const ScheduleTicker&) = delete;
    ScheduleTicker& operator=(const ScheduleTicker&) = delete;
    ~ScheduleTicker();

    /// Until `stop()` or a cancellation, once.
    [[nodiscard]] runtime::Task<void> run();
    void stop();

    struct Stats {
        std::uint64_t fired = 0;
        /// Moved on without a run.
        std::uint64_t moved = 0;
        /// Another process did it.
        std::uint64_t by_others = 0;
        std::uint64_t store_errors = 0;
        /// The last one, empty once the store has worked again.
        std::string store_error;
    };
    [[nodiscard]] const Stats& stats() const;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace apilab::work
