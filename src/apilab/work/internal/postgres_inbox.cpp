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
    /// Of the same event when a person released it from the quarantine.
    std::string released;
    std::string headers;
};

Keys keys_of(const Event& event) {
    Keys keys{.key = event_key(event.source, event.scope, event.sender_id),
              .body = event_body_key(event.source, event.body),
              .released = {},
              .headers = internal::pack_headers(event.headers)};
    keys.released = released_event_key(keys.key, keys.body);
    return keys;
}

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
    parameters.text(event.source).text(event.sender_id).text(event.scope).text(event.type);
    parameters.bytes(event.body).bytes(keys.headers).boolean(event.id_is_signed);
}

// The unique indexes say whether it is new: a look before would not see what another transaction is
// about to commit. Where one has the same key under its hands, this waits for its end: then it is
// there, or it is not.
Result<std::optional<Kept>> insert_event(PostgresConnection& db, const Event& event,
                                         const Keys& keys, bool with_slot, SystemTime now) {
    static constexpr const char* sql = R"(
INSERT INTO event (id, source, sender_id, scope, type, body, headers, id_is_signed, key, body_key,
    body_slot, received, last_seen, body_since, job)
VALUES (nextval('event_id'), $1, $2, $3, $4, $5, $6, $7, $8, $9, CASE WHEN $10 THEN $9 END, $11,
    $11, $11, nextval('job_id'))
ON CONFLICT DO NOTHING RETURNING id, job)";
    PostgresParameters parameters;
    add_event(parameters, event, keys);
    parameters.bytes(keys.key).bytes(keys.body).boolean(with_slot).time(now);
    APILAB_TRY(const auto rows, db.run(sql, parameters));
    return first(rows);
}

// The job that the event means, new or one that waited.
Result<std::int64_t> give_job(PostgresConnection& db, std::int64_t event,
                              std::optional<std::int64_t> id, std::string key, const NewJob& job,
                              SystemTime now) {
    const internal::JobOrigin origin{.event = event, .job = id, .key = std::move(key)};
    APILAB_TRY(const auto added, internal::add_job(db, job, origin, now));
    if (added.id != id) {
        APILAB_CHECK(db.run("UPDATE event SET job = $2 WHERE id = $1",
                            PostgresParameters().integer(event).integer(added.id)));
    }
    return added.id;
}

// Its job was a dead letter for so long that it was swept: it gets another one, and its body back.
Result<bool> was_given_up(PostgresConnection& db, const Kept& kept, const Event& event,
                          const Keys& keys, SystemTime now) {
    static constexpr const char* sql = "DELETE FROM given_up WHERE job = $1";
    static constexpr const char* body =
        "UPDATE event SET body = $2, headers = $3, body_since = $4 WHERE id = $1"
        " AND body_since IS NULL";
    APILAB_TRY(const auto rows, db.run(sql, PostgresParameters().integer(kept.job)));
    if (rows.changed() == 0) {
        return false;
    }
    PostgresParameters parameters;
    parameters.integer(kept.event).bytes(event.body).bytes(keys.headers).time(now);
    APILAB_CHECK(db.run(body, parameters));
    return true;
}

// It came again, as it was. Nothing: no event has this key and this body.
Result<std::optional<PutResult>> put_copy(PostgresConnection& db, std::string_view key,
                                          const Event& event, const Keys& keys, const NewJob& job,
                                          SystemTime now) {
    static constexpr const char* count = R"(
UPDATE event SET deliveries = deliveries + 1, last_seen = GREATEST(last_seen, $3)
WHERE key = $1 AND (body_key = $2 OR $4) RETURNING id, job)";
    PostgresParameters parameters;
    parameters.bytes(key).bytes(keys.body).time(now).boolean(internal::id_alone_counts(event));
    APILAB_TRY(const auto rows, db.run(count, parameters));
    const auto kept = first(rows);
    if (!kept) {
        return std::nullopt;
    }
    PutResult result{.put = Put::revived, .event = kept->event, .job = kept->job};
    APILAB_TRY(const bool woken, internal::wake_job(db, kept->job, now));
    if (woken) {
        return result;
    }
    APILAB_TRY(const bool given_up, was_given_up(db, *kept, event, keys, now));
    if (given_up) {
        APILAB_TRY(result.job, give_job(db, kept->event, std::nullopt,
                                        internal::key_of_event(event), job, now));
        return result;
    }
    result.put = Put::duplicate;
    return result;
}

// Something about it is known, and it is not the same. Nothing: it was, and is gone.
Result<std::optional<PutResult>> put_aside(PostgresConnection& db, const Event& event,
                                           const Keys& keys, SystemTime now) {
    static constexpr const char* by_key = "SELECT id, job FROM event WHERE key = $1";
    static constexpr const char* by_body = "SELECT id, job FROM event WHERE body_slot = $1";
    static constexpr const char* keep = R"(
INSERT INTO quarantine (source, sender_id, scope, type, body, headers, id_is_signed, slot, received,
    known, why)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (slot) DO NOTHING)";
    Put why = Put::replayed;
    std::optional<Kept> known;
    if (!event.id_is_signed) {
        APILAB_TRY(const auto rows, db.run(by_body, PostgresParameters().bytes(keys.body)));
        known = first(rows);
    }
    if (!known) {
        why = Put::conflict;
        APILAB_TRY(const auto rows, db.run(by_key, PostgresParameters().bytes(keys.key)));
        known = first(rows);
    }
    if (!known) {
        return std::nullopt;
    }
    PostgresParameters parameters;
    add_event(parameters, event, keys);
    // Whoever caught one delivery can send it under any number of ids: one entry for each body.
    parameters.bytes(event.id_is_signed ? keys.released : keys.body).time(now);
    parameters.integer(known->event).text(why == Put::conflict ? "conflict" : "replayed");
    APILAB_CHECK(db.run(keep, parameters));
    return PutResult{.put = why};
}

Result<std::optional<PutResult>> put_once(PostgresConnection& db, const Event& event,
                                          const Keys& keys, const NewJob& job, SystemTime now) {
    APILAB_TRY(const auto fresh, insert_event(db, event, keys, !event.id_is_signed, now));
    if (fresh) {
        APILAB_TRY(const std::int64_t id,
                   give_job(db, fresh->event, fresh->job, internal::key_of_event(event), job, now));
        return PutResult{.put = Put::stored, .event = fresh->event, .job = id};
    }
    for (const std::string& key : {keys.key, keys.released}) {
        APILAB_TRY(const auto copy, put_copy(db, key, event, keys, job, now));
        if (copy) {
            return copy;
        }
    }
    return put_aside(db, event, keys, now);
}

Result<PutResult> put_event(PostgresConnection& db, const Event& event, const Keys& keys,
                            const NewJob& job, SystemTime now) {
    // What was in the way may be gone in between (retention, a transaction that was undone).
    constexpr int looks_max = 3;
    for (int look = 0; look < looks_max; ++look) {
        APILAB_TRY(const auto put, put_once(db, event, keys, job, now));
        if (put) {
            return *put;
        }
    }
    return fail(
        Error(ErrorKind::io, "PostgreSQL: somebody else is at this event").with_detail("busy"));
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

// The length of a body stands beside it, and is had without reading it.
#define APILAB_POSTGRES_ARCHIVED_FROM                  \
    ", e.received, e.last_seen, e.deliveries, e.job, " \
    "COALESCE(octet_length(e.body), 0)::bigint FROM event e"
#define APILAB_POSTGRES_ARCHIVED "SELECT " APILAB_POSTGRES_EVENT APILAB_POSTGRES_ARCHIVED_FROM
#define APILAB_POSTGRES_PAGE                                         \
    " WHERE ($1 = '' OR e.source = $1) AND ($2 = '' OR e.type = $2)" \
    " AND ($3 = 0 OR e.id < $3) ORDER BY e.id DESC LIMIT $4"
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
        archived.body_size = static_cast<std::size_t>(row.integer());
    }
    return events;
}

Result<std::vector<ArchivedEvent>> read_page(PostgresConnection& db, const char* sql,
                                             std::string_view source, std::string_view type,
                                             std::int64_t before, std::size_t limit) {
    PostgresParameters parameters;
    parameters.text(source).text(type).integer(before);
    parameters.integer(static_cast<std::int64_t>(limit));
    APILAB_TRY(const auto rows, db.run(sql, parameters));
    return read_archived(rows);
}

Result<std::optional<ArchivedEvent>> read_one(const PostgresRows& rows) {
    APILAB_TRY(auto events, read_archived(rows));
    return events.empty() ? std::nullopt : std::optional(std::move(events.front()));
}

}  // namespace

Result<PutResult> PostgresStore::put(const Event& event, const NewJob& job, SystemTime now) {
    APILAB_CHECK(internal::check_event(event, limits_));
    APILAB_CHECK(internal::check_job(job, limits_));
    const Keys keys = keys_of(event);
    return db_->atomically([&] { return put_event(*db_, event, keys, job, now); });
}

Result<std::vector<ArchivedEvent>> PostgresStore::events(std::string_view source,
                                                         std::string_view type, std::int64_t before,
                                                         std::size_t limit) {
    static constexpr const char* sql = APILAB_POSTGRES_ARCHIVED APILAB_POSTGRES_PAGE;
    return db_->atomically([&] { return read_page(*db_, sql, source, type, before, limit); });
}

Result<std::vector<ArchivedEvent>> PostgresStore::list_events(std::string_view source,
                                                              std::string_view type,
                                                              std::int64_t before,
                                                              std::size_t limit) {
    static constexpr const char* sql =
        "SELECT e.id, e.source, e.sender_id, e.scope, e.type, NULL::bytea, NULL::bytea,"
        " e.id_is_signed" APILAB_POSTGRES_ARCHIVED_FROM APILAB_POSTGRES_PAGE;
    return db_->atomically([&] { return read_page(*db_, sql, source, type, before, limit); });
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

Result<bool> PostgresStore::has_event(std::string_view source, std::string_view sender_id) {
    static constexpr const char* sql =
        "SELECT 1 WHERE EXISTS (SELECT 1 FROM event WHERE source = $1 AND sender_id = $2) "
        "OR EXISTS (SELECT 1 FROM quarantine WHERE source = $1 AND sender_id = $2)";
    return db_->atomically([&]() -> Result<bool> {
        APILAB_TRY(const auto rows,
                   db_->run(sql, PostgresParameters().text(source).text(sender_id)));
        return !rows.empty();
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
    static constexpr const char* take =
        "WITH e AS (DELETE FROM quarantine WHERE id = $1 RETURNING *)"
        " SELECT " APILAB_POSTGRES_EVENT " FROM e";
    APILAB_CHECK(internal::check_job(job, limits_));
    return db_->atomically([&]() -> Result<bool> {
        APILAB_TRY(const auto rows, db_->run(take, PostgresParameters().integer(quarantined)));
        if (rows.empty()) {
            return false;
        }
        auto row = rows.row(0);
        const std::int64_t id = row.integer();
        APILAB_TRY(const Event event, read_event(row));
        Keys keys = keys_of(event);
        keys.key = keys.released;
        APILAB_TRY(auto kept, insert_event(*db_, event, keys, !event.id_is_signed, now));
        if (!kept) {
            // Its body is known, which is why it was in the quarantine.
            APILAB_TRY(kept, insert_event(*db_, event, keys, false, now));
        }
        if (kept) {
            // The event's own key may be that of the first body, whose effect is there already.
            APILAB_CHECK(
                give_job(*db_, kept->event, kept->job, "released:" + std::to_string(id), job, now));
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
