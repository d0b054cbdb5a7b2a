#include "apilab/work/internal/postgres_steps.hpp"

#include "apilab/base/try.hpp"

namespace apilab::work::internal {
namespace {

// What an available job takes from one that goes into it, where that one's version is not older.
// One that was claimed may have had its effect under its key: with what is new it needs another.
#define APILAB_POSTGRES_TAKE(was, now)                                       \
    "coalesced = " was                                                       \
    "coalesced + 1,"                                                         \
    " event = CASE WHEN " now "version >= " was "version THEN " now          \
    "event"                                                                  \
    " ELSE " was                                                             \
    "event END,"                                                             \
    " entity = CASE WHEN " now "version >= " was "version THEN " now         \
    "entity"                                                                 \
    " ELSE " was                                                             \
    "entity END,"                                                            \
    " payload = CASE WHEN " now "version >= " was "version THEN " now        \
    "payload"                                                                \
    " ELSE " was                                                             \
    "payload END,"                                                           \
    " version = GREATEST(" was "version, " now                               \
    "version),"                                                              \
    " idempotency_key = CASE WHEN " now "version < " was "version THEN " was \
    "idempotency_key"                                                        \
    " WHEN " now "idempotency_key <> '' OR " was "fence = 0 THEN " now       \
    "idempotency_key"                                                        \
    " ELSE 'job:' || " was "id || '/' || (" was "coalesced + 1) END"

void add_payload(PostgresParameters& parameters, const NewJob& job, const JobOrigin& origin) {
    if (origin.event != 0 && job.payload.empty()) {
        parameters.null_bytes();
    } else {
        parameters.bytes(job.payload);
    }
}

std::string_view key_of(const NewJob& job, const JobOrigin& origin) {
    return job.idempotency_key.empty() ? origin.key : job.idempotency_key;
}

// Into the one that waits already. Nothing: there is none.
Result<std::optional<std::int64_t>> coalesce(PostgresConnection& db, const NewJob& job,
                                             const JobOrigin& origin) {
    static constexpr const char* sql =
        "UPDATE job AS w SET " APILAB_POSTGRES_TAKE("w.", "n.")
        " FROM (SELECT $3::bytea AS payload, $4::text AS entity, $5::bigint AS version,"
        " $6::text AS idempotency_key, $7::bigint AS event) AS n"
        " WHERE w.state = 'available' AND w.id = (SELECT id FROM job WHERE queue = $1"
        " AND coalesce_key = $2 AND coalesce_key <> '' AND state = 'available'"
        " ORDER BY id DESC LIMIT 1 FOR UPDATE) RETURNING w.id";
    PostgresParameters parameters;
    parameters.text(job.queue).text(job.coalesce_key);
    add_payload(parameters, job, origin);
    parameters.text(job.entity).integer(job.version).text(key_of(job, origin));
    parameters.integer(origin.event);
    APILAB_TRY(const auto rows, db.run(sql, parameters));
    return rows.empty() ? std::nullopt : std::optional(rows.row(0).integer());
}

// The index decides where two come at once: the second goes into the first.
Result<Store::Enqueued> insert(PostgresConnection& db, const NewJob& job, const JobOrigin& origin,
                               SystemTime now) {
    static constexpr const char* sql =
        "INSERT INTO job (id, queue, kind, payload, idempotency_key, order_key, coalesce_key,"
        " open_key, entity, version, state, due, priority, attempts_max, created, event,"
        " trace_context) VALUES (COALESCE($1, nextval('job_id')), $2, $3, $4, $5, $6, $7,"
        " nullif($7, ''), $8, $9, 'available', $10, $11, $12, $13, $14, $15)"
        " ON CONFLICT (queue, open_key) WHERE open_key IS NOT NULL DO UPDATE"
        " SET " APILAB_POSTGRES_TAKE("job.", "EXCLUDED.") " RETURNING id, coalesced > 0";
    PostgresParameters parameters;
    parameters.integer(origin.job).text(job.queue).text(job.kind);
    add_payload(parameters, job, origin);
    parameters.text(key_of(job, origin)).text(job.order_key).text(job.coalesce_key);
    parameters.text(job.entity).integer(job.version).time(job.run_at.value_or(now));
    parameters.integer(job.priority).integer(job.attempts_max).time(now).integer(origin.event);
    parameters.text(job.trace_context);
    APILAB_TRY(const auto rows, db.run(sql, parameters));
    auto row = rows.row(0);
    Store::Enqueued enqueued;
    enqueued.id = row.integer();
    enqueued.coalesced = row.boolean();
    return enqueued;
}

}  // namespace

Result<Store::Enqueued> add_job(PostgresConnection& db, const NewJob& job, const JobOrigin& origin,
                                SystemTime now) {
    if (!job.coalesce_key.empty()) {
        APILAB_TRY(const auto waiting, coalesce(db, job, origin));
        if (waiting) {
            return Store::Enqueued{.id = *waiting, .coalesced = true};
        }
    }
    return insert(db, job, origin, now);
}

Result<bool> wake_job(PostgresConnection& db, std::int64_t job, SystemTime due) {
    static constexpr const char* sql = R"(
UPDATE job SET state = 'available', attempt = 0, last_delay = 0, finished = NULL, due = $2,
    redrives = redrives + 1
WHERE id = $1 AND state = 'dead' RETURNING coalesce_key <> '')";
    APILAB_TRY(const auto rows, db.run(sql, PostgresParameters().integer(job).time(due)));
    if (!rows.empty() && rows.row(0).boolean()) {
        APILAB_CHECK(open_for_later(db, {job}));
    }
    return !rows.empty();
}

Result<Store::Posted> add_message(PostgresConnection& db, const NewMessage& message,
                                  std::int64_t job, SystemTime now) {
    static constexpr const char* add = R"(
INSERT INTO outbox (target, key, payload, state, due, created, job, trace_context)
VALUES ($1, $2, $3, 'pending', $4, $5, $6, $7)
ON CONFLICT (target, key) DO NOTHING RETURNING id)";
    static constexpr const char* known = "SELECT id FROM outbox WHERE target = $1 AND key = $2";
    PostgresParameters parameters;
    parameters.text(message.target).text(message.key).bytes(message.payload);
    parameters.time(message.send_at.value_or(now)).time(now).integer(job);
    parameters.text(message.trace_context);
    APILAB_TRY(const auto added, db.run(add, parameters));
    if (!added.empty()) {
        return Store::Posted{.id = added.row(0).integer(), .known = false};
    }
    PostgresParameters name;
    name.text(message.target).text(message.key);
    APILAB_TRY(const auto there, db.run(known, name));
    return Store::Posted{.id = there.empty() ? 0 : there.row(0).integer(), .known = true};
}

Result<void> open_for_later(PostgresConnection& db, const std::vector<std::int64_t>& jobs) {
    static constexpr const char* sql = R"(
UPDATE job j SET open_key = j.coalesce_key FROM (
    SELECT DISTINCT ON (queue, coalesce_key) id FROM job
    WHERE id = ANY ($1) AND coalesce_key <> '' AND state = 'available'
    ORDER BY queue, coalesce_key, id) f
WHERE j.id = f.id AND NOT EXISTS (
    SELECT 1 FROM job o WHERE o.queue = j.queue AND o.open_key = j.coalesce_key))";
    APILAB_CHECK(db.run(sql, PostgresParameters().integers(jobs)));
    return {};
}

void add_filter(PostgresParameters& parameters, const JobFilter& filter) {
    parameters.integer(filter.id).text(filter.queue).text(filter.kind).text(filter.reason_has);
    parameters.text(filter.source).text(filter.type).time(filter.since).time(filter.until);
}

Job read_job(PostgresRows::Reader& row) {
    Job job;
    job.ref.id = row.integer();
    job.ref.fence = row.integer();
    job.queue = row.bytes();
    job.kind = row.bytes();
    job.payload = row.bytes();
    job.idempotency_key = row.bytes();
    job.order_key = row.bytes();
    job.entity = row.bytes();
    job.version = row.integer();
    job.attempt = row.small();
    job.attempts_max = row.small();
    job.last_delay = std::chrono::milliseconds(row.integer());
    job.created = row.time();
    job.event = row.integer();
    job.source = row.bytes();
    job.type = row.bytes();
    job.trace_context = row.bytes();
    job.stale = row.boolean();
    return job;
}

}  // namespace apilab::work::internal
