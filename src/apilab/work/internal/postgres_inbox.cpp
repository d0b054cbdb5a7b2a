// Of PostgresStore: the inbox.

#include "apilab/base/try.hpp"
#include "apilab/work/event_key.hpp"
#include "apilab/work/internal/netstrings.hpp"
#include "apilab/work/internal/postgres_connection.hpp"
#include "apilab/work/internal/postgres_steps.hpp"
#include "apilab/work/postgres_store.hpp"

namespace apilab::work {

using internal::PostgresConnection;
using internal::PostgresParameters;
using internal::PostgresRows;

namespace {

// What an event is looked up by.
struct Keys {
    std::string key;
    std::string body;
    std::string headers;
};

struct Kept {
    std::int64_t event = 0;
    std::int64_t job = 0;
};

std::optional<Kept> first(const PostgresRows& rows) {
    if (rows.empty()) {
        return std::nullopt;
    }
    auto row = rows.row(0);
    Kept kept;
    kept.event = row.integer();
    kept.job = row.integer();
    return kept;
}

void add_event(PostgresParameters& parameters, const Event& event, const Keys& keys) {
    parameters.bytes(keys.key).bytes(keys.body).boolean(event.id_is_signed);
    parameters.text(event.source).text(event.sender_id).text(event.scope).text(event.type);
    parameters.bytes(event.body).bytes(keys.headers);
}

// The unique indexes say whether it is new. Where another transaction has the same key under its
// hands, this waits for its end: then it is there, or it is not.
Result<std::optional<Kept>> insert_event(PostgresConnection& db, const Event& event,
                                         const Keys& keys, SystemTime now) {
    static constexpr const char* sql = R"(
INSERT INTO event (id, key, body_key, id_is_signed, source, sender_id, scope, type, body, headers,
    received, last_seen, job)
VALUES (nextval('event_id'), $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, nextval('job_id'))
ON CONFLICT DO NOTHING RETURNING id, job)";
    PostgresParameters parameters;
    add_event(parameters, event, keys);
    parameters.time(now);
    APILAB_TRY(const auto rows, db.run(sql, parameters));
    return first(rows);
}

Result<PutResult> store_new(PostgresConnection& db, const Kept& kept, const Event& event,
                            const NewJob& job, SystemTime now) {
    const internal::JobOrigin origin{
        .event = kept.event, .job = kept.job, .key = internal::key_of_event(event)};
    APILAB_TRY(const auto added, internal::add_job(db, job, origin, now));
    if (added.id != kept.job) {
        APILAB_CHECK(db.run("UPDATE event SET job = $2 WHERE id = $1",
                            PostgresParameters().integer(kept.event).integer(added.id)));
    }
    return PutResult{.put = Put::stored, .event = kept.event, .job = added.id};
}

// It came again, as it was.
Result<std::optional<PutResult>> count_copy(PostgresConnection& db, const Keys& keys,
                                            SystemTime now) {
    static constexpr const char* count = R"(
UPDATE event SET deliveries = deliveries + 1, last_seen = GREATEST(last_seen, $3)
WHERE key = $1 AND body_key = $2 RETURNING id, job)";
    APILAB_TRY(const auto rows,
               db.run(count, PostgresParameters().bytes(keys.key).bytes(keys.body).time(now)));
    const auto kept = first(rows);
    if (!kept) {
        return std::nullopt;
    }
    APILAB_TRY(const bool revived, internal::wake_job(db, kept->job, now));
    return PutResult{
        .put = revived ? Put::revived : Put::duplicate, .event = kept->event, .job = kept->job};
}

// Something about it is known, and it is not the same. Nothing: it was, and is gone.
Result<std::optional<PutResult>> set_apart(PostgresConnection& db, const Event& event,
                                           const Keys& keys, SystemTime now) {
    static constexpr const char* by_key = "SELECT id, job FROM event WHERE key = $1";
    static constexpr const char* by_body =
        "SELECT id, job FROM event WHERE body_key = $1 AND NOT id_is_signed";
    static constexpr const char* keep = R"(
INSERT INTO quarantine (key, body_key, id_is_signed, source, sender_id, scope, type, body, headers,
    received, known, why)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
ON CONFLICT (key, body_key) DO NOTHING)";
    Put why = Put::conflict;
    APILAB_TRY(const auto same_key, db.run(by_key, PostgresParameters().bytes(keys.key)));
    auto known = first(same_key);
    if (!known) {
        why = Put::replayed;
        APILAB_TRY(const auto same_body, db.run(by_body, PostgresParameters().bytes(keys.body)));
        known = first(same_body);
    }
    if (!known) {
        return std::nullopt;
    }
    PostgresParameters parameters;
    add_event(parameters, event, keys);
    parameters.time(now).integer(known->event);
    parameters.text(why == Put::conflict ? "conflict" : "replayed");
    APILAB_CHECK(db.run(keep, parameters));
    return PutResult{.put = why};
}

Result<PutResult> put_once(PostgresConnection& db, const Event& event, const Keys& keys,
                           const NewJob& job, SystemTime now) {
    // What was in the way may be removed in between (retention, a transaction that was undone).
    for (int look = 0; look < 3; ++look) {
        APILAB_TRY(const auto fresh, insert_event(db, event, keys, now));
        if (fresh) {
            return store_new(db, *fresh, event, job, now);
        }
        APILAB_TRY(const auto copy, count_copy(db, keys, now));
        if (copy) {
            return *copy;
        }
        APILAB_TRY(const auto apart, set_apart(db, event, keys, now));
        if (apart) {
            return *apart;
        }
    }
    return fail(
        Error(ErrorKind::io, "PostgreSQL: somebody else has this event").with_detail("busy"));
}

#define APILAB_POSTGRES_EVENT \
    "e.id, e.source, e.sender_id, e.scope, e.type, e.body, e.headers, e.id_is_signed"
Result<Event> read_event(PostgresRows::Reader& row) {
    Event event;
    event.source = row.bytes();
    event.sender_id = row.bytes();
    event.scope = row.bytes();
    event.type = row.bytes();
    event.body = row.bytes();
    auto headers = internal::unpack_headers(row.view());
    if (!headers) {
        return fail(Error(ErrorKind::io, "PostgreSQL: an event's headers cannot be read")
                        .with_detail("corrupt"));
    }
    event.headers = *std::move(headers);
    event.id_is_signed = row.boolean();
    return event;
}

#define APILAB_POSTGRES_ARCHIVED \
    "SELECT " APILAB_POSTGRES_EVENT ", e.received, e.last_seen, e.deliveries, e.job FROM event e"
Result<std::vector<ArchivedEvent>> read_archived(const PostgresRows& rows) {
    std::vector<ArchivedEvent> events;
    for (int i = 0; i < rows.size(); ++i) {
        auto row = rows.row(i);
        ArchivedEvent& archived = events.emplace_back();
        archived.id = row.integer();
        APILAB_TRY(archived.event, read_event(row));
        archived.received = row.time();
        archived.last_seen = row.time();
        archived.deliveries = row.integer();
        archived.job = row.integer();
    }
    return events;
}

Result<std::optional<ArchivedEvent>> read_one(const PostgresRows& rows) {
    APILAB_TRY(auto events, read_archived(rows));
    return events.empty() ? std::nullopt : std::optional(std::move(events.front()));
}

}  // namespace

Result<PutResult> PostgresStore::put(const Event& event, const NewJob& job, SystemTime now) {
    APILAB_CHECK(internal::check_event(event, limits_));
    APILAB_CHECK(internal::check_job(job, limits_));
    const Keys keys{.key = event_key(event.source, event.scope, event.sender_id),
                    .body = event_body_key(event.source, event.body),
                    .headers = internal::pack_headers(event.headers)};
    return db_->atomically([&] { return put_once(*db_, event, keys, job, now); });
}

Result<std::vector<ArchivedEvent>> PostgresStore::events(std::string_view source,
                                                         std::string_view type, std::int64_t before,
                                                         std::size_t limit) {
    static constexpr const char* sql = APILAB_POSTGRES_ARCHIVED
        " WHERE ($1 = '' OR e.source = $1) AND ($2 = '' OR e.type = $2)"
        " AND ($3 = 0 OR e.id < $3) ORDER BY e.id DESC LIMIT $4";
    return db_->atomically([&]() -> Result<std::vector<ArchivedEvent>> {
        PostgresParameters parameters;
        parameters.text(source).text(type).integer(before);
        parameters.integer(static_cast<std::int64_t>(limit));
        APILAB_TRY(const auto rows, db_->run(sql, parameters));
        return read_archived(rows);
    });
}

Result<std::optional<ArchivedEvent>> PostgresStore::event(std::int64_t id) {
    static constexpr const char* sql = APILAB_POSTGRES_ARCHIVED " WHERE e.id = $1";
    return db_->atomically([&]() -> Result<std::optional<ArchivedEvent>> {
        APILAB_TRY(const auto rows, db_->run(sql, PostgresParameters().integer(id)));
        return read_one(rows);
    });
}

Result<std::optional<ArchivedEvent>> PostgresStore::event_of(std::string_view source,
                                                             std::string_view sender_id) {
    static constexpr const char* sql = APILAB_POSTGRES_ARCHIVED
        " WHERE e.source = $1 AND e.sender_id = $2 ORDER BY e.id DESC LIMIT 1";
    return db_->atomically([&]() -> Result<std::optional<ArchivedEvent>> {
        APILAB_TRY(const auto rows,
                   db_->run(sql, PostgresParameters().text(source).text(sender_id)));
        return read_one(rows);
    });
}

Result<std::vector<Quarantined>> PostgresStore::quarantined(std::size_t limit) {
    static constexpr const char* sql =
        "SELECT " APILAB_POSTGRES_EVENT
        ", e.why = 'replayed', e.received, e.known FROM quarantine e ORDER BY e.id DESC LIMIT $1";
    return db_->atomically([&]() -> Result<std::vector<Quarantined>> {
        APILAB_TRY(const auto rows,
                   db_->run(sql, PostgresParameters().integer(static_cast<std::int64_t>(limit))));
        std::vector<Quarantined> found;
        for (int i = 0; i < rows.size(); ++i) {
            auto row = rows.row(i);
            Quarantined& one = found.emplace_back();
            one.id = row.integer();
            APILAB_TRY(one.event, read_event(row));
            one.why = row.boolean() ? Put::replayed : Put::conflict;
            one.received = row.time();
            one.known = row.integer();
        }
        return found;
    });
}

Result<bool> PostgresStore::release(std::int64_t quarantined, const NewJob& job, SystemTime now) {
    // An event of its own in the archive, under a key of its own: that of the id is taken, or that
    // of the body is. Its effects have a key of their own, too.
    static constexpr const char* taken =
        "WITH q AS (DELETE FROM quarantine WHERE id = $1 RETURNING *)"
        " SELECT " APILAB_POSTGRES_EVENT ", e.key, e.body_key FROM q AS e";
    APILAB_CHECK(internal::check_job(job, limits_));
    return db_->atomically([&]() -> Result<bool> {
        APILAB_TRY(const auto rows, db_->run(taken, PostgresParameters().integer(quarantined)));
        if (rows.empty()) {
            return false;
        }
        auto row = rows.row(0);
        (void)row.integer();
        APILAB_TRY(Event event, read_event(row));
        const std::string key = row.bytes();
        const std::string body = row.bytes();
        const Keys keys{.key = released_event_key(key, body),
                        .body = body,
                        .headers = internal::pack_headers(event.headers)};
        // Its body may be known: the index must not be in the way.
        event.id_is_signed = true;
        APILAB_TRY(const auto kept, insert_event(*db_, event, keys, now));
        if (kept) {
            APILAB_CHECK(store_new(*db_, *kept, event, job, now));
        }
        return true;
    });
}

Result<bool> PostgresStore::discard(std::int64_t quarantined) {
    static constexpr const char* sql = "DELETE FROM quarantine WHERE id = $1";
    return db_->atomically([&]() -> Result<bool> {
        APILAB_TRY(const auto rows, db_->run(sql, PostgresParameters().integer(quarantined)));
        return rows.changed() > 0;
    });
}

}  // namespace apilab::work
