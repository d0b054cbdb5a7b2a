// Of PostgresStore: jobs come, and attempts end.

#include "apilab/base/try.hpp"
#include "apilab/work/internal/postgres_connection.hpp"
#include "apilab/work/internal/postgres_steps.hpp"
#include "apilab/work/postgres_store.hpp"

namespace apilab::work {

using internal::PostgresConnection;
using internal::PostgresParameters;

namespace {

// Back among those that wait. `retry` and `give_back` differ in what they make of the attempt.
struct Back {
    /// Of one whose attempt does not count: not after; it has its old place again.
    SystemTime due;
    Duration delay{};
    std::string_view reason;
    /// The attempt counts, and the last one ends in a dead letter.
    bool counts = true;
    bool dead = false;
};

Result<bool> put_back(PostgresConnection& db, JobRef job, const Back& back, SystemTime now) {
    static constexpr const char* sql = R"(
WITH was AS (
    SELECT id, $7 OR ($6 AND attempt >= attempts_max) AS dead FROM job
    WHERE id = $1 AND fence = $2 AND state = 'running' FOR UPDATE),
ended AS (
    UPDATE job j SET
        state = CASE WHEN was.dead THEN 'dead' ELSE 'available' END,
        due = CASE WHEN was.dead THEN due WHEN $6 THEN $3
            ELSE LEAST(COALESCE(claimed_due, $3), $3) END,
        finished = CASE WHEN was.dead THEN $8 END,
        last_delay = CASE WHEN $6 AND NOT was.dead THEN $4 ELSE last_delay END,
        reason = CASE WHEN $6 THEN $5 ELSE reason END,
        attempt = CASE WHEN $6 THEN attempt ELSE attempt - 1 END
    FROM was WHERE j.id = was.id RETURNING j.id, j.fence, was.dead, j.coalesce_key <> '' AS open),
noted AS (
    UPDATE attempt a SET ended = $8, reason = $5, outcome = CASE WHEN ended.dead THEN 'dead'
        WHEN $6 THEN 'retry' ELSE 'returned' END
    FROM ended WHERE a.job = ended.id AND a.fence = ended.fence)
SELECT open AND NOT dead FROM ended)";
    const std::string reason = internal::kept_reason(back.reason);
    return db.atomically([&]() -> Result<bool> {
        PostgresParameters parameters;
        parameters.integer(job.id).integer(job.fence).time(back.due);
        parameters.integer(internal::to_ms(back.delay)).text(reason);
        parameters.boolean(back.counts).boolean(back.dead).time(now);
        APILAB_TRY(const auto rows, db.run(sql, parameters));
        if (rows.empty()) {
            return false;
        }
        if (rows.row(0).boolean()) {
            APILAB_CHECK(internal::open_for_later(db, {job.id}));
        }
        return true;
    });
}

struct Done {
    bool was_ours = false;
    std::string entity;
    std::int64_t version = 0;
};

Result<Done> finish(PostgresConnection& db, JobRef job, bool stale, SystemTime now) {
    static constexpr const char* sql = R"(
WITH ended AS (
    UPDATE job SET state = 'done', finished = $3, reason = ''
    WHERE id = $1 AND fence = $2 AND state = 'running' RETURNING id, fence, entity, version),
noted AS (
    UPDATE attempt a SET ended = $3, outcome = CASE WHEN $4 THEN 'stale' ELSE 'done' END
    FROM ended WHERE a.job = ended.id AND a.fence = ended.fence)
SELECT entity, version FROM ended)";
    PostgresParameters parameters;
    parameters.integer(job.id).integer(job.fence).time(now).boolean(stale);
    APILAB_TRY(const auto rows, db.run(sql, parameters));
    Done done;
    if (!rows.empty()) {
        auto row = rows.row(0);
        done.was_ours = true;
        done.entity = row.bytes();
        done.version = row.integer();
    }
    return done;
}

Result<void> know_version(PostgresConnection& db, const Done& done, SystemTime now) {
    static constexpr const char* sql = R"(
INSERT INTO entity (name, version, updated) VALUES ($1, $2, $3)
ON CONFLICT (name) DO UPDATE SET version = GREATEST(entity.version, EXCLUDED.version),
    updated = GREATEST(entity.updated, EXCLUDED.updated))";
    PostgresParameters parameters;
    parameters.text(done.entity).integer(done.version).time(now);
    APILAB_CHECK(db.run(sql, parameters));
    return {};
}

}  // namespace

Result<Store::Enqueued> PostgresStore::enqueue(const NewJob& job, SystemTime now) {
    APILAB_CHECK(internal::check_job(job, limits_));
    return db_->atomically([&] { return internal::add_job(*db_, job, {}, now); });
}

Result<bool> PostgresStore::heartbeat(JobRef job, SystemTime until) {
    static constexpr const char* sql =
        "UPDATE job SET due = $3 WHERE id = $1 AND fence = $2 AND state = 'running'";
    return db_->atomically([&]() -> Result<bool> {
        PostgresParameters parameters;
        parameters.integer(job.id).integer(job.fence).time(until);
        APILAB_TRY(const auto rows, db_->run(sql, parameters));
        return rows.changed() > 0;
    });
}

Result<bool> PostgresStore::complete(JobRef job, const std::vector<NewMessage>& messages,
                                     bool stale, SystemTime now) {
    APILAB_CHECK(internal::check_messages(messages, limits_));
    return db_->atomically([&]() -> Result<bool> {
        APILAB_TRY(const Done done, finish(*db_, job, stale, now));
        if (!done.was_ours) {
            return false;
        }
        if (!stale && !done.entity.empty()) {
            APILAB_CHECK(know_version(*db_, done, now));
        }
        for (const NewMessage& message : messages) {
            APILAB_CHECK(internal::add_message(*db_, message, job.id, now));
        }
        return true;
    });
}

Result<bool> PostgresStore::retry(JobRef job, SystemTime at, Duration delay,
                                  std::string_view reason, SystemTime now) {
    return put_back(*db_, job, {.due = at, .delay = delay, .reason = reason}, now);
}

Result<bool> PostgresStore::bury(JobRef job, std::string_view reason, SystemTime now) {
    return put_back(*db_, job, {.due = now, .reason = reason, .dead = true}, now);
}

Result<bool> PostgresStore::give_back(JobRef job, SystemTime now) {
    return put_back(*db_, job, {.due = now, .counts = false}, now);
}

Result<std::size_t> PostgresStore::redrive(const JobFilter& filter, Duration pace,
                                           std::size_t limit, SystemTime now) {
    static constexpr const char* sql =
        "WITH chosen AS (SELECT j.id FROM job j LEFT JOIN event e ON e.id = j.event"
        " WHERE j.state = 'dead' AND " APILAB_POSTGRES_JOB_FILTER
        " ORDER BY j.id LIMIT $9 FOR UPDATE OF j),"
        " numbered AS (SELECT id, row_number() OVER (ORDER BY id) - 1 AS n FROM chosen)"
        " UPDATE job j SET state = 'available', attempt = 0, last_delay = 0, finished = NULL,"
        " redrives = redrives + 1, due = $10 + numbered.n * $11"
        " FROM numbered WHERE j.id = numbered.id RETURNING j.id";
    if (pace < Duration::zero() || pace > std::chrono::hours(24)) {
        return fail(
            Error(ErrorKind::invalid_argument, "pace: expected 0 to 1 day").with_detail("pace"));
    }
    return db_->atomically([&]() -> Result<std::size_t> {
        PostgresParameters parameters;
        internal::add_filter(parameters, filter);
        parameters.integer(static_cast<std::int64_t>(limit)).time(now);
        parameters.integer(internal::to_ms(pace));
        APILAB_TRY(const auto rows, db_->run(sql, parameters));
        std::vector<std::int64_t> ids;
        for (int i = 0; i < rows.size(); ++i) {
            ids.push_back(rows.row(i).integer());
        }
        APILAB_CHECK(internal::open_for_later(*db_, ids));
        return ids.size();
    });
}

}  // namespace apilab::work
