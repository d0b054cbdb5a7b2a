// Of PostgresStore: retention in small batches, and whether it can be written.

#include <array>

#include "apilab/base/try.hpp"
#include "apilab/work/internal/postgres_connection.hpp"
#include "apilab/work/internal/postgres_steps.hpp"
#include "apilab/work/postgres_store.hpp"

namespace apilab::work {

using internal::PostgresParameters;

namespace {

// Each takes what is older than $1, at most $2 rows, and leaves alone what others have under their
// hands: several processes may sweep. An open or dead job keeps its event whole: it may run again.
constexpr const char* sweep_bodies = R"(
UPDATE event SET body = NULL, headers = NULL WHERE id IN (
    SELECT e.id FROM event e WHERE e.body IS NOT NULL AND e.received < $1 AND NOT EXISTS (
        SELECT 1 FROM job j WHERE j.id = e.job AND j.state <> 'done')
    ORDER BY e.received LIMIT $2 FOR UPDATE SKIP LOCKED))";
constexpr const char* sweep_keys = R"(
DELETE FROM event WHERE id IN (
    SELECT e.id FROM event e WHERE e.last_seen < $1 AND NOT EXISTS (
        SELECT 1 FROM job j WHERE j.id = e.job AND j.state <> 'done')
    ORDER BY e.last_seen LIMIT $2 FOR UPDATE SKIP LOCKED))";
constexpr const char* sweep_done = R"(
DELETE FROM job WHERE id IN (
    SELECT id FROM job WHERE state = 'done' AND finished IS NOT NULL AND finished < $1
    ORDER BY finished LIMIT $2 FOR UPDATE SKIP LOCKED))";
constexpr const char* sweep_dead = R"(
DELETE FROM job WHERE id IN (
    SELECT id FROM job WHERE state = 'dead' AND finished IS NOT NULL AND finished < $1
    ORDER BY finished LIMIT $2 FOR UPDATE SKIP LOCKED))";
constexpr const char* sweep_messages = R"(
DELETE FROM outbox WHERE id IN (
    SELECT id FROM outbox WHERE finished IS NOT NULL AND finished < $1
    ORDER BY finished LIMIT $2 FOR UPDATE SKIP LOCKED))";
constexpr const char* sweep_quarantine = R"(
DELETE FROM quarantine WHERE id IN (
    SELECT id FROM quarantine WHERE received < $1
    ORDER BY received LIMIT $2 FOR UPDATE SKIP LOCKED))";

}  // namespace

Result<Swept> PostgresStore::sweep(const RetentionTimes& times, std::size_t batch, SystemTime now) {
    struct Step {
        const char* sql;
        Duration kept;
    };
    const std::array steps{
        Step{sweep_bodies, times.bodies},     Step{sweep_done, times.done_jobs},
        Step{sweep_dead, times.dead_jobs},    Step{sweep_keys, times.keys},
        Step{sweep_messages, times.messages}, Step{sweep_quarantine, times.quarantine}};
    Swept swept;
    for (const Step& step : steps) {
        auto rows = db_->atomically([&]() -> Result<std::size_t> {
            PostgresParameters parameters;
            parameters.time(now - step.kept).integer(static_cast<std::int64_t>(batch));
            APILAB_TRY(const auto removed, db_->run(step.sql, parameters));
            return static_cast<std::size_t>(removed.changed());
        });
        if (!rows) {
            return fail(std::move(rows).error());
        }
        swept.rows += *rows;
        swept.more = swept.more || *rows == batch;
    }
    return swept;
}

Result<void> PostgresStore::probe() {
    return db_->in_vain([&]() -> Result<void> {
        APILAB_CHECK(db_->run("INSERT INTO probe (at) VALUES (0)"));
        return {};
    });
}

}  // namespace apilab::work
