#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/clock.hpp"

namespace apilab::work {

enum class JobState : std::uint8_t {
    /// Waits, for its time or for a worker.
    available,
    /// Somebody's, until its lease is over.
    running,
    done,
    /// Given up: a dead letter.
    dead,
};
[[nodiscard]] std::string_view to_string(JobState state);
[[nodiscard]] std::optional<JobState> parse_job_state(std::string_view text);

/// Work to be done.
struct NewJob {
    /// Which workers it is for; they may be paused by it. 1 to 64 of `a-z0-9._-`.
    std::string queue = "default";
    /// Which handler it is for. As `queue`.
    std::string kind;
    /// Up to `StoreOptions::body_max`. Of a job made by an event: empty, it gets the event's body.
    std::string payload;
    /// The key that its effects on others go under: the same over all attempts, lives and redrives.
    /// Empty: made of the event (`github:<id>`), else of the job's own id (`job:<id>`).
    std::string idempotency_key;
    /// Jobs of one queue with the same key run one after another, in the order in which they came;
    /// one that waits for its next attempt holds the later ones up, a dead letter does not. Empty:
    /// in no order.
    std::string order_key;
    /// While a job of this queue with the same key is available, another one is not added: the
    /// waiting one takes its payload, idempotency key, entity and version, where that version is
    /// not an older one, and keeps its time. (The key, too: what the waiting one may have done in
    /// an attempt was another effect.) One that already runs is not touched. Empty: each is its
    /// own.
    std::string coalesce_key;
    /// What it is about (`github:repo:octo/hello`) and in which version: one older than what was
    /// done already is `stale` and is not run. Empty: no guard.
    std::string entity;
    std::int64_t version = 0;
    /// Not before; nothing: at once.
    std::optional<SystemTime> run_at;
    /// Lower ones first.
    int priority = 0;
    /// 1 to 100.
    int attempts_max = 12;
    /// W3C `traceparent` of what asked for it; empty: none.
    std::string trace_context;
};

/// One claim of one job. Everything that ends a claim names it, and does nothing where the job was
/// claimed again since: whoever comes too late changes nothing.
struct JobRef {
    std::int64_t id = 0;
    std::int64_t fence = 0;
    friend bool operator==(const JobRef&, const JobRef&) = default;
};

/// A job as its worker gets it.
struct Job {
    JobRef ref;
    std::string queue;
    std::string kind;
    std::string payload;
    std::string idempotency_key;
    std::string order_key;
    std::string entity;
    std::int64_t version = 0;
    /// From 1; a claim counts, also one whose worker died.
    int attempt = 1;
    int attempts_max = 12;
    /// The wait before this attempt; 0 before the first.
    Duration last_delay{};
    SystemTime created;
    /// Of the event that it was made by: its id, source and type; 0 and empty for others.
    std::int64_t event = 0;
    std::string source;
    std::string type;
    std::string trace_context;
    /// Its entity is known in a newer version: do not run it, complete it as stale.
    bool stale = false;
};

struct Claim {
    std::string queue = "default";
    /// 1 to 1,000.
    std::size_t limit = 1;
    /// The job is the worker's for so long, and longer with heartbeats. 1 s to 1 day.
    Duration lease = std::chrono::minutes(1);
    /// Who claims, for people to read. Up to 255 bytes.
    std::string worker;
};

/// How an attempt ended, or is going.
struct JobAttempt {
    int attempt = 1;
    std::string worker;
    SystemTime started;
    std::optional<SystemTime> ended;
    /// `running`, `done`, `stale`, `retry`, `dead`, `returned`, `lease_lost`.
    std::string outcome;
    std::string reason;
};

/// A job as people see it.
struct JobRow {
    Job job;
    JobState state = JobState::available;
    /// When it is due; while it runs, when its lease ends.
    SystemTime due;
    std::optional<SystemTime> finished;
    /// Why it waits again or was given up; up to 500 bytes.
    std::string reason;
    /// How often a person had it run again.
    int redrives = 0;
    /// How many came into one.
    int coalesced = 0;
};

/// Which jobs; what is empty does not matter.
struct JobFilter {
    std::optional<std::int64_t> id;
    std::string queue;
    std::string kind;
    std::optional<JobState> state;
    /// Part of the reason, letter by letter.
    std::string reason_has;
    std::string source;
    std::string type;
    /// Created from, and before.
    std::optional<SystemTime> since;
    std::optional<SystemTime> until;
};

struct JobCounts {
    /// Waiting, due or not.
    std::int64_t available = 0;
    std::int64_t running = 0;
    std::int64_t done = 0;
    std::int64_t dead = 0;
    /// Of the available ones, that which has been due longest.
    std::optional<SystemTime> oldest_due;
    friend bool operator==(const JobCounts&, const JobCounts&) = default;
};

}  // namespace apilab::work
