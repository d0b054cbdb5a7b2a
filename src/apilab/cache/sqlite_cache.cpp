#include "apilab/cache/sqlite_cache.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <mutex>
#include <system_error>
#include <utility>

#include "apilab/base/private_file.hpp"
#include "apilab/base/try.hpp"
#include "apilab/cache/internal/digest_key.hpp"
#include "apilab/cache/internal/entry_format.hpp"

namespace apilab::cache {

namespace fs = std::filesystem;

namespace {

constexpr int schema_version = 1;
// Asking the other side takes about as long: whoever holds the file longer is not waited for.
constexpr int busy_timeout_ms = 200;
// When an entry was used last is written only so often: a hit is no write.
constexpr auto used_step = std::chrono::seconds(60);

constexpr const char* schema = R"(
CREATE TABLE IF NOT EXISTS digest_key (
    one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    key BLOB NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS entry (
    id INTEGER NOT NULL PRIMARY KEY,
    url TEXT NOT NULL,
    principal TEXT NOT NULL,
    vary BLOB NOT NULL,
    answered INTEGER NOT NULL,
    used INTEGER NOT NULL,
    size INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    UNIQUE (url, principal, vary)
) STRICT;
CREATE INDEX IF NOT EXISTS entry_used ON entry (used, size);
)";

std::int64_t count_of(SystemTime time) {
    return time.time_since_epoch().count();
}

bool is_ruined(const SQLite::Exception& error) {
    return error.getErrorCode() == SQLITE_NOTADB || error.getErrorCode() == SQLITE_CORRUPT;
}

std::string_view bytes_of(const SQLite::Column& column) {
    const auto* data = static_cast<const char*>(column.getBlob());
    return data == nullptr ? std::string_view()
                           : std::string_view(data, static_cast<std::size_t>(column.getBytes()));
}

void bind_bytes(SQLite::Statement& statement, int index, std::string_view bytes) {
    statement.bind(index, static_cast<const void*>(bytes.data()), static_cast<int>(bytes.size()));
}

}  // namespace

struct SqliteCache::Database {
    explicit Database(const fs::path& file)
        : db(file.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, busy_timeout_ms) {
        db.exec("PRAGMA journal_mode=WAL");
        db.exec("PRAGMA synchronous=NORMAL");
    }

    mutable std::mutex mutex;
    SQLite::Database db;
    CacheLimits limits;
    RuleOptions rules;
    Secret digest_key;
    CacheStats stats;

    // SQLiteCpp throws; nothing of that leaves this file: a cache that cannot is a cache without.
    template <class Action>
    auto guarded(Action action) -> decltype(action()) {
        const std::scoped_lock lock(mutex);
        try {
            return action();
        } catch (const SQLite::Exception&) {
            ++stats.broken;
            return decltype(action())();
        }
    }

    // Error: another version's file.
    Result<void> prepare(const fs::path& file) {
        SQLite::Transaction transaction(db, SQLite::TransactionBehavior::IMMEDIATE);
        const int version = db.execAndGet("PRAGMA user_version").getInt();
        if (version > schema_version) {
            return fail(Error(ErrorKind::invalid_argument,
                              fmt::format("{}: has schema {}, this program knows {}", file.string(),
                                          version, schema_version))
                            .with_remedy("use the newer program, or another file"));
        }
        db.exec(schema);
        SQLite::Statement insert(db, "INSERT OR IGNORE INTO digest_key (one, key) VALUES (1, ?1)");
        const Secret fresh = internal::fresh_digest_key();
        bind_bytes(insert, 1, fresh.reveal());
        insert.exec();
        SQLite::Statement select(db, "SELECT key FROM digest_key");
        select.executeStep();
        digest_key = Secret(std::string(bytes_of(select.getColumn(0))));
        db.exec(fmt::format("PRAGMA user_version={}", schema_version));
        transaction.commit();
        return {};
    }

    struct Selected {
        std::int64_t id = 0;
        std::int64_t used = 0;
    };
    // The newest that the request selects.
    std::optional<Selected> select(const CacheKey& key, const http::Request& request,
                                   const KeyMaker& maker, bool& variants) {
        SQLite::Statement rows(db,
                               "SELECT id, used, vary FROM entry WHERE url = ?1 AND principal = ?2 "
                               "ORDER BY answered DESC");
        rows.bind(1, key.url);
        rows.bind(2, key.principal);
        while (rows.executeStep()) {
            variants = true;
            const auto vary = internal::read_vary(bytes_of(rows.getColumn(2)));
            if (vary && maker.matches(request, *vary)) {
                return Selected{.id = rows.getColumn(0).getInt64(),
                                .used = rows.getColumn(1).getInt64()};
            }
            stats.broken += vary ? 0 : 1;
        }
        return std::nullopt;
    }
    Result<StoredResponse> read(std::int64_t id) {
        SQLite::Statement row(db, "SELECT bytes FROM entry WHERE id = ?1");
        row.bind(1, id);
        if (!row.executeStep()) {
            return fail(ErrorKind::io, "another process has deleted it");
        }
        return internal::read_entry(bytes_of(row.getColumn(0)));
    }
    void erase(std::int64_t id) {
        SQLite::Statement remove(db, "DELETE FROM entry WHERE id = ?1");
        remove.bind(1, id);
        remove.exec();
    }

    void bound_variants(const CacheKey& key) {
        SQLite::Statement remove(
            db,
            "DELETE FROM entry WHERE id IN (SELECT id FROM entry WHERE url = ?1 AND principal = ?2 "
            "ORDER BY answered DESC LIMIT -1 OFFSET ?3)");
        remove.bind(1, key.url);
        remove.bind(2, key.principal);
        remove.bind(3, static_cast<std::int64_t>(limits.variants_max));
        stats.evicted += static_cast<std::uint64_t>(remove.exec());
    }
    void measure() {
        SQLite::Statement sum(db, "SELECT COUNT(*), COALESCE(SUM(size), 0) FROM entry");
        sum.executeStep();
        stats.entries = static_cast<std::uint64_t>(sum.getColumn(0).getInt64());
        stats.bytes = static_cast<std::uint64_t>(sum.getColumn(1).getInt64());
    }
    void evict() {
        measure();
        while (stats.entries > limits.entries_max || stats.bytes > limits.bytes_max) {
            db.exec("DELETE FROM entry WHERE id = (SELECT id FROM entry ORDER BY used LIMIT 1)");
            ++stats.evicted;
            measure();
        }
    }
    void write(const CacheKey& key, const StoredResponse& stored, std::string_view bytes) {
        const auto vary = internal::write_vary(stored.vary);
        SQLite::Statement upsert(
            db,
            "INSERT OR REPLACE INTO entry (url, principal, vary, answered, used, size, bytes) "
            "VALUES (?1, ?2, ?3, ?4, ?4, ?5, ?6)");
        upsert.bind(1, key.url);
        upsert.bind(2, key.principal);
        bind_bytes(upsert, 3, vary);
        upsert.bind(4, count_of(stored.answered));
        upsert.bind(5, static_cast<std::int64_t>(bytes.size() + key.url.size()));
        bind_bytes(upsert, 6, bytes);
        upsert.exec();
    }
};

SqliteCache::SqliteCache(std::unique_ptr<Database> database) : database_(std::move(database)) {}

SqliteCache::~SqliteCache() = default;

namespace {

// A ruined file goes: what it held was only kept to save time.
void remove_database(const fs::path& file) {
    std::error_code code;
    for (const char* suffix : {"", "-wal", "-shm"}) {
        fs::remove(file.string() + suffix, code);
    }
}

}  // namespace

Result<std::shared_ptr<SqliteCache>> SqliteCache::open(const fs::path& file, CacheLimits limits,
                                                       const RuleOptions& rules) {
    APILAB_CHECK(limits.validate());
    APILAB_CHECK(rules.validate());
    for (std::uint64_t ruined = 0;; ++ruined) {
        APILAB_CHECK(make_private(file, "a cache", "delete it, or chmod 600"));
        try {
            auto database = std::make_unique<Database>(file);
            APILAB_CHECK(database->prepare(file));
            database->limits = limits;
            database->rules = rules;
            database->stats.broken = ruined;
            return std::shared_ptr<SqliteCache>(new SqliteCache(std::move(database)));
        } catch (const SQLite::Exception& error) {
            if (ruined > 0 || !is_ruined(error)) {
                return fail(ErrorKind::io, fmt::format("{}: SQLite: {} (code {})", file.string(),
                                                       error.what(), error.getExtendedErrorCode()));
            }
            remove_database(file);
        }
    }
}

Found SqliteCache::find(const CacheKey& key, const http::Request& request, const KeyMaker& maker,
                        SystemTime now) {
    Database& database = *database_;
    return database.guarded([&] {
        Found found;
        const auto selected = database.select(key, request, maker, found.variants);
        if (!selected) {
            return found;
        }
        auto stored = database.read(selected->id);
        if (!stored) {
            if (stored.error().kind() == ErrorKind::decode) {
                ++database.stats.broken;
                database.erase(selected->id);
            }
            return found;
        }
        refresh_freshness(*stored, !request.url().query().empty(), database.rules);
        found.stored = std::make_shared<const StoredResponse>(*std::move(stored));
        if (now - SystemTime(Duration(selected->used)) > used_step) {
            SQLite::Statement update(database.db, "UPDATE entry SET used = ?2 WHERE id = ?1");
            update.bind(1, selected->id);
            update.bind(2, count_of(now));
            update.exec();
        }
        return found;
    });
}

bool SqliteCache::store(const CacheKey& key, std::shared_ptr<const StoredResponse> stored) {
    Database& database = *database_;
    const auto bytes = internal::write_entry(*stored);
    return database.guarded([&] {
        SQLite::Transaction transaction(database.db, SQLite::TransactionBehavior::IMMEDIATE);
        const bool fits =
            bytes.size() <= std::min({database.limits.entry_bytes_max, database.limits.bytes_max,
                                      std::uint64_t{internal::entry_size_max}});
        if (fits) {
            database.write(key, *stored, bytes);
            database.bound_variants(key);
            database.evict();
            ++database.stats.stored;
        } else {
            // What it replaces is not the answer any more.
            const auto vary = internal::write_vary(stored->vary);
            SQLite::Statement remove(
                database.db, "DELETE FROM entry WHERE url = ?1 AND principal = ?2 AND vary = ?3");
            remove.bind(1, key.url);
            remove.bind(2, key.principal);
            bind_bytes(remove, 3, vary);
            remove.exec();
            ++database.stats.too_large;
        }
        transaction.commit();
        return fits;
    });
}

void SqliteCache::invalidate(std::string_view url) {
    Database& database = *database_;
    (void)database.guarded([&] {
        SQLite::Statement remove(database.db, "DELETE FROM entry WHERE url = ?1");
        remove.bind(1, std::string(url));
        return remove.exec();
    });
}

void SqliteCache::clear() {
    (void)database_->guarded([&] { return database_->db.exec("DELETE FROM entry"); });
}

Secret SqliteCache::digest_key() const {
    return database_->digest_key;
}

CacheStats SqliteCache::stats() const {
    (void)database_->guarded([&] {
        database_->measure();
        return true;
    });
    const std::scoped_lock lock(database_->mutex);
    return database_->stats;
}

}  // namespace apilab::cache
