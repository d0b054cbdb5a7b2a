#include "apilab/work/internal/postgres_schema.hpp"

#include <fmt/format.h>

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string>

#include "apilab/base/digest.hpp"
#include "apilab/base/try.hpp"

namespace apilab::work::internal {
namespace {

// Bodies and headers are bytea: PostgreSQL's text takes neither NUL nor broken UTF-8. What is text
// was checked (store_checks.hpp). Times are milliseconds since 1970.
constexpr const char* version_1 = R"(
CREATE SEQUENCE event_id;
CREATE SEQUENCE job_id;

CREATE TABLE event (
    id bigint PRIMARY KEY,
    key bytea NOT NULL UNIQUE,
    body_key bytea NOT NULL,
    -- The body's key where the sender does not sign ids: then one body is one event.
    body_slot bytea UNIQUE,
    id_is_signed boolean NOT NULL,
    source text NOT NULL,
    sender_id text NOT NULL,
    scope text NOT NULL,
    type text NOT NULL,
    -- NULL, all three, when their time is over.
    body bytea,
    headers bytea,
    body_since bigint,
    received bigint NOT NULL,
    last_seen bigint NOT NULL,
    deliveries bigint NOT NULL DEFAULT 1,
    job bigint NOT NULL
);
CREATE INDEX event_sender ON event (source, sender_id, id);
CREATE INDEX event_body_age ON event (body_since) WHERE body_since IS NOT NULL;
CREATE INDEX event_age ON event (last_seen);

CREATE TABLE quarantine (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    slot bytea NOT NULL UNIQUE,
    why text NOT NULL CHECK (why IN ('conflict', 'replayed')),
    source text NOT NULL,
    sender_id text NOT NULL,
    scope text NOT NULL,
    type text NOT NULL,
    body bytea NOT NULL,
    headers bytea NOT NULL,
    id_is_signed boolean NOT NULL,
    received bigint NOT NULL,
    known bigint NOT NULL
);
CREATE INDEX quarantine_age ON quarantine (received);

CREATE TABLE job (
    id bigint PRIMARY KEY,
    queue text NOT NULL,
    kind text NOT NULL,
    -- NULL: the body of its event.
    payload bytea,
    idempotency_key text NOT NULL,
    order_key text NOT NULL,
    coalesce_key text NOT NULL,
    -- The coalesce key while this is the one that later jobs go into.
    open_key text,
    entity text NOT NULL,
    version bigint NOT NULL,
    state text NOT NULL CHECK (state IN ('available', 'running', 'done', 'dead')),
    -- Of a running one: when its lease ends.
    due bigint NOT NULL,
    priority bigint NOT NULL,
    attempt bigint NOT NULL DEFAULT 0,
    attempts_max bigint NOT NULL,
    fence bigint NOT NULL DEFAULT 0,
    last_delay bigint NOT NULL DEFAULT 0,
    created bigint NOT NULL,
    finished bigint,
    reason text NOT NULL DEFAULT '',
    redrives bigint NOT NULL DEFAULT 0,
    coalesced bigint NOT NULL DEFAULT 0,
    event bigint NOT NULL DEFAULT 0,
    trace_context text NOT NULL
);
CREATE INDEX job_claim ON job (queue, priority, due, id) WHERE state IN ('available', 'running');
CREATE INDEX job_due ON job (queue, due) WHERE state IN ('available', 'running');
CREATE INDEX job_order ON job (queue, order_key, id)
    WHERE state IN ('available', 'running') AND order_key <> '';
CREATE UNIQUE INDEX job_one_running ON job (queue, order_key)
    WHERE state = 'running' AND order_key <> '';
CREATE UNIQUE INDEX job_open ON job (queue, open_key) WHERE open_key IS NOT NULL;
CREATE INDEX job_coalesce ON job (queue, coalesce_key, id)
    WHERE state = 'available' AND coalesce_key <> '';
CREATE INDEX job_finished ON job (state, finished) WHERE finished IS NOT NULL;

CREATE TABLE attempt (
    job bigint NOT NULL REFERENCES job (id) ON DELETE CASCADE,
    fence bigint NOT NULL,
    attempt bigint NOT NULL,
    worker text NOT NULL,
    started bigint NOT NULL,
    ended bigint,
    outcome text NOT NULL,
    reason text NOT NULL DEFAULT '',
    PRIMARY KEY (job, fence)
);

-- Dead letters that were swept: a copy of their event still has its chance.
CREATE TABLE given_up (
    job bigint PRIMARY KEY,
    since bigint NOT NULL
);
CREATE INDEX given_up_age ON given_up (since);

-- In which version something is known.
CREATE TABLE entity (
    name text PRIMARY KEY,
    version bigint NOT NULL,
    updated bigint NOT NULL
);
CREATE INDEX entity_age ON entity (updated);

CREATE TABLE paused (
    queue text PRIMARY KEY,
    reason text NOT NULL,
    since bigint NOT NULL
);

CREATE TABLE schedule (
    name text PRIMARY KEY,
    spec text NOT NULL,
    next bigint NOT NULL,
    last bigint,
    paused boolean NOT NULL DEFAULT false
);

CREATE TABLE outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    target text NOT NULL,
    key text NOT NULL,
    payload bytea NOT NULL,
    state text NOT NULL,
    fence bigint NOT NULL DEFAULT 0,
    sends bigint NOT NULL DEFAULT 0,
    look_ups bigint NOT NULL DEFAULT 0,
    unknown_since bigint,
    due bigint NOT NULL,
    created bigint NOT NULL,
    finished bigint,
    external_id text NOT NULL DEFAULT '',
    reason text NOT NULL DEFAULT '',
    job bigint NOT NULL DEFAULT 0,
    trace_context text NOT NULL,
    UNIQUE (target, key)
);
CREATE INDEX outbox_due ON outbox (due, id) WHERE state IN ('pending', 'sending', 'unknown');
CREATE INDEX outbox_finished ON outbox (finished) WHERE finished IS NOT NULL;

CREATE TABLE probe (id bigint PRIMARY KEY, count bigint NOT NULL);
)";

// While a job runs, `due` is the end of its lease: this is when it was due before, so that a job
// which is given back has its place again.
// And by its sender's id, an event in the quarantine is no missing one.
constexpr const char* version_2 =
    "ALTER TABLE job ADD COLUMN claimed_due bigint;"
    "CREATE INDEX quarantine_id ON quarantine (source, sender_id)";

// Keys come in the order of their bytes, as SQLite has them.
constexpr const char* version_3 = R"(
CREATE TABLE document (
    kind text NOT NULL,
    key text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    updated bigint NOT NULL,
    body bytea NOT NULL,
    PRIMARY KEY (kind, key)
);
)";

constexpr std::array migrations{version_1, version_2, version_3};

// Advisory locks are numbers, the same for all of a database.
std::int64_t lock_of(const std::string& schema) {
    const std::string hash = sha256("apilab migration\n" + schema);
    std::int64_t lock = 0;
    std::memcpy(&lock, hash.data(), sizeof lock);
    return lock;
}

// 0: there is nothing yet.
Result<std::int64_t> version_of(PostgresConnection& db) {
    APILAB_TRY(const auto there,
               db.run("SELECT 1 FROM pg_catalog.pg_tables WHERE schemaname = $1 AND "
                      "tablename = 'schema_version'",
                      PostgresParameters().text(db.schema())));
    if (there.empty()) {
        return 0;
    }
    APILAB_TRY(const auto rows, db.run("SELECT COALESCE(max(version), 0)::bigint FROM "
                                       "schema_version"));
    return rows.row(0).integer();
}

Result<void> refuse_newer(const PostgresConnection& db, std::int64_t version) {
    if (version > static_cast<std::int64_t>(migrations.size())) {
        return fail(Error(ErrorKind::invalid_argument,
                          fmt::format("the PostgreSQL schema {} has version {}, this program "
                                      "knows {}",
                                      db.schema(), version, migrations.size()))
                        .with_detail("schema")
                        .with_remedy("use the newer program, or another schema"));
    }
    return {};
}

Result<void> migrate_locked(PostgresConnection& db) {
    // The lock is waited for, and a migration of much data takes its time.
    APILAB_CHECK(db.execute("SET LOCAL lock_timeout = '60s'; SET LOCAL statement_timeout = 0"));
    APILAB_CHECK(db.run("SELECT pg_advisory_xact_lock($1)",
                        PostgresParameters().integer(lock_of(db.schema()))));
    APILAB_TRY(const auto spaces, db.run("SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = $1",
                                         PostgresParameters().text(db.schema())));
    if (spaces.empty()) {
        // The name holds letters, digits and _ alone (PostgresStore::open looks).
        APILAB_CHECK(db.execute(fmt::format("CREATE SCHEMA \"{}\"", db.schema())));
    }
    APILAB_TRY(std::int64_t version, version_of(db));
    APILAB_CHECK(refuse_newer(db, version));
    if (version == 0) {
        APILAB_CHECK(db.execute("CREATE TABLE schema_version (version bigint PRIMARY KEY)"));
    }
    while (version < static_cast<std::int64_t>(migrations.size())) {
        APILAB_CHECK(db.execute(migrations.at(static_cast<std::size_t>(version))));
        ++version;
        APILAB_CHECK(db.run("INSERT INTO schema_version (version) VALUES ($1)",
                            PostgresParameters().integer(version)));
    }
    return {};
}

}  // namespace

std::int64_t postgres_schema_known() {
    return static_cast<std::int64_t>(migrations.size());
}

Result<std::int64_t> postgres_schema_version(PostgresConnection& db) {
    return db.atomically([&]() -> Result<std::int64_t> { return version_of(db); });
}

Result<void> migrate(PostgresConnection& db) {
    APILAB_TRY(const std::int64_t version,
               db.atomically([&]() -> Result<std::int64_t> { return version_of(db); }));
    APILAB_CHECK(refuse_newer(db, version));
    if (version == static_cast<std::int64_t>(migrations.size())) {
        return {};
    }
    return db.atomically([&] { return migrate_locked(db); });
}

}  // namespace apilab::work::internal
