#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "apilab/work/store.hpp"

namespace apilab::work {

namespace internal {
class SqliteCore;
}

struct SqliteStoreOptions {
    StoreOptions limits;
    enum class Synchronous : std::uint8_t {
        /// A commit is on the disk when it returns.
        full,
        /// It is not: a power cut loses what was acknowledged. For the proof that a test sees the
        /// difference, for nothing else.
        off,
    };
    Synchronous synchronous = Synchronous::full;
    /// Name of a registered file system of SQLite's (`sqlite3_vfs`); empty: its own. The file's
    /// mode is then that file system's business.
    std::string vfs;
    /// How long a call waits for another process or thread that writes. 0 to 1 min.
    Duration busy_timeout = std::chrono::seconds(5);
};

/// Everything in one SQLite file (WAL, synchronous FULL, mode 0600) and the two that SQLite has
/// beside it (`-wal`, `-shm`). What a call has returned for survives the process and the machine.
///
///     APILAB_TRY(auto store, SqliteStore::open(folder / "work.db"));
///     APILAB_TRY(auto put, store->put(event, {.kind = "push"}, clock.system_now()));  // commits
///     ... answer 2xx; then, in a worker:
///     APILAB_TRY(auto jobs, store->claim({.limit = 10, .worker = "w1"}, clock.system_now()));
///     ... the effect, under jobs[0].idempotency_key ...
///     APILAB_TRY(bool mine, store->complete(jobs[0].ref, {}, false, clock.system_now()));
///
/// `put` has no savepoint of its own within a transaction: what of it can be refused is refused
/// before it begins, and where SQLite itself fails half-way (`io`) the transaction is lost with it,
/// as every later call and `commit` say.
///
/// Several objects, threads and processes may have one file open; SQLite lets one of them write at
/// a time. Not over a network's file system: its locks are not to be trusted.
class SqliteStore final : public Store {
public:
    /// Opens or makes the file and brings its schema up to date; its folder exists. Of several that
    /// do so at once, one does it and the others wait. `:memory:` is none, and nothing survives.
    ///
    /// Errors: `invalid_argument` for an option out of range (detail: its name), a file that others
    /// may read, that is none of ours, or that a newer version wrote; else `io` as everywhere.
    [[nodiscard]] static Result<std::unique_ptr<SqliteStore>> open(
        const std::filesystem::path& file, SqliteStoreOptions options = {});
    ~SqliteStore() override;

    [[nodiscard]] Result<void> begin() override;
    [[nodiscard]] Result<void> commit() override;
    void rollback() override;

    [[nodiscard]] Result<PutResult> put(const Event& event, const NewJob& job,
                                        SystemTime now) override;
    [[nodiscard]] Result<std::vector<ArchivedEvent>> events(std::string_view source,
                                                            std::string_view type,
                                                            std::int64_t before,
                                                            std::size_t limit) override;
    [[nodiscard]] Result<std::vector<ArchivedEvent>> list_events(std::string_view source,
                                                                 std::string_view type,
                                                                 std::int64_t before,
                                                                 std::size_t limit) override;
    [[nodiscard]] Result<std::optional<ArchivedEvent>> event(std::int64_t id) override;
    [[nodiscard]] Result<std::optional<ArchivedEvent>> event_of(
        std::string_view source, std::string_view sender_id) override;
    [[nodiscard]] Result<bool> has_event(std::string_view source,
                                         std::string_view sender_id) override;
    [[nodiscard]] Result<std::vector<Quarantined>> quarantined(std::size_t limit) override;
    [[nodiscard]] Result<bool> release(std::int64_t quarantined, const NewJob& job,
                                       SystemTime now) override;
    [[nodiscard]] Result<bool> discard(std::int64_t quarantined) override;

    [[nodiscard]] Result<Enqueued> enqueue(const NewJob& job, SystemTime now) override;
    [[nodiscard]] Result<std::vector<Job>> claim(const Claim& claim, SystemTime now) override;
    [[nodiscard]] Result<bool> heartbeat(JobRef job, SystemTime until) override;
    [[nodiscard]] Result<bool> complete(JobRef job, const std::vector<NewMessage>& messages,
                                        bool stale, SystemTime now) override;
    [[nodiscard]] Result<bool> retry(JobRef job, SystemTime at, Duration delay,
                                     std::string_view reason, SystemTime now) override;
    [[nodiscard]] Result<bool> bury(JobRef job, std::string_view reason, SystemTime now) override;
    [[nodiscard]] Result<bool> give_back(JobRef job, SystemTime now) override;
    [[nodiscard]] Result<std::optional<SystemTime>> next_due(std::string_view queue) override;
    [[nodiscard]] Result<JobCounts> counts(std::string_view queue) override;
    [[nodiscard]] Result<std::vector<JobRow>> jobs(const JobFilter& filter,
                                                   std::size_t limit) override;
    [[nodiscard]] Result<std::vector<JobAttempt>> attempts(std::int64_t job) override;
    [[nodiscard]] Result<std::size_t> redrive(const JobFilter& filter, Duration pace,
                                              std::size_t limit, SystemTime now) override;
    [[nodiscard]] Result<void> pause(std::string_view queue, std::string_view reason,
                                     SystemTime now) override;
    [[nodiscard]] Result<bool> resume(std::string_view queue) override;
    [[nodiscard]] Result<std::vector<PausedQueue>> paused() override;

    [[nodiscard]] Result<void> put_schedule(std::string_view name, std::string_view spec,
                                            SystemTime next) override;
    [[nodiscard]] Result<std::vector<ScheduleRow>> schedules() override;
    [[nodiscard]] Result<bool> fire(std::string_view name, SystemTime expected, SystemTime next,
                                    const NewJob& job, SystemTime now) override;
    [[nodiscard]] Result<bool> skip_schedule(std::string_view name, SystemTime expected,
                                             SystemTime next) override;
    [[nodiscard]] Result<bool> pause_schedule(std::string_view name, bool paused) override;
    [[nodiscard]] Result<bool> remove_schedule(std::string_view name) override;

    [[nodiscard]] Result<Posted> post(const NewMessage& message, SystemTime now) override;
    [[nodiscard]] Result<std::vector<Message>> claim_messages(std::string_view target,
                                                              std::size_t limit, Duration lease,
                                                              SystemTime now) override;
    [[nodiscard]] Result<bool> settle(MessageRef message, const MessageChange& change,
                                      SystemTime now) override;
    [[nodiscard]] Result<std::optional<SystemTime>> next_message_due() override;
    [[nodiscard]] Result<std::vector<Message>> messages(const MessageFilter& filter,
                                                        std::size_t limit) override;
    [[nodiscard]] Result<MessageCounts> message_counts(std::string_view target) override;

    [[nodiscard]] Result<std::optional<std::int64_t>> put_document(
        std::string_view kind, std::string_view key, std::string_view body,
        std::optional<std::int64_t> expected, SystemTime now) override;
    [[nodiscard]] Result<std::optional<Document>> document(std::string_view kind,
                                                           std::string_view key) override;
    [[nodiscard]] Result<std::vector<Document>> documents(std::string_view kind,
                                                          std::string_view after_key,
                                                          std::size_t limit) override;
    [[nodiscard]] Result<std::vector<Document>> list_documents(std::string_view kind,
                                                               std::string_view after_key,
                                                               std::size_t limit) override;
    [[nodiscard]] Result<bool> remove_document(std::string_view kind,
                                               std::string_view key) override;

    [[nodiscard]] Result<Swept> sweep(const RetentionTimes& times, std::size_t batch,
                                      SystemTime now) override;
    [[nodiscard]] Result<void> probe() override;
    [[nodiscard]] Result<SchemaState> schema() override;

private:
    explicit SqliteStore(std::unique_ptr<internal::SqliteCore> core);
    std::unique_ptr<internal::SqliteCore> core_;
};

}  // namespace apilab::work
