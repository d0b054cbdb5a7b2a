// Of PostgresStore: what is over goes, in small batches; and can it be written?

#include <algorithm>
#include <array>

#include "apilab/base/try.hpp"
#include "apilab/work/internal/postgres_connection.hpp"
#include "apilab/work/internal/postgres_schema.hpp"
#include "apilab/work/internal/postgres_steps.hpp"
#include "apilab/work/postgres_store.hpp"

namespace apilab::work {

using internal::PostgresParameters;

namespace {

// Each takes what is older than $1, at most $2 rows, and leaves alone what others have under their
// hands: several processes may sweep. An open or dead job keeps its event whole: it may run again.
constexpr const char* done_jobs = R"(
DELETE FROM job WHERE id IN (
    SELECT id FROM job WHERE state = 'done' AND finished IS NOT NULL AND finished < $1
    ORDER BY finished LIMIT $2 FOR UPDATE SKIP LOCKED))";
// Which events' jobs were given up is kept as long as their keys: a copy of one still has its
// chance.
constexpr const char* dead_jobs = R"(
WITH d AS (
    DELETE FROM job WHERE id IN (
        SELECT id FROM job WHERE state = 'dead' AND finished IS NOT NULL AND finished < $1
        ORDER BY finished LIMIT $2 FOR UPDATE SKIP LOCKED)
    RETURNING id, finished)
INSERT INTO given_up (job, since) SELECT id, finished FROM d)";
constexpr const char* bodies = R"(
UPDATE event SET body = NULL, headers = NULL, body_since = NULL WHERE id IN (
    SELECT e.id FROM event e WHERE e.body_since < $1 AND NOT EXISTS (
        SELECT 1 FROM job j WHERE j.id = e.job AND j.state <> 'done')
    ORDER BY e.body_since LIMIT $2 FOR UPDATE SKIP LOCKED))";
// While there is something of an event to look at, its key is there, too.
constexpr const char* keys = R"(
DELETE FROM event WHERE id IN (
    SELECT e.id FROM event e WHERE e.last_seen < $1 AND e.body_since IS NULL AND NOT EXISTS (
        SELECT 1 FROM job j WHERE j.id = e.job AND j.state <> 'done')
    ORDER BY e.last_seen LIMIT $2 FOR UPDATE SKIP LOCKED))";
constexpr const char* given_up = R"(
DELETE FROM given_up WHERE job IN (
    SELECT job FROM given_up WHERE since < $1 ORDER BY since LIMIT $2 FOR UPDATE SKIP LOCKED))";
constexpr const char* entities = R"(
DELETE FROM entity WHERE name IN (
    SELECT name FROM entity WHERE updated < $1 ORDER BY updated LIMIT $2 FOR UPDATE SKIP LOCKED))";
// What a person has to say something about (escalated) stays.
constexpr const char* messages_over = R"(
DELETE FROM outbox WHERE id IN (
    SELECT id FROM outbox WHERE finished IS NOT NULL AND finished < $1 AND state <> 'escalated'
    ORDER BY finished LIMIT $2 FOR UPDATE SKIP LOCKED))";
constexpr const char* quarantine = R"(
DELETE FROM quarantine WHERE id IN (
    SELECT id FROM quarantine WHERE received < $1
    ORDER BY received LIMIT $2 FOR UPDATE SKIP LOCKED))";

}  // namespace

Result<Swept> PostgresStore::sweep(const RetentionTimes& times, std::size_t batch, SystemTime now) {
    struct Step {
        const char* sql;
        Duration kept;
    };
    const Duration longest = std::max(times.keys, times.bodies);
    const std::array steps{Step{done_jobs, times.done_jobs},
                           Step{dead_jobs, times.dead_jobs},
                           Step{bodies, times.bodies},
                           Step{keys, longest},
                           Step{given_up, longest},
                           Step{entities, times.keys},
                           Step{messages_over, times.messages},
                           Step{quarantine, times.quarantine}};
    if (batch < 1) {
        return fail(
            Error(ErrorKind::invalid_argument, "batch: expected 1 or more").with_detail("batch"));
    }
    return db_->atomically([&]() -> Result<Swept> {
        Swept swept;
        for (const Step& step : steps) {
            PostgresParameters parameters;
            parameters.time(now - step.kept).integer(static_cast<std::int64_t>(batch));
            APILAB_TRY(const auto removed, db_->run(step.sql, parameters));
            const auto rows = static_cast<std::size_t>(removed.changed());
            swept.rows += rows;
            swept.more = swept.more || rows >= batch;
        }
        return swept;
    });
}

Result<SchemaState> PostgresStore::schema() {
    APILAB_TRY(const auto present, internal::postgres_schema_version(*db_));
    return SchemaState{.present = present, .known = internal::postgres_schema_known()};
}

Result<void> PostgresStore::probe() {
    static constexpr const char* sql = R"(
INSERT INTO probe AS p (id, count) VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET count = p.count + 1)";
    return db_->atomically([&]() -> Result<void> {
        APILAB_CHECK(db_->run(sql));
        return {};
    });
}

}  // namespace apilab::work
