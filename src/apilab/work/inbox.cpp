#include "apilab/work/inbox.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>

#include <algorithm>

#include "apilab/base/try.hpp"

namespace apilab::work {
namespace {

constexpr int schema_version = 1;
constexpr int busy_timeout_ms = 5000;
constexpr int attempts_limit = 100;
constexpr std::size_t reason_max = 500;

// Times are milliseconds since 1970: they outlive the process whose steady clock they came from.
constexpr std::string_view schema = R"(
CREATE TABLE IF NOT EXISTS job (
    id INTEGER PRIMARY KEY,
    source TEXT NOT NULL,
    key TEXT NOT NULL,
    body BLOB NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('available', 'running', 'done', 'dead')),
    attempt INTEGER NOT NULL DEFAULT 0,
    fence INTEGER NOT NULL DEFAULT 0,
    due INTEGER NOT NULL,
    received INTEGER NOT NULL,
    finished INTEGER,
    deliveries INTEGER NOT NULL DEFAULT 1,
    reason TEXT NOT NULL DEFAULT '',
    UNIQUE (source, key)
) STRICT;
CREATE INDEX IF NOT EXISTS job_open ON job (due, id) WHERE state IN ('available', 'running');
)";

std::int64_t to_ms(SystemTime time) {
    return std::chrono::floor<std::chrono::milliseconds>(time).time_since_epoch().count();
}

Error io_error(const SQLite::Exception& error) {
    return {ErrorKind::io,
            fmt::format("inbox: SQLite: {} (code {})", error.what(), error.getExtendedErrorCode())};
}

// SQLiteCpp throws; nothing of that leaves this file.
template <class Action>
auto guarded(Action action) -> decltype(action()) {
    try {
        return action();
    } catch (const SQLite::Exception& error) {
        return fail(io_error(error));
    }
}

}  // namespace

class Inbox::Store {
public:
    Store(const std::filesystem::path& file, InboxOptions options)
        : options_(options),
          db_(file.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, busy_timeout_ms) {
        // FULL: in WAL mode NORMAL may lose the last commits with the machine, and then an answer
        // with 2xx was a lie.
        db_.exec("PRAGMA journal_mode=WAL");
        db_.exec("PRAGMA synchronous=FULL");
    }

    Result<void> migrate() {
        SQLite::Transaction transaction(db_, SQLite::TransactionBehavior::IMMEDIATE);
        const int version = db_.execAndGet("PRAGMA user_version").getInt();
        if (version > schema_version) {
            return fail(Error(ErrorKind::invalid_argument,
                              fmt::format("inbox: the file has schema {}, this program knows {}",
                                          version, schema_version))
                            .with_remedy("use the newer program, or another file"));
        }
        db_.exec(std::string(schema));
        db_.exec(fmt::format("PRAGMA user_version={}", schema_version));
        transaction.commit();
        return {};
    }

    Put put(std::string_view source, std::string_view key, std::string_view body, std::int64_t now);
    std::vector<InboxJob> claim(std::size_t limit, std::int64_t now);
    bool complete(const InboxJob& job, std::int64_t now);
    bool retry(const InboxJob& job, std::int64_t at, std::string_view reason);
    std::optional<std::int64_t> next_due();
    Counts counts();
    std::vector<DeadLetter> dead_letters(std::size_t limit);

    [[nodiscard]] const InboxOptions& options() const { return options_; }

private:
    InboxOptions options_;
    SQLite::Database db_;
};

Inbox::Put Inbox::Store::put(std::string_view source, std::string_view key, std::string_view body,
                             std::int64_t now) {
    SQLite::Transaction transaction(db_, SQLite::TransactionBehavior::IMMEDIATE);
    SQLite::Statement insert(db_,
                             "INSERT INTO job (source, key, body, state, due, received) "
                             "VALUES (?1, ?2, ?3, 'available', ?4, ?4) "
                             "ON CONFLICT (source, key) DO NOTHING");
    insert.bind(1, std::string(source));
    insert.bind(2, std::string(key));
    insert.bind(3, body.data() == nullptr ? "" : body.data(), static_cast<int>(body.size()));
    insert.bind(4, now);
    Put result = Put::stored;
    if (insert.exec() == 0) {
        SQLite::Statement known(db_,
                                "UPDATE job SET deliveries = deliveries + 1 "
                                "WHERE source = ?1 AND key = ?2 RETURNING id, state, body = ?3");
        known.bind(1, std::string(source));
        known.bind(2, std::string(key));
        known.bind(3, body.data() == nullptr ? "" : body.data(), static_cast<int>(body.size()));
        known.executeStep();
        const std::int64_t id = known.getColumn(0).getInt64();
        const bool dead = known.getColumn(1).getString() == "dead";
        const bool same = known.getColumn(2).getInt() != 0;
        known.reset();
        result = !same ? Put::conflict : (dead ? Put::revived : Put::duplicate);
        if (result == Put::revived) {
            SQLite::Statement revive(db_,
                                     "UPDATE job SET state = 'available', attempt = 0, "
                                     "due = ?2, finished = NULL WHERE id = ?1");
            revive.bind(1, id);
            revive.bind(2, now);
            revive.exec();
        }
    }
    transaction.commit();
    return result;
}

std::vector<InboxJob> Inbox::Store::claim(std::size_t limit, std::int64_t now) {
    // IMMEDIATE: a reader that becomes a writer half-way gets SQLITE_BUSY, and no waiting helps.
    SQLite::Transaction transaction(db_, SQLite::TransactionBehavior::IMMEDIATE);
    SQLite::Statement bury(db_,
                           "UPDATE job SET state = 'dead', finished = ?1, reason = 'the lease "
                           "of its last attempt ran out' "
                           "WHERE state = 'running' AND due <= ?1 AND attempt >= ?2");
    bury.bind(1, now);
    bury.bind(2, options_.attempts_max);
    bury.exec();
    // While a job runs, `due` is the end of its lease: one rule for both.
    SQLite::Statement take(
        db_,
        "UPDATE job SET state = 'running', attempt = attempt + 1, fence = fence + 1, due = ?2 "
        "WHERE id IN (SELECT id FROM job WHERE state IN ('available', 'running') "
        "AND due <= ?1 ORDER BY due, id LIMIT ?3) "
        "RETURNING id, source, key, body, attempt, fence");
    take.bind(1, now);
    take.bind(2, now + std::chrono::floor<std::chrono::milliseconds>(options_.lease).count());
    take.bind(3, static_cast<std::int64_t>(limit));
    std::vector<InboxJob> jobs;
    while (take.executeStep()) {
        jobs.push_back({.id = take.getColumn(0).getInt64(),
                        .source = take.getColumn(1).getString(),
                        .key = take.getColumn(2).getString(),
                        .body = take.getColumn(3).getString(),
                        .attempt = take.getColumn(4).getInt(),
                        .fence = take.getColumn(5).getInt64()});
    }
    take.reset();
    transaction.commit();
    std::ranges::sort(jobs, {}, &InboxJob::id);  // RETURNING has no order of its own
    return jobs;
}

bool Inbox::Store::complete(const InboxJob& job, std::int64_t now) {
    SQLite::Statement done(db_,
                           "UPDATE job SET state = 'done', finished = ?3 "
                           "WHERE id = ?1 AND fence = ?2 AND state = 'running'");
    done.bind(1, job.id);
    done.bind(2, job.fence);
    done.bind(3, now);
    return done.exec() == 1;
}

bool Inbox::Store::retry(const InboxJob& job, std::int64_t at, std::string_view reason) {
    SQLite::Statement back(
        db_,
        "UPDATE job SET state = CASE WHEN attempt >= ?5 THEN 'dead' ELSE 'available' END, "
        "due = ?3, reason = ?4 WHERE id = ?1 AND fence = ?2 AND state = 'running'");
    back.bind(1, job.id);
    back.bind(2, job.fence);
    back.bind(3, at);
    back.bind(4, std::string(reason.substr(0, reason_max)));
    back.bind(5, options_.attempts_max);
    return back.exec() == 1;
}

std::optional<std::int64_t> Inbox::Store::next_due() {
    const auto column =
        db_.execAndGet("SELECT min(due) FROM job WHERE state IN ('available', 'running')");
    return column.isNull() ? std::nullopt : std::optional(column.getInt64());
}

Inbox::Counts Inbox::Store::counts() {
    SQLite::Statement query(db_, "SELECT state, count(*) FROM job GROUP BY state");
    Counts counts;
    while (query.executeStep()) {
        const auto state = query.getColumn(0).getString();
        auto& count = state == "available" ? counts.available
                      : state == "running" ? counts.running
                      : state == "done"    ? counts.done
                                           : counts.dead;
        count = query.getColumn(1).getInt64();
    }
    return counts;
}

std::vector<Inbox::DeadLetter> Inbox::Store::dead_letters(std::size_t limit) {
    SQLite::Statement query(db_,
                            "SELECT source, key, attempt, reason FROM job "
                            "WHERE state = 'dead' ORDER BY id DESC LIMIT ?1");
    query.bind(1, static_cast<std::int64_t>(limit));
    std::vector<DeadLetter> letters;
    while (query.executeStep()) {
        letters.push_back({.source = query.getColumn(0).getString(),
                           .key = query.getColumn(1).getString(),
                           .attempts = query.getColumn(2).getInt(),
                           .reason = query.getColumn(3).getString()});
    }
    return letters;
}

Inbox::Inbox(std::unique_ptr<Store> store) : store_(std::move(store)) {}
Inbox::~Inbox() = default;

Result<std::unique_ptr<Inbox>> Inbox::open(const std::filesystem::path& file,
                                           InboxOptions options) {
    const auto bad = [](std::string field, std::string_view range) {
        return fail(Error(ErrorKind::invalid_argument, fmt::format("{}: expected {}", field, range))
                        .with_detail(field));
    };
    if (options.lease < std::chrono::seconds(1) || options.lease > std::chrono::hours(24)) {
        return bad("lease", "1 s to 1 day");
    }
    if (options.attempts_max < 1 || options.attempts_max > attempts_limit) {
        return bad("attempts_max", "1 to 100");
    }
    if (options.body_max < 1 || options.body_max > std::size_t{512} << 20U) {
        return bad("body_max", "1 byte to 512 MiB");
    }
    return guarded([&]() -> Result<std::unique_ptr<Inbox>> {
        auto store = std::make_unique<Store>(file, options);
        APILAB_CHECK(store->migrate());
        return std::unique_ptr<Inbox>(new Inbox(std::move(store)));
    });
}

Result<Inbox::Put> Inbox::put(std::string_view source, std::string_view key, std::string_view body,
                              SystemTime now) {
    if (body.size() > store_->options().body_max) {
        return fail(ErrorKind::too_large,
                    fmt::format("inbox: a body of {} bytes, and body_max is {}", body.size(),
                                store_->options().body_max));
    }
    return guarded([&]() -> Result<Put> { return store_->put(source, key, body, to_ms(now)); });
}

Result<std::vector<InboxJob>> Inbox::claim(std::size_t limit, SystemTime now) {
    return guarded(
        [&]() -> Result<std::vector<InboxJob>> { return store_->claim(limit, to_ms(now)); });
}

Result<bool> Inbox::complete(const InboxJob& job, SystemTime now) {
    return guarded([&]() -> Result<bool> { return store_->complete(job, to_ms(now)); });
}

Result<bool> Inbox::retry(const InboxJob& job, SystemTime at, std::string_view reason) {
    return guarded([&]() -> Result<bool> { return store_->retry(job, to_ms(at), reason); });
}

Result<std::optional<SystemTime>> Inbox::next_due() {
    return guarded([&]() -> Result<std::optional<SystemTime>> {
        const auto due = store_->next_due();
        return due ? std::optional(SystemTime(std::chrono::milliseconds(*due))) : std::nullopt;
    });
}

Result<Inbox::Counts> Inbox::counts() {
    return guarded([&]() -> Result<Counts> { return store_->counts(); });
}

Result<std::vector<Inbox::DeadLetter>> Inbox::dead_letters(std::size_t limit) {
    return guarded(
        [&]() -> Result<std::vector<DeadLetter>> { return store_->dead_letters(limit); });
}

}  // namespace apilab::work
