#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"
#include "apilab/base/rng.hpp"
#include "apilab/work/job_outcome.hpp"

namespace apilab::work {

struct JobRetryOptions {
    /// The smallest wait, and the first one is at most three times as long. Default 5 s, range 1 ms
    /// to `cap`.
    Duration base = std::chrono::seconds(5);
    /// No wait of ours is longer. Default 1 h, range up to 1 day.
    Duration cap = std::chrono::hours(1);
    /// A longer hint of the other side is taken for this: a server that says "next year" must not
    /// park a job for good. Default 1 day, range 0 (hints do not count) to 7 days.
    Duration hint_max = std::chrono::days(1);
    /// `U(0, spread)` is added to a hint, so that those who were told the same do not come back in
    /// the same instant. Default 5 s, range 0 to 10 min.
    Duration spread = std::chrono::seconds(5);

    /// Error: `invalid_argument`, its detail the option that is out of range.
    [[nodiscard]] Result<void> validate() const;
    [[nodiscard]] std::string describe() const;
};

/// Of the attempt that is over: `Job::attempt`, `attempts_max` and `last_delay`.
struct JobAttemptFacts {
    int attempt = 1;
    int attempts_max = 12;
    Duration last_delay{};
};

struct JobDecision {
    enum class Verdict : std::uint8_t { done, retry, dead };
    Verdict verdict = Verdict::done;
    /// Of a retry: not before. What the store keeps as the job's `last_delay`.
    SystemTime at;
    Duration delay{};
    /// Why it waits or was given up, for people.
    std::string reason;
};

/// What happens to a job after an attempt. Pure: time and chance are passed in.
///
/// The wait is `min(cap, U(base, 3 * last))` with `last` the wait before this attempt, at first
/// `base`: jobs that failed together are spread over the whole of it (decorrelated jitter; the AWS
/// architecture blog's "Exponential Backoff And Jitter"). A hint of the handler is a floor, never a
/// ceiling: `max(wait, min(hint, hint_max) + U(0, spread))`. After the last attempt a job is dead
/// and says how many there were. With the defaults twelve attempts take half a day or less.
[[nodiscard]] JobDecision decide(const JobRetryOptions& options, const JobOutcome& outcome,
                                 const JobAttemptFacts& facts, SystemTime now, Rng& rng);

}  // namespace apilab::work
