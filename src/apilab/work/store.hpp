#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"
#include "apilab/work/document.hpp"
#include "apilab/work/event.hpp"
#include "apilab/work/job.hpp"
#include "apilab/work/message.hpp"

namespace apilab::work {

/// Limits that every store keeps.
struct StoreOptions {
    /// Largest body of an event or a document, payload of a job or of a message. 1 byte to 512 MiB;
    /// default 25 MiB, what GitHub sends at most.
    std::size_t body_max = std::size_t{25} << 20U;
};

/// A task that comes again; when, is decided by `Schedule` (schedule.hpp), the store keeps it.
struct ScheduleRow {
    /// 1 to 64 of `a-z0-9._-`.
    std::string name;
    /// As `Schedule::parse` reads it.
    std::string spec;
    SystemTime next;
    /// When it was fired last.
    std::optional<SystemTime> last;
    bool paused = false;
};

struct PausedQueue {
    std::string queue;
    std::string reason;
    SystemTime since;
};

/// How long what is over is kept. `validate` (retention.hpp) has the ranges.
struct RetentionTimes {
    /// Bodies and headers of events whose job is done.
    Duration bodies = std::chrono::days(30);
    /// The ids and hashes that tell a copy from an event.
    Duration keys = std::chrono::days(30);
    Duration done_jobs = std::chrono::days(1);
    Duration dead_jobs = std::chrono::days(30);
    Duration messages = std::chrono::days(30);
    Duration quarantine = std::chrono::days(30);
};

struct Swept {
    std::size_t rows = 0;
    /// There was more than one batch of something; sweep again.
    bool more = false;
};

/// Steps of the schema: those that the store has seen, and those that this program knows.
struct SchemaState {
    std::int64_t present = 0;
    std::int64_t known = 0;

    [[nodiscard]] bool current() const { return present == known; }
    friend bool operator==(const SchemaState&, const SchemaState&) = default;
};

/// Where events, jobs, messages and documents are kept: SQLite or PostgreSQL, one suite of
/// behaviour for both (tests/contract/work_store). A connection: it belongs to one thread, and
/// every call waits for the disk; several objects, in several processes too, may have the same
/// store open.
///
/// Each call is a transaction of its own unless `begin` was called: then all up to `commit` are
/// one, and a call that is refused takes back what it did itself and nothing else. That is how a
/// batch costs one sync of the disk (`StoreWriter`). Where the database itself fails (`io`), the
/// whole transaction is to be rolled back: nobody can say what of it is left.
///
/// Times are milliseconds; they are compared with the `now` that is passed in, never with the
/// machine's clock. Errors: `invalid_argument` (detail: the field), `too_large`, and `io` with the
/// database's own words, whose detail is `full` (no room on the disk), `busy` (somebody else has
/// it), `corrupt`, `lost` (the connection; what was under way may have been committed or not) or
/// `other`.
class Store {
public:
    Store() = default;
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;
    virtual ~Store() = default;

    [[nodiscard]] virtual Result<void> begin() = 0;
    /// What was done is on the disk when this returns. After an error nothing of it is (`lost`
    /// apart), and the transaction is over.
    [[nodiscard]] virtual Result<void> commit() = 0;
    virtual void rollback() = 0;

    // --- inbox

    /// Takes an event and the job it means, if it is new (see `Put`). The job's payload is the
    /// event's body.
    [[nodiscard]] virtual Result<PutResult> put(const Event& event, const NewJob& job,
                                                SystemTime now) = 0;
    /// The newest first; `source` and `type` empty: all. `before`: ids below this one, 0: all.
    [[nodiscard]] virtual Result<std::vector<ArchivedEvent>> events(std::string_view source,
                                                                    std::string_view type,
                                                                    std::int64_t before,
                                                                    std::size_t limit) = 0;
    /// As `events`, without headers and bodies: for lists. A body may have 25 MiB.
    [[nodiscard]] virtual Result<std::vector<ArchivedEvent>> list_events(std::string_view source,
                                                                         std::string_view type,
                                                                         std::int64_t before,
                                                                         std::size_t limit) = 0;
    [[nodiscard]] virtual Result<std::optional<ArchivedEvent>> event(std::int64_t id) = 0;
    /// By the sender's id; the newest where scopes differ.
    [[nodiscard]] virtual Result<std::optional<ArchivedEvent>> event_of(
        std::string_view source, std::string_view sender_id) = 0;
    /// Did one of that id come, in whatever scope? It is in the archive, or in the quarantine.
    /// Reads no body.
    [[nodiscard]] virtual Result<bool> has_event(std::string_view source,
                                                 std::string_view sender_id) = 0;
    [[nodiscard]] virtual Result<std::vector<Quarantined>> quarantined(std::size_t limit) = 0;
    /// A person looked: the event goes into the archive, and `job` runs with its body after all,
    /// under an idempotency key of its own (`released:<id>`) where it names none: the event's may
    /// have had its effect. False: there is no such entry.
    [[nodiscard]] virtual Result<bool> release(std::int64_t quarantined, const NewJob& job,
                                               SystemTime now) = 0;
    [[nodiscard]] virtual Result<bool> discard(std::int64_t quarantined) = 0;

    // --- jobs

    struct Enqueued {
        std::int64_t id = 0;
        /// It went into one that waits already.
        bool coalesced = false;
    };
    [[nodiscard]] virtual Result<Enqueued> enqueue(const NewJob& job, SystemTime now) = 0;
    /// Jobs that are due, or whose lease is over, by priority, then the longest due, then age; none
    /// of a paused queue. A job whose last attempt ran out of lease becomes a dead letter instead.
    [[nodiscard]] virtual Result<std::vector<Job>> claim(const Claim& claim, SystemTime now) = 0;

    // All of these: false where the claim is not the caller's any more, and then nothing changed.

    /// The lease ends at `until`.
    [[nodiscard]] virtual Result<bool> heartbeat(JobRef job, SystemTime until) = 0;
    /// Done, and `messages`, at most 1,000, are to be sent: one transaction. Its entity is known in
    /// its version from now on. `stale`: it was not run, because a newer one was.
    [[nodiscard]] virtual Result<bool> complete(JobRef job, const std::vector<NewMessage>& messages,
                                                bool stale, SystemTime now) = 0;
    /// Due again at `at`, after `delay`; after the last attempt it is a dead letter.
    [[nodiscard]] virtual Result<bool> retry(JobRef job, SystemTime at, Duration delay,
                                             std::string_view reason, SystemTime now) = 0;
    /// A dead letter at once.
    [[nodiscard]] virtual Result<bool> bury(JobRef job, std::string_view reason,
                                            SystemTime now) = 0;
    /// Back in its old place: due when it was before it was claimed, so at once and before what
    /// came after it. The attempt was none (a process that is told to end).
    [[nodiscard]] virtual Result<bool> give_back(JobRef job, SystemTime now) = 0;

    /// When the next job of the queue is due or loses its lease; nothing where none is open, or the
    /// queue is paused.
    [[nodiscard]] virtual Result<std::optional<SystemTime>> next_due(std::string_view queue) = 0;
    /// Empty: of all queues.
    [[nodiscard]] virtual Result<JobCounts> counts(std::string_view queue) = 0;
    /// The newest first, at most `limit`.
    [[nodiscard]] virtual Result<std::vector<JobRow>> jobs(const JobFilter& filter,
                                                           std::size_t limit) = 0;
    [[nodiscard]] virtual Result<std::vector<JobAttempt>> attempts(std::int64_t job) = 0;
    /// Dead letters that fit (the filter's state does not count), the oldest first, at most
    /// `limit`, are available again: the first at `now`, each next one `pace` later. Attempts
    /// count anew; the idempotency key stays. How many.
    [[nodiscard]] virtual Result<std::size_t> redrive(const JobFilter& filter, Duration pace,
                                                      std::size_t limit, SystemTime now) = 0;
    /// Nothing of it is claimed until `resume`; what runs goes on.
    [[nodiscard]] virtual Result<void> pause(std::string_view queue, std::string_view reason,
                                             SystemTime now) = 0;
    /// False: it was not paused.
    [[nodiscard]] virtual Result<bool> resume(std::string_view queue) = 0;
    [[nodiscard]] virtual Result<std::vector<PausedQueue>> paused() = 0;

    // --- schedules

    /// Adds it, or changes the spec and the next time of the one by this name where the spec
    /// differs; where it does not, nothing changes.
    [[nodiscard]] virtual Result<void> put_schedule(std::string_view name, std::string_view spec,
                                                    SystemTime next) = 0;
    [[nodiscard]] virtual Result<std::vector<ScheduleRow>> schedules() = 0;
    /// `job` is enqueued and the schedule goes on at `next`, in one transaction; only where it
    /// still stands at `expected`, so that of several processes one does it. False: another one
    /// did, or it is paused.
    [[nodiscard]] virtual Result<bool> fire(std::string_view name, SystemTime expected,
                                            SystemTime next, const NewJob& job, SystemTime now) = 0;
    /// On to `next` without a job, under the same condition. When it was fired last stays.
    [[nodiscard]] virtual Result<bool> skip_schedule(std::string_view name, SystemTime expected,
                                                     SystemTime next) = 0;
    /// It is not fired while it is paused, and its next time stays. False: there is none.
    [[nodiscard]] virtual Result<bool> pause_schedule(std::string_view name, bool paused) = 0;
    [[nodiscard]] virtual Result<bool> remove_schedule(std::string_view name) = 0;

    // --- outbox

    struct Posted {
        std::int64_t id = 0;
        /// (target, key) was there; nothing was added.
        bool known = false;
    };
    [[nodiscard]] virtual Result<Posted> post(const NewMessage& message, SystemTime now) = 0;
    /// Messages that are due, or whose lease is over, the longest due first; they are `sending`
    /// from now on. `target` empty: of all. `limit`: 1 to 1,000.
    [[nodiscard]] virtual Result<std::vector<Message>> claim_messages(std::string_view target,
                                                                      std::size_t limit,
                                                                      Duration lease,
                                                                      SystemTime now) = 0;
    /// False where the claim is not the caller's any more. What was settled as `escalated`,
    /// `failed` or `duplicated` may be settled once more under the same fence: a person has looked
    /// (`Outbox::resolve`).
    [[nodiscard]] virtual Result<bool> settle(MessageRef message, const MessageChange& change,
                                              SystemTime now) = 0;
    [[nodiscard]] virtual Result<std::optional<SystemTime>> next_message_due() = 0;
    /// The newest first.
    [[nodiscard]] virtual Result<std::vector<Message>> messages(const MessageFilter& filter,
                                                                std::size_t limit) = 0;
    /// All of them by state; `target` empty: of all.
    [[nodiscard]] virtual Result<MessageCounts> message_counts(std::string_view target) = 0;

    // --- documents

    /// Keeps `body` under its name, and returns its version from now on (from 1). With `expected`
    /// only where the document is at that version (0: it must not be there); nothing: it is not,
    /// and nothing was changed. Who read one, thought, and writes it names the version it read.
    ///
    ///     APILAB_TRY(auto found, store.document("setting", "theme"));
    ///     APILAB_TRY(auto kept, store.put_document("setting", "theme", "dark",
    ///                                              found ? found->version : 0, now));
    ///     if (!kept) { ... somebody else was faster: read it again ... }
    [[nodiscard]] virtual Result<std::optional<std::int64_t>> put_document(
        std::string_view kind, std::string_view key, std::string_view body,
        std::optional<std::int64_t> expected, SystemTime now) = 0;
    [[nodiscard]] virtual Result<std::optional<Document>> document(std::string_view kind,
                                                                   std::string_view key) = 0;
    /// Those of a kind whose key comes after `after_key` (empty: from the first), by key, byte by
    /// byte. `limit`: 1 to 1,000.
    [[nodiscard]] virtual Result<std::vector<Document>> documents(std::string_view kind,
                                                                  std::string_view after_key,
                                                                  std::size_t limit) = 0;
    /// As `documents`, without their bodies: what changed since somebody looked.
    [[nodiscard]] virtual Result<std::vector<Document>> list_documents(std::string_view kind,
                                                                       std::string_view after_key,
                                                                       std::size_t limit) = 0;
    /// False: there was none.
    [[nodiscard]] virtual Result<bool> remove_document(std::string_view kind,
                                                       std::string_view key) = 0;

    // --- upkeep

    /// Removes at most `batch` rows of each kind that are older than `times` say. Never an open
    /// job, a message that goes on or waits for a person (`escalated`), or the key of an event
    /// whose job is open or dead, or whose body is still there. An event whose dead letter was
    /// removed is `revived` by its next copy all the same.
    [[nodiscard]] virtual Result<Swept> sweep(const RetentionTimes& times, std::size_t batch,
                                              SystemTime now) = 0;
    /// Writes and takes back: can it be written? For a service's readiness.
    [[nodiscard]] virtual Result<void> probe() = 0;
    /// How far the schema has come, read anew: a newer program may have taken it further.
    [[nodiscard]] virtual Result<SchemaState> schema() = 0;
};

}  // namespace apilab::work
