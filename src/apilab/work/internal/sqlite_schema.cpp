#include "apilab/work/internal/sqlite_schema.hpp"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Transaction.h>
#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "apilab/base/error.hpp"
#include "apilab/base/result.hpp"
#include "apilab/base/try.hpp"

namespace apilab::work::internal {
namespace {

// `alab`, in the file's head: what tells a store from another program's database.
constexpr std::int64_t application = 0x616C6162;

// Ids are never used again (AUTOINCREMENT): a worker that comes too late must not meet another job
// under the id of its own, and effects are known by `job:<id>`.
//
// Hot rows are found through partial indexes, so that what is done and only kept costs nothing. Of
// jobs with an order key, one of each line is ready, and the others are `blocked`.
constexpr const char* first = R"(
CREATE TABLE event (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    key BLOB NOT NULL UNIQUE,
    body_key BLOB NOT NULL,
    source TEXT NOT NULL,
    scope TEXT NOT NULL,
    sender_id TEXT NOT NULL,
    type TEXT NOT NULL,
    id_is_signed INTEGER NOT NULL,
    received INTEGER NOT NULL,
    last_seen INTEGER NOT NULL,
    deliveries INTEGER NOT NULL,
    job INTEGER NOT NULL
) STRICT;
CREATE INDEX event_by_body ON event (body_key) WHERE id_is_signed = 0;
CREATE INDEX event_by_seen ON event (last_seen);
CREATE INDEX event_scoped ON event (source, sender_id) WHERE scope <> '';

CREATE TABLE event_body (
    event INTEGER PRIMARY KEY REFERENCES event (id) ON DELETE CASCADE,
    received INTEGER NOT NULL,
    headers BLOB NOT NULL,
    body BLOB NOT NULL
) STRICT;
CREATE INDEX event_body_by_age ON event_body (received);

CREATE TABLE quarantine (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    slot BLOB NOT NULL UNIQUE,
    why TEXT NOT NULL CHECK (why IN ('conflict', 'replayed')),
    source TEXT NOT NULL,
    scope TEXT NOT NULL,
    sender_id TEXT NOT NULL,
    type TEXT NOT NULL,
    id_is_signed INTEGER NOT NULL,
    received INTEGER NOT NULL,
    known INTEGER NOT NULL,
    headers BLOB NOT NULL,
    body BLOB NOT NULL
) STRICT;
CREATE INDEX quarantine_by_age ON quarantine (received);

CREATE TABLE job (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    queue TEXT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('available', 'running', 'done', 'dead')),
    blocked INTEGER NOT NULL,
    priority INTEGER NOT NULL,
    due INTEGER NOT NULL,
    attempt INTEGER NOT NULL DEFAULT 0,
    attempts_max INTEGER NOT NULL,
    fence INTEGER NOT NULL DEFAULT 0,
    last_delay INTEGER NOT NULL DEFAULT 0,
    worker TEXT NOT NULL DEFAULT '',
    claimed INTEGER,
    created INTEGER NOT NULL,
    finished INTEGER,
    stale INTEGER NOT NULL DEFAULT 0,
    redrives INTEGER NOT NULL DEFAULT 0,
    coalesced INTEGER NOT NULL DEFAULT 0,
    event INTEGER NOT NULL DEFAULT 0,
    version INTEGER NOT NULL,
    entity TEXT NOT NULL,
    order_key TEXT NOT NULL,
    coalesce_key TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    trace_context TEXT NOT NULL,
    reason TEXT NOT NULL DEFAULT '',
    payload BLOB
) STRICT;
CREATE INDEX job_ready ON job (queue, priority, due, id, state)
    WHERE state IN ('available', 'running') AND blocked = 0;
CREATE INDEX job_line ON job (queue, order_key, blocked, id)
    WHERE order_key <> '' AND state IN ('available', 'running');
CREATE INDEX job_waiting ON job (queue, coalesce_key, id)
    WHERE coalesce_key <> '' AND state = 'available';
CREATE INDEX job_done ON job (finished, queue) WHERE state = 'done';
CREATE INDEX job_dead ON job (finished, queue) WHERE state = 'dead';

CREATE TABLE job_attempt (
    job INTEGER NOT NULL REFERENCES job (id) ON DELETE CASCADE,
    fence INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    worker TEXT NOT NULL,
    started INTEGER NOT NULL,
    ended INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (job, fence)
) STRICT, WITHOUT ROWID;

CREATE TABLE given_up (
    job INTEGER PRIMARY KEY,
    since INTEGER NOT NULL
) STRICT;
CREATE INDEX given_up_by_age ON given_up (since);

CREATE TABLE entity (
    name TEXT NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL,
    since INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX entity_by_age ON entity (since);

CREATE TABLE paused_queue (
    queue TEXT NOT NULL PRIMARY KEY,
    reason TEXT NOT NULL,
    since INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE schedule (
    name TEXT NOT NULL PRIMARY KEY,
    spec TEXT NOT NULL,
    next INTEGER NOT NULL,
    last INTEGER,
    paused INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE TABLE message (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    target TEXT NOT NULL,
    key TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'sending', 'unknown', 'applied', 'reconciled',
                                         'duplicated', 'escalated', 'failed')),
    due INTEGER NOT NULL,
    fence INTEGER NOT NULL DEFAULT 0,
    sends INTEGER NOT NULL DEFAULT 0,
    look_ups INTEGER NOT NULL DEFAULT 0,
    unknown_since INTEGER,
    created INTEGER NOT NULL,
    finished INTEGER,
    job INTEGER NOT NULL,
    external_id TEXT NOT NULL DEFAULT '',
    reason TEXT NOT NULL DEFAULT '',
    trace_context TEXT NOT NULL,
    payload BLOB NOT NULL,
    UNIQUE (target, key)
) STRICT;
CREATE INDEX message_open ON message (due, id) WHERE state IN ('pending', 'sending', 'unknown');
CREATE INDEX message_open_of ON message (target, due, id)
    WHERE state IN ('pending', 'sending', 'unknown');
CREATE INDEX message_over ON message (finished)
    WHERE state IN ('applied', 'reconciled', 'duplicated', 'failed');

CREATE TABLE probe (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    count INTEGER NOT NULL
) STRICT;
)";

// While a job runs, `due` is the end of its lease: this is when it was due before, so that a job
// which is given back has its place again.
// And by its sender's id, an event in the quarantine is no missing one.
constexpr const char* second =
    "ALTER TABLE job ADD COLUMN claimed_due INTEGER;"
    "CREATE INDEX quarantine_by_id ON quarantine (source, sender_id)";

constexpr const char* third = R"(
CREATE TABLE document (
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    version INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (kind, key)
) STRICT;
)";

constexpr std::array all_steps{Migration{.version = 1, .sql = first},
                               Migration{.version = 2, .sql = second},
                               Migration{.version = 3, .sql = third}};

std::int64_t number(SQLite::Database& db, const char* sql) {
    return db.execAndGet(sql).getInt64();
}

std::unexpected<Error> refuse(std::string_view file, std::string_view why, const char* remedy) {
    return fail(Error(ErrorKind::invalid_argument, fmt::format("{}: {}", file, why))
                    .with_detail("file")
                    .with_remedy(remedy));
}

// How far the file came; 0 where it is empty.
Result<int> version_of(SQLite::Database& db, int newest, std::string_view file) {
    const auto version = static_cast<int>(number(db, "PRAGMA user_version"));
    const bool empty = version == 0 && number(db, "SELECT count(*) FROM sqlite_schema") == 0;
    if (!empty && number(db, "PRAGMA application_id") != application) {
        return refuse(file, "another program's database", "name another file");
    }
    if (version > newest) {
        return refuse(file, fmt::format("has schema {}, this program knows {}", version, newest),
                      "use the newer program, or another file");
    }
    return version;
}

}  // namespace

std::span<const Migration> sqlite_migrations() {
    return all_steps;
}

Result<void> check_is_store(SQLite::Database& db, std::string_view file) {
    if (number(db, "PRAGMA application_id") != application) {
        return refuse(file, "no store of ours", "name another file");
    }
    return {};
}

int sqlite_schema_known() {
    return all_steps.back().version;
}

Result<void> migrate(SQLite::Database& db, std::span<const Migration> steps,
                     std::string_view file) {
    const int newest = steps.back().version;
    APILAB_TRY(const int seen, version_of(db, newest, file));
    if (seen == newest) {
        return {};
    }
    // IMMEDIATE is the lock; who waited for it looks again.
    SQLite::Transaction transaction(db, SQLite::TransactionBehavior::IMMEDIATE);
    APILAB_TRY(const int version, version_of(db, newest, file));
    for (const Migration& step : steps) {
        if (step.version > version) {
            db.exec(step.sql);
        }
    }
    db.exec(fmt::format("PRAGMA application_id={}", application));
    db.exec(fmt::format("PRAGMA user_version={}", newest));
    transaction.commit();
    return {};
}

}  // namespace apilab::work::internal
