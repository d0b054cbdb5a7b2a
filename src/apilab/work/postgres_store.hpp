#pragma once

#include <memory>
#include <string>

#include "apilab/base/secret.hpp"
#include "apilab/work/store.hpp"

namespace apilab::work {

namespace internal {
class PostgresConnection;
}  // namespace internal

struct PostgresStoreOptions {
    StoreOptions limits;
    /// All tables are in this schema of the database; it is made where it is absent, which needs
    /// the right to. 1 to 63 of `a-z0-9_`, no digit first, not `pg_...`.
    std::string schema = "apilab";
    /// For each host of the URL. 2 s to 5 min, in whole seconds.
    Duration connect_timeout = std::chrono::seconds(10);
    /// No single statement takes longer (`busy`). 100 ms to 1 h.
    Duration statement_timeout = std::chrono::seconds(30);
    /// So long a row that somebody else has is waited for (`busy`). 10 ms to 1 h.
    Duration lock_timeout = std::chrono::seconds(5);
    /// A server ends a transaction of ours in which nothing happened for so long: a process that
    /// hangs must not hold rows. 1 s to 1 h.
    Duration idle_timeout = std::chrono::minutes(1);
};

/// A store in PostgreSQL (13 or later), for several processes on several machines. One connection;
/// open one store for each thread.
///
///     APILAB_TRY(auto store, PostgresStore::open(Secret("postgres://radar@db/radar")));
///
/// **Two workers, one job**: rows are claimed with `FOR UPDATE SKIP LOCKED`, so that nobody waits
/// for a row that somebody else takes, and no row is taken twice. Of jobs with one order key, one
/// runs: who decides about a key holds an advisory lock of it until it commits, and a unique index
/// holds whatever anybody does. Copies, coalescing and messages rest on unique indexes, never on a
/// look before the write. See docs/adr/0022-postgresql.md.
///
/// **Durability** is the server's: `synchronous_commit` is turned on for this connection where it
/// is off; a server with `fsync=off` keeps no promise, and nothing here can see a disk that lies.
///
/// **A lost connection**: what is sent next, outside of a transaction, makes a new one, once, and
/// says `lost` where that fails. A call outside of a transaction of which nothing can have been
/// committed is done again by itself; one that was lost while it committed says `lost` with the
/// outcome `unknown`. Inside of `begin`, everything up to the end of the transaction says `lost`.
/// Deadlocks and races are run again outside of a transaction, at most four times; inside they are
/// `busy`, and only that call is undone.
///
/// **The URL**: `postgres://` or `postgresql://`, as libpq reads it; what it leaves out libpq takes
/// from its own variables (`PGHOST`, `PGPASSFILE`). `sslmode` is libpq's `prefer` where nobody says
/// otherwise: encrypted where the server can, and not checked; over a network that is not yours
/// write `?sslmode=verify-full&sslrootcert=FILE`. Errors hold nothing of the URL: no
/// host, user, database or password. The code of an error is the SQLSTATE (`provider_code`).
class PostgresStore final : public Store {
public:
    /// Connects, makes or migrates the schema (one process at a time: an advisory lock). Errors:
    /// `invalid_argument` for the URL, an option, or a schema that a newer version wrote; `io`.
    [[nodiscard]] static Result<std::unique_ptr<PostgresStore>> open(
        const Secret& url, PostgresStoreOptions options = {});
    ~PostgresStore() override;

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
    PostgresStore(std::unique_ptr<internal::PostgresConnection> database, StoreOptions limits);
    std::unique_ptr<internal::PostgresConnection> db_;
    StoreOptions limits_;
};

}  // namespace apilab::work
