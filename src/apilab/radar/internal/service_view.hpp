#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/client/client.hpp"
#include "apilab/radar/service/backup.hpp"
#include "apilab/radar/service/parts.hpp"
#include "apilab/shared/budget_service.hpp"
#include "apilab/work/job_runner.hpp"
#include "apilab/work/outbox.hpp"
#include "apilab/work/receiver.hpp"
#include "apilab/work/schedule_ticker.hpp"
#include "apilab/work/store.hpp"
#include "apilab/work/store_writer.hpp"
#include "apilab/work/sweeper.hpp"

// A running radar at one moment, as values: gathered by `Operations`, written by the pure functions
// below.
namespace apilab::radar::internal {

/// What one operation reads of the store.
struct StoreLook {
    work::SchemaState schema;
    work::JobCounts jobs;
    /// By target.
    std::map<std::string, work::MessageCounts> effects;
    std::vector<work::PausedQueue> paused;
    /// The newest ones that wait for a person, without their payloads; only where asked for.
    std::vector<work::JobRow> dead;
    std::vector<work::Message> for_people;
    /// Documents of runs that changed since.
    std::vector<work::Document> runs;
};

struct WatchHealth {
    std::string name;
    /// Of the last run; nothing: there was none yet.
    std::optional<SystemTime> finished;
    bool complete = false;
    std::string error;
    std::optional<SystemTime> last_complete;
    /// Sources that had answered, and when.
    std::vector<std::pair<std::string, SystemTime>> answered;
};

struct SourceHealth {
    std::optional<SystemTime> last_success;
    std::optional<SystemTime> last_failure;
    std::string problem;
    std::uint64_t failures_in_a_row = 0;
};

struct TokenHealth {
    std::string name;
    std::string state;
    bool usable = false;
    /// When the access token ends.
    std::optional<SystemTime> expires;
};

struct GapHealth {
    std::uint64_t missing = 0;
    std::uint64_t asked = 0;
    std::uint64_t recovered = 0;
    /// Asked for and not there yet.
    std::size_t open = 0;
    std::optional<SystemTime> walked;
    std::optional<SystemTime> through;
};

struct ServiceView {
    SystemTime now;
    SystemTime started;
    Phase phase;
    std::string version;
    bool simulated = false;
    /// `sqlite` or `postgresql`.
    std::string store_kind;
    std::uint64_t resident_bytes = 0;
    std::int64_t disk_free = -1;
    std::uint64_t disk_floor = 0;
    /// Nothing: `store_error` says why.
    std::optional<StoreLook> store;
    std::string store_error;
    std::vector<WatchHealth> watches;
    /// No complete run for so long is worth a word.
    Duration stale_after{};
    std::map<std::string, SourceHealth> sources;
    std::vector<policy::CircuitBreaker::Snapshot> breakers;
    std::vector<policy::RateLimiter::Snapshot> limits;
    std::vector<TokenHealth> tokens;
    std::optional<GapHealth> gaps;
    std::optional<BackupStatus> backup;
    /// How far the clock of each origin is ahead of ours.
    std::map<std::string, Duration> clocks;
    /// Who is switched off.
    std::vector<std::string> off;
    /// What replicas spend together. Nothing: nothing.
    std::optional<shared::BudgetService::Stats> shared;
    /// By sender.
    std::map<std::string, work::ReceiverStats> webhooks;
    /// Events that meant nothing to us, by sender.
    std::map<std::string, std::uint64_t> ignored;
    /// Of all, those included that went nowhere.
    work::ReceiverStats received;
    work::JobRunner::Stats runner;
    work::Outbox::Stats outbox;
    work::ScheduleTicker::Stats ticker;
    work::Sweeper::Stats sweeper;
    work::StoreWriter::Stats writer;
};

/// Something that a person should know. `part` names the place (`source`, `watch`, ...), `name`
/// which of them.
struct Problem {
    std::string part;
    std::string name;
    std::string words;
};
/// In a fixed order; empty: all is well. Nothing of it makes a service unready.
[[nodiscard]] std::vector<Problem> problems_of(const ServiceView& view);

/// Why it is not ready, by check (`phase`, `store`, `schema`, `disk`) and word; `ok` where a check
/// passed.
struct Readiness {
    std::vector<std::pair<std::string, std::string>> checks;
    bool ready = true;
};
struct ReadinessFacts {
    Phase phase;
    /// Nothing: it was written to.
    std::optional<std::string> store_error;
    std::optional<work::SchemaState> schema;
    std::int64_t disk_free = -1;
    std::uint64_t disk_floor = 0;
};
[[nodiscard]] Readiness readiness_of(const ReadinessFacts& facts);

[[nodiscard]] std::string readiness_json(const Readiness& readiness);
[[nodiscard]] std::string status_json(const ServiceView& view);
/// Without those of the client.
[[nodiscard]] std::string metrics_text(const ServiceView& view);

/// What a document of kind `run` says of the health of its watch.
[[nodiscard]] WatchHealth watch_health(const std::string& name, std::string_view run);

}  // namespace apilab::radar::internal
