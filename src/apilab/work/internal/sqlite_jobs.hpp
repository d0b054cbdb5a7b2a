#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "apilab/work/internal/sqlite_core.hpp"

// What the topics of the SQLite store do to each other's tables. All of it throws
// `SQLite::Exception`, within `SqliteCore::change`.
namespace apilab::work::internal {

/// What made a job, where an event did.
struct Origin {
    std::int64_t event = 0;
    /// The idempotency key where the job names none.
    std::string_view key;
};

/// Adds a job, or lets it go into one that waits. Times are milliseconds.
[[nodiscard]] Store::Enqueued insert_job(SqliteCore& core, const NewJob& job, const Origin& origin,
                                         std::int64_t now);

/// A dead letter is available from `due` on, its attempts counted anew. False: it is none.
[[nodiscard]] bool wake_job(SqliteCore& core, std::int64_t job, std::int64_t due);

/// The next one in the line of an order key is ready: the one that was has ended.
void let_next_pass(SqliteCore& core, std::string_view queue, std::string_view order_key);

struct HeldJob {
    std::string queue;
    std::string order_key;
    std::string entity;
    std::int64_t version = 0;
    int attempt = 0;
    int attempts_max = 0;
    std::string worker;
    std::int64_t claimed = 0;
};

struct EndedAttempt {
    std::int64_t job = 0;
    std::int64_t fence = 0;
    int attempt = 0;
    std::string_view worker;
    std::int64_t started = 0;
    std::int64_t ended = 0;
    std::string_view outcome;
    std::string_view reason;
};
void keep_attempt(SqliteCore& core, const EndedAttempt& ended);

/// Adds a message that a job asked for (0: none).
[[nodiscard]] Store::Posted insert_message(SqliteCore& core, const NewMessage& message,
                                           std::int64_t job, std::int64_t now);

/// Columns 0 to 17 of a `job j` with its `event e`, which `read_job` understands.
// clang-format off
#define APILAB_JOB_COLUMNS                                                                   \
    "j.id, j.fence, j.queue, j.kind, "                                                       \
    "coalesce(j.payload, (SELECT b.body FROM event_body b WHERE b.event = j.event)), "       \
    "CASE j.idempotency_key WHEN '' THEN 'job:' || j.id ELSE j.idempotency_key END, "        \
    "j.order_key, j.entity, j.version, j.attempt, j.attempts_max, j.last_delay, j.created, " \
    "j.event, e.source, e.type, j.trace_context, "                                           \
    "j.entity <> '' AND EXISTS (SELECT 1 FROM entity v "                                     \
    "WHERE v.name = j.entity AND v.version > j.version) "
// clang-format on
inline constexpr int job_columns = 18;
[[nodiscard]] Job read_job(const Query& row);

}  // namespace apilab::work::internal
