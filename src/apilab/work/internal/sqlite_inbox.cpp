#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/base/error.hpp"
#include "apilab/base/result.hpp"
#include "apilab/base/try.hpp"
#include "apilab/work/event.hpp"
#include "apilab/work/event_key.hpp"
#include "apilab/work/internal/netstrings.hpp"
#include "apilab/work/internal/sqlite_core.hpp"
#include "apilab/work/internal/sqlite_jobs.hpp"
#include "apilab/work/internal/sqlite_query.hpp"
#include "apilab/work/internal/store_checks.hpp"
#include "apilab/work/job.hpp"
#include "apilab/work/sqlite_store.hpp"

namespace apilab::work {

using internal::SqliteCore;

namespace {

struct Keys {
    std::string key;
    std::string body;

    /// Under what the event stands once a person released it.
    [[nodiscard]] std::string released() const { return released_event_key(key, body); }
};

Keys keys_of(const Event& event) {
    return {.key = event_key(event.source, event.scope, event.sender_id),
            .body = event_body_key(event.source, event.body)};
}

struct Known {
    std::int64_t event = 0;
    std::int64_t job = 0;
    bool same_body = false;
};

std::optional<Known> known_by_key(SqliteCore& core, std::string_view key,
                                  std::string_view body_key) {
    auto query = core.use("SELECT id, job, body_key = ?2 FROM event WHERE key = ?1");
    if (!query.blob(key).blob(body_key).step()) {
        return std::nullopt;
    }
    return Known{.event = query.get_integer(0),
                 .job = query.get_integer(1),
                 .same_body = query.get_integer(2) != 0};
}

std::optional<std::int64_t> known_by_body(SqliteCore& core, std::string_view body_key) {
    auto query = core.use(
        "SELECT id FROM event INDEXED BY event_by_body WHERE body_key = ?1 AND id_is_signed = 0 "
        "LIMIT 1");
    return query.blob(body_key).step() ? std::optional(query.get_integer(0)) : std::nullopt;
}

void insert_body(SqliteCore& core, std::int64_t id, const Event& event, std::int64_t now) {
    const std::string headers = internal::pack_headers(event.headers);
    core.use(
            "INSERT INTO event_body (event, received, headers, body) VALUES (?1, ?2, ?3, ?4) "
            "ON CONFLICT (event) DO NOTHING")
        .integer(id)
        .integer(now)
        .blob(headers)
        .blob(event.body)
        .run();
}

// The job that the event means, new or one that waited.
std::int64_t give_job(SqliteCore& core, std::int64_t event, const NewJob& job, std::string_view key,
                      std::int64_t now) {
    const auto made = internal::insert_job(core, job, {.event = event, .key = key}, now);
    core.use("UPDATE event SET job = ?2 WHERE id = ?1").integer(event).integer(made.id).run();
    return made.id;
}

// The id that the next job will have. Nobody else adds one before the transaction is over.
std::int64_t next_job(SqliteCore& core) {
    auto query = core.use("SELECT seq + 1 FROM sqlite_sequence WHERE name = 'job'");
    return query.step() ? query.get_integer(0) : 1;
}

// Nothing where its key is known. A row that names its job at once is not written twice.
std::optional<PutResult> insert_event(SqliteCore& core, const Event& event, std::string_view key,
                                      std::string_view body_key, const NewJob& job,
                                      std::int64_t now) {
    const std::int64_t expected = next_job(core);
    const int added = core.use(
                              "INSERT INTO event (key, body_key, source, scope, sender_id, type, "
                              "id_is_signed, received, last_seen, deliveries, job) "
                              "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, 1, ?9) "
                              "ON CONFLICT (key) DO NOTHING")
                          .blob(key)
                          .blob(body_key)
                          .text(event.source)
                          .text(event.scope)
                          .text(event.sender_id)
                          .text(event.type)
                          .integer(event.id_is_signed ? 1 : 0)
                          .integer(now)
                          .integer(expected)
                          .run();
    if (added == 0) {
        return std::nullopt;
    }
    const std::int64_t id = core.last_id();
    insert_body(core, id, event, now);
    const std::string its_key = internal::key_of_event(event);
    const auto made = internal::insert_job(core, job, {.event = id, .key = its_key}, now);
    if (made.id != expected) {  // it went into one that waited
        core.use("UPDATE event SET job = ?2 WHERE id = ?1").integer(id).integer(made.id).run();
    }
    return PutResult{.put = Put::stored, .event = id, .job = made.id};
}

// Its job was a dead letter for so long that it was swept.
bool was_given_up(SqliteCore& core, std::int64_t job) {
    return core.use("SELECT 1 FROM given_up WHERE job = ?1").integer(job).step();
}

PutResult put_copy(SqliteCore& core, const Known& known, const Event& event, const NewJob& job,
                   std::int64_t now) {
    core.use(
            "UPDATE event SET deliveries = deliveries + 1, last_seen = max(last_seen, ?2) "
            "WHERE id = ?1")
        .integer(known.event)
        .integer(now)
        .run();
    if (internal::wake_job(core, known.job, now)) {
        return {.put = Put::revived, .event = known.event, .job = known.job};
    }
    if (was_given_up(core, known.job)) {
        insert_body(core, known.event, event, now);
        const std::string key = internal::key_of_event(event);
        return {.put = Put::revived,
                .event = known.event,
                .job = give_job(core, known.event, job, key, now)};
    }
    return {.put = Put::duplicate, .event = known.event, .job = known.job};
}

PutResult put_aside(SqliteCore& core, Put why, std::int64_t known, const Event& event,
                    const Keys& keys, std::int64_t now) {
    const std::string headers = internal::pack_headers(event.headers);
    // Whoever caught one delivery can send it under any number of ids: one entry for each body.
    const std::string slot = event.id_is_signed ? keys.released() : keys.body;
    core.use(
            "INSERT INTO quarantine (slot, why, source, scope, sender_id, type, id_is_signed, "
            "received, known, headers, body) "
            "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT (slot) DO NOTHING")
        .blob(slot)
        .text(why == Put::conflict ? std::string_view("conflict") : "replayed")
        .text(event.source)
        .text(event.scope)
        .text(event.sender_id)
        .text(event.type)
        .integer(event.id_is_signed ? 1 : 0)
        .integer(now)
        .integer(known)
        .blob(headers)
        .blob(event.body)
        .run();
    return {.put = why, .event = 0, .job = 0};
}

// Most are new, and then their key is looked up once: by the row that goes in.
PutResult put_event(SqliteCore& core, const Event& event, const Keys& keys, const NewJob& job,
                    std::int64_t now) {
    const auto by_body = event.id_is_signed ? std::nullopt : known_by_body(core, keys.body);
    if (!by_body) {
        if (const auto stored = insert_event(core, event, keys.key, keys.body, job, now)) {
            return *stored;
        }
    }
    const auto by_key = known_by_key(core, keys.key, keys.body);
    if (by_key && (by_key->same_body || internal::id_alone_counts(event))) {
        return put_copy(core, *by_key, event, job, now);
    }
    if (const auto released = known_by_key(core, keys.released(), keys.body)) {
        return put_copy(core, *released, event, job, now);
    }
    return by_body ? put_aside(core, Put::replayed, *by_body, event, keys, now)
                   : put_aside(core, Put::conflict, by_key->event, event, keys, now);
}

#define APILAB_EVENT_HEAD                                                                     \
    "e.id, e.source, e.sender_id, e.scope, e.type, e.id_is_signed, e.received, e.last_seen, " \
    "e.deliveries, e.job, coalesce(length(b.body), 0)"
#define APILAB_EVENT_FROM " FROM event e LEFT JOIN event_body b ON b.event = e.id "
#define APILAB_EVENT_COLUMNS APILAB_EVENT_HEAD ", b.headers, b.body" APILAB_EVENT_FROM
#define APILAB_EVENT_PAGE                                            \
    "WHERE (?1 = '' OR e.source = ?1) AND (?2 = '' OR e.type = ?2) " \
    "AND (?3 = 0 OR e.id < ?3) ORDER BY e.id DESC LIMIT ?4"

ArchivedEvent read_head(const internal::Query& row) {
    ArchivedEvent found;
    found.id = row.get_integer(0);
    found.event.source = row.get_text(1);
    found.event.sender_id = row.get_text(2);
    found.event.scope = row.get_text(3);
    found.event.type = row.get_text(4);
    found.event.id_is_signed = row.get_integer(5) != 0;
    found.received = internal::from_ms(row.get_integer(6));
    found.last_seen = internal::from_ms(row.get_integer(7));
    found.deliveries = row.get_integer(8);
    found.job = row.get_integer(9);
    found.body_size = static_cast<std::size_t>(row.get_integer(10));
    return found;
}

ArchivedEvent read_event(const internal::Query& row) {
    ArchivedEvent found = read_head(row);
    found.event.headers = internal::unpack_headers(row.get_text(11)).value_or(internal::Headers());
    found.event.body = row.get_text(12);
    return found;
}

std::optional<ArchivedEvent> one_event(internal::Query& query) {
    return query.step() ? std::optional(read_event(query)) : std::nullopt;
}

#define APILAB_QUARANTINE_COLUMNS                                                            \
    "id, why, source, sender_id, scope, type, id_is_signed, received, known, headers, body " \
    "FROM quarantine "

Quarantined read_quarantined(const internal::Query& row) {
    Quarantined found;
    found.id = row.get_integer(0);
    found.why = row.get_text(1) == "conflict" ? Put::conflict : Put::replayed;
    found.event.source = row.get_text(2);
    found.event.sender_id = row.get_text(3);
    found.event.scope = row.get_text(4);
    found.event.type = row.get_text(5);
    found.event.id_is_signed = row.get_integer(6) != 0;
    found.received = internal::from_ms(row.get_integer(7));
    found.known = row.get_integer(8);
    found.event.headers = internal::unpack_headers(row.get_text(9)).value_or(internal::Headers());
    found.event.body = row.get_text(10);
    return found;
}

}  // namespace

Result<PutResult> SqliteStore::put(const Event& event, const NewJob& job, SystemTime now) {
    APILAB_CHECK(internal::check_event(event, core_->limits()));
    APILAB_CHECK(internal::check_job(job, core_->limits()));
    const Keys keys = keys_of(event);
    return core_->change_or_break([&]() -> Result<PutResult> {
        return put_event(*core_, event, keys, job, internal::to_ms(now));
    });
}

Result<std::vector<ArchivedEvent>> SqliteStore::events(std::string_view source,
                                                       std::string_view type, std::int64_t before,
                                                       std::size_t limit) {
    return core_->read([&]() -> Result<std::vector<ArchivedEvent>> {
        auto query = core_->use("SELECT " APILAB_EVENT_COLUMNS APILAB_EVENT_PAGE);
        query.text(source).text(type).integer(before).integer(static_cast<std::int64_t>(limit));
        std::vector<ArchivedEvent> all;
        while (query.step()) {
            all.push_back(read_event(query));
        }
        return all;
    });
}

Result<std::vector<ArchivedEvent>> SqliteStore::list_events(std::string_view source,
                                                            std::string_view type,
                                                            std::int64_t before,
                                                            std::size_t limit) {
    return core_->read([&]() -> Result<std::vector<ArchivedEvent>> {
        auto query = core_->use("SELECT " APILAB_EVENT_HEAD APILAB_EVENT_FROM APILAB_EVENT_PAGE);
        query.text(source).text(type).integer(before).integer(static_cast<std::int64_t>(limit));
        std::vector<ArchivedEvent> all;
        while (query.step()) {
            all.push_back(read_head(query));
        }
        return all;
    });
}

Result<std::optional<ArchivedEvent>> SqliteStore::event(std::int64_t id) {
    return core_->read([&]() -> Result<std::optional<ArchivedEvent>> {
        auto query = core_->use("SELECT " APILAB_EVENT_COLUMNS "WHERE e.id = ?1");
        query.integer(id);
        return one_event(query);
    });
}

Result<std::optional<ArchivedEvent>> SqliteStore::event_of(std::string_view source,
                                                           std::string_view sender_id) {
    const std::string key = event_key(source, "", sender_id);
    return core_->read([&]() -> Result<std::optional<ArchivedEvent>> {
        // Most have no scope, and are found by their key; the others have an index of their own.
        auto query = core_->use("SELECT " APILAB_EVENT_COLUMNS
                                "WHERE e.id = (SELECT max(id) FROM ("
                                "SELECT id FROM event WHERE key = ?1 UNION ALL "
                                "SELECT id FROM event INDEXED BY event_scoped "
                                "WHERE source = ?2 AND sender_id = ?3 AND scope <> ''))");
        query.blob(key).text(source).text(sender_id);
        return one_event(query);
    });
}

Result<bool> SqliteStore::has_event(std::string_view source, std::string_view sender_id) {
    const std::string key = event_key(source, "", sender_id);
    return core_->read([&]() -> Result<bool> {
        auto query = core_->use(
            "SELECT EXISTS (SELECT 1 FROM event WHERE key = ?1) OR EXISTS ("
            "SELECT 1 FROM event INDEXED BY event_scoped "
            "WHERE source = ?2 AND sender_id = ?3 AND scope <> '') OR EXISTS ("
            "SELECT 1 FROM quarantine INDEXED BY quarantine_by_id "
            "WHERE source = ?2 AND sender_id = ?3)");
        query.blob(key).text(source).text(sender_id);
        return query.step() && query.get_integer(0) != 0;
    });
}

Result<std::vector<Quarantined>> SqliteStore::quarantined(std::size_t limit) {
    return core_->read([&]() -> Result<std::vector<Quarantined>> {
        auto query = core_->use("SELECT " APILAB_QUARANTINE_COLUMNS "ORDER BY id DESC LIMIT ?1");
        query.integer(static_cast<std::int64_t>(limit));
        std::vector<Quarantined> all;
        while (query.step()) {
            all.push_back(read_quarantined(query));
        }
        return all;
    });
}

Result<bool> SqliteStore::release(std::int64_t quarantined, const NewJob& job, SystemTime now) {
    APILAB_CHECK(internal::check_job(job, core_->limits()));
    return core_->change([&]() -> Result<bool> {
        std::optional<Quarantined> found;
        {
            auto query = core_->use("SELECT " APILAB_QUARANTINE_COLUMNS "WHERE id = ?1");
            if (!query.integer(quarantined).step()) {
                return false;
            }
            found = read_quarantined(query);
        }
        const Keys keys = keys_of(found->event);
        NewJob its_job = job;
        if (its_job.idempotency_key.empty()) {
            // The event's own one may be that of the first body, whose effect is there already.
            its_job.idempotency_key = "released:" + std::to_string(quarantined);
        }
        if (!insert_event(*core_, found->event, keys.released(), keys.body, its_job,
                          internal::to_ms(now))) {
            return fail(ErrorKind::invalid_argument,
                        "this event was released before under the same id; discard it");
        }
        core_->use("DELETE FROM quarantine WHERE id = ?1").integer(quarantined).run();
        return true;
    });
}

Result<bool> SqliteStore::discard(std::int64_t quarantined) {
    return core_->change([&]() -> Result<bool> {
        return core_->use("DELETE FROM quarantine WHERE id = ?1").integer(quarantined).run() == 1;
    });
}

}  // namespace apilab::work
