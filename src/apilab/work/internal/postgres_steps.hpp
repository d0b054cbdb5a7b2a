#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/result.hpp"
#include "apilab/work/internal/postgres_connection.hpp"
#include "apilab/work/internal/postgres_rows.hpp"
#include "apilab/work/store.hpp"

// Parts of the PostgreSQL store's transactions that several of its calls have in common. They run
// inside of `PostgresConnection::atomically`.
namespace apilab::work::internal {

/// Of an event that is put: the job's id was given before.
struct JobOrigin {
    std::int64_t event = 0;
    std::optional<std::int64_t> job;
    /// For the idempotency key.
    std::string key;
};

[[nodiscard]] Result<Store::Enqueued> add_job(PostgresConnection& db, const NewJob& job,
                                              const JobOrigin& origin, SystemTime now);

/// A dead letter is available from `due` on, its attempts counted anew. False: it is none.
[[nodiscard]] Result<bool> wake_job(PostgresConnection& db, std::int64_t job, SystemTime due);

[[nodiscard]] Result<Store::Posted> add_message(PostgresConnection& db, const NewMessage& message,
                                                std::int64_t job, SystemTime now);

/// Of these jobs, available again, those with a coalesce key take later ones in, where no other one
/// does.
[[nodiscard]] Result<void> open_for_later(PostgresConnection& db,
                                          const std::vector<std::int64_t>& jobs);

/// As `read_job` reads them: of `job j`, left-joined with `event e` and `entity v`.
#define APILAB_POSTGRES_JOB                                                                  \
    "j.id, j.fence, j.queue, j.kind, COALESCE(j.payload, e.body), "                          \
    "CASE j.idempotency_key WHEN '' THEN 'job:' || j.id ELSE j.idempotency_key END, "        \
    "j.order_key, j.entity, j.version, j.attempt, j.attempts_max, j.last_delay, j.created, " \
    "j.event, e.source, e.type, j.trace_context, COALESCE(v.version > j.version, false)"
#define APILAB_POSTGRES_JOB_JOINS          \
    " LEFT JOIN event e ON e.id = j.event" \
    " LEFT JOIN entity v ON v.name = j.entity AND j.entity <> ''"
[[nodiscard]] Job read_job(PostgresRows::Reader& row);

/// Of `job j`: which may run as far as its order key goes: nobody of its key runs, none that came
/// before is open.
#define APILAB_POSTGRES_FIRST_OF_KEY                                               \
    "(j.order_key = '' OR NOT EXISTS (SELECT 1 FROM job o WHERE o.queue = j.queue" \
    " AND o.order_key = j.order_key AND o.state IN ('available', 'running')"       \
    " AND o.order_key <> '' AND o.id <> j.id AND (o.state = 'running' OR o.id < j.id)))"

/// Of `job j` and `event e`: the parameters 1 to 8 of `add_filter`; the state apart.
#define APILAB_POSTGRES_JOB_FILTER                                                \
    "($1::bigint IS NULL OR j.id = $1) AND ($2 = '' OR j.queue = $2)"             \
    " AND ($3 = '' OR j.kind = $3) AND ($4 = '' OR position($4 IN j.reason) > 0)" \
    " AND ($5 = '' OR e.source = $5) AND ($6 = '' OR e.type = $6)"                \
    " AND ($7::bigint IS NULL OR j.created >= $7) AND ($8::bigint IS NULL OR j.created < $8)"
void add_filter(PostgresParameters& parameters, const JobFilter& filter);

}  // namespace apilab::work::internal
