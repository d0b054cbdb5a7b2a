#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"
#include "apilab/runtime/scheduler.hpp"
#include "apilab/runtime/task.hpp"
#include "apilab/work/schedule.hpp"
#include "apilab/work/snapshot.hpp"

namespace apilab::radar {

struct BackupOptions {
    /// The SQLite file of the store; somebody else has it open.
    std::filesystem::path store;
    /// Where snapshots go; made with mode 0700 where it is absent.
    std::filesystem::path folder;
    /// When. Default every night at 3:30 UTC.
    std::string schedule = "30 3 * * * UTC";
    /// So many are kept. 1 to 1,000; default 7.
    std::size_t keep = 7;
    /// Reads and writes the files in a thread of its own; off under a virtual clock.
    bool own_thread = true;
    /// Told of each backup, on the scheduler's thread: what was made, or why not. Null: nobody.
    std::function<void(const Result<work::Snapshot>&)> told = nullptr;

    /// Errors: `invalid_argument`, detail the field.
    [[nodiscard]] Result<void> validate() const;
};

/// How it stands with backups, also over restarts: the manifests say so.
struct BackupStatus {
    /// When the newest snapshot was taken that passed its drill, and when it passed.
    std::optional<SystemTime> last_success;
    std::optional<SystemTime> last_drill;
    /// Of the last try of this process; empty: it went well, or there was none.
    std::string error;
    /// Of the newest snapshot, by name.
    std::string file;
    std::uint64_t bytes = 0;
    std::size_t kept = 0;
    /// Of this process.
    std::uint64_t taken = 0;
    std::uint64_t failures = 0;
};

/// Makes snapshots of a SQLite store by a schedule and proves each at once by restoring it into a
/// scratch place (`work::drill_snapshot`): a backup that nobody has restored is a hope. One that
/// fails its drill counts as a failure and stays for people to look at; the last good one is never
/// removed.
///
/// A time that passed while nobody ran is made up for at the start. After a failure the next try
/// comes after 10 minutes. Belongs to the scheduler's thread; outlives its tasks.
///
///     BackupKeeper backups(scheduler, {.store = "radar.db", .folder = "backups"});
///     group.spawn(backups.run());
class BackupKeeper {
public:
    /// The options are valid.
    BackupKeeper(runtime::Scheduler& scheduler, BackupOptions options);
    BackupKeeper(const BackupKeeper&) = delete;
    BackupKeeper& operator=(const BackupKeeper&) = delete;
    /// Waits for a copy that is under way.
    ~BackupKeeper();

    /// One now: snapshot, drill, and the old ones go. Not while another one runs. A cancellation is
    /// told when the files are done with: half of a copy helps nobody.
    [[nodiscard]] runtime::Task<Result<work::Snapshot>> once();
    /// By the schedule, until `stop()` or a cancellation, once.
    [[nodiscard]] runtime::Task<void> run();
    void stop();

    [[nodiscard]] const BackupStatus& status() const { return status_; }

private:
    struct Work;
    void look();
    [[nodiscard]] SystemTime next_after(SystemTime time) const;
    [[nodiscard]] runtime::Task<bool> pause_until(SystemTime time);

    runtime::Scheduler& scheduler_;
    BackupOptions options_;
    work::Schedule schedule_;
    BackupStatus status_;
    runtime::Event* waiting_ = nullptr;
    std::shared_ptr<Work> work_;
    bool stopping_ = false;
};

}  // namespace apilab::radar
