#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "apilab/base/rng.hpp"
#include "apilab/runtime/scheduler.hpp"
#include "apilab/work/store_writer.hpp"

namespace apilab::work {

struct SweeperOptions {
    /// What `validate` (retention.hpp) refuses counts as the defaults: keys that are gone too early
    /// would have an event run twice. Ask it first, with the senders' horizons.
    RetentionTimes times;
    /// Rows of a kind that one transaction removes at most, so that nobody waits long for it. 1 to
    /// 10,000.
    std::size_t batch = 200;
    /// Between two batches the others have the store. 1 ms to 1 min.
    Duration pause = std::chrono::milliseconds(100);
    /// From the end of one sweep to the next. 1 s to 1 day.
    Duration every = std::chrono::minutes(10);
};

/// Removes what is kept no longer (`Store::sweep`), in small batches. A failing store is asked
/// again after growing pauses. Belongs to the scheduler's thread; scheduler, writer and rng outlive
/// it.
class Sweeper {
public:
    Sweeper(runtime::Scheduler& scheduler, StoreWriter& writer, Rng& rng,
            SweeperOptions options = {});
    Sweeper(const Sweeper&) = delete;
    Sweeper& operator=(const Sweeper&) = delete;
    ~Sweeper();

    /// Until `stop()` or a cancellation, once.
    [[nodiscard]] runtime::Task<void> run();
    void stop();

    struct Stats {
        std::uint64_t sweeps = 0;
        std::uint64_t batches = 0;
        std::uint64_t rows = 0;
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
