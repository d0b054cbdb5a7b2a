#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "apilab/base/clock.hpp"
#include "apilab/base/error.hpp"
#include "apilab/base/result.hpp"
#include "apilab/base/try.hpp"
#include "apilab/work/internal/sqlite_core.hpp"
#include "apilab/work/internal/sqlite_schema.hpp"
#include "apilab/work/internal/store_checks.hpp"
#include "apilab/work/sqlite_store.hpp"
#include "apilab/work/store.hpp"

namespace apilab::work {

using internal::SqliteCore;

namespace {

class Sweep {
public:
    Sweep(SqliteCore& core, std::size_t batch) : core_(core), batch_(batch) {}

    // `sql`: what is older than ?1, at most ?2 rows.
    void remove(const char* sql, std::int64_t before) {
        const int rows =
            core_.use(sql).integer(before).integer(static_cast<std::int64_t>(batch_)).run();
        swept_.rows += static_cast<std::size_t>(rows);
        swept_.more = swept_.more || static_cast<std::size_t>(rows) >= batch_;
    }
    [[nodiscard]] Swept swept() const { return swept_; }

private:
    SqliteCore& core_;
    std::size_t batch_;
    Swept swept_;
};

// Which events' jobs were given up is kept as long as their keys: a copy of one still has its
// chance.
void sweep_jobs(SqliteCore& core, Sweep& sweep, std::int64_t done, std::int64_t dead,
                std::size_t batch) {
    sweep.remove(
        "DELETE FROM job WHERE id IN (SELECT id FROM job INDEXED BY job_done "
        "WHERE state = 'done' AND finished < ?1 ORDER BY finished LIMIT ?2)",
        done);
    core.use(
            "INSERT INTO given_up (job, since) SELECT id, finished FROM job INDEXED BY job_dead "
            "WHERE state = 'dead' AND finished < ?1 ORDER BY finished, queue, id LIMIT ?2")
        .integer(dead)
        .integer(static_cast<std::int64_t>(batch))
        .run();
    sweep.remove(
        "DELETE FROM job WHERE id IN (SELECT id FROM job INDEXED BY job_dead "
        "WHERE state = 'dead' AND finished < ?1 ORDER BY finished, queue, id LIMIT ?2)",
        dead);
}

void sweep_events(Sweep& sweep, std::int64_t bodies, std::int64_t keys) {
    sweep.remove(
        "DELETE FROM event_body WHERE event IN (SELECT b.event FROM event_body b "
        "INDEXED BY event_body_by_age JOIN event e ON e.id = b.event LEFT JOIN job j "
        "ON j.id = e.job WHERE b.received < ?1 AND coalesce(j.state, 'done') = 'done' "
        "ORDER BY b.received LIMIT ?2)",
        bodies);
    // While there is something of an event to look at, its key is there, too.
    sweep.remove(
        "DELETE FROM event WHERE id IN (SELECT e.id FROM event e INDEXED BY event_by_seen "
        "LEFT JOIN job j ON j.id = e.job WHERE e.last_seen < ?1 "
        "AND coalesce(j.state, 'done') = 'done' "
        "AND NOT EXISTS (SELECT 1 FROM event_body b WHERE b.event = e.id) "
        "ORDER BY e.last_seen LIMIT ?2)",
        std::min(keys, bodies));
    sweep.remove(
        "DELETE FROM given_up WHERE job IN (SELECT job FROM given_up INDEXED BY given_up_by_age "
        "WHERE since < ?1 ORDER BY since LIMIT ?2)",
        std::min(keys, bodies));
    sweep.remove(
        "DELETE FROM entity WHERE name IN (SELECT name FROM entity INDEXED BY entity_by_age "
        "WHERE since < ?1 ORDER BY since LIMIT ?2)",
        keys);
}

}  // namespace

Result<Swept> SqliteStore::sweep(const RetentionTimes& times, std::size_t batch, SystemTime now) {
    if (batch < 1) {
        return fail(
            Error(ErrorKind::invalid_argument, "batch: expected 1 or more").with_detail("batch"));
    }
    const auto before = [now](Duration kept) { return internal::to_ms(now - kept); };
    return core_->change([&]() -> Result<Swept> {
        Sweep sweep(*core_, batch);
        sweep_jobs(*core_, sweep, before(times.done_jobs), before(times.dead_jobs), batch);
        sweep_events(sweep, before(times.bodies), before(times.keys));
        sweep.remove(
            "DELETE FROM message WHERE id IN (SELECT id FROM message INDEXED BY message_over "
            "WHERE state IN ('applied', 'reconciled', 'duplicated', 'failed') AND finished < ?1 "
            "ORDER BY finished LIMIT ?2)",
            before(times.messages));
        sweep.remove(
            "DELETE FROM quarantine WHERE id IN (SELECT id FROM quarantine "
            "INDEXED BY quarantine_by_age WHERE received < ?1 ORDER BY received LIMIT ?2)",
            before(times.quarantine));
        return sweep.swept();
    });
}

Result<SchemaState> SqliteStore::schema() {
    return core_->read([&]() -> Result<SchemaState> {
        auto query = core_->use("PRAGMA user_version");
        (void)query.step();
        return SchemaState{.present = query.get_integer(0),
                           .known = internal::sqlite_schema_known()};
    });
}

Result<void> SqliteStore::probe() {
    // Taken back before its commit, it would not reach the disk: it counts instead.
    return core_->change([&]() -> Result<void> {
        core_
            ->use(
                "INSERT INTO probe (id, count) VALUES (1, 1) "
                "ON CONFLICT (id) DO UPDATE SET count = count + 1")
            .run();
        return {};
    });
}

}  // namespace apilab::work
