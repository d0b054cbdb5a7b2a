#include "apilab/observe/trace_store.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <utility>

#include "apilab/base/ascii.hpp"
#include "apilab/base/private_file.hpp"
#include "apilab/base/try.hpp"
#include "apilab/observe/internal/trace_rows.hpp"
#include "apilab/observe/internal/trace_summary.hpp"
#include "apilab/observe/story_json.hpp"

namespace apilab::observe {

namespace fs = std::filesystem;

namespace {

constexpr int schema_version = 1;
// `apTR`, by which the file is known as ours (PRAGMA application_id).
constexpr int application = 0x61705452;
// Others write within milliseconds.
constexpr int busy_timeout_ms = 5000;
// What a row costs beside its story.
constexpr std::uint64_t row_bytes = 512;
constexpr std::uint64_t story_bytes_max = std::uint64_t{32} << 20U;

// Stories lie apart, so that a list reads rows that stand side by side.
constexpr const char* schema = R"(
CREATE TABLE IF NOT EXISTS total (
    one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    last INTEGER NOT NULL,
    calls INTEGER NOT NULL,
    bytes INTEGER NOT NULL
) STRICT;
INSERT OR IGNORE INTO total (one, last, calls, bytes) VALUES (1, 0, 0, 0);
CREATE TABLE IF NOT EXISTS call (
    sequence INTEGER NOT NULL PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    saved INTEGER NOT NULL,
    started INTEGER NOT NULL,
    method TEXT NOT NULL,
    url_template TEXT NOT NULL,
    origin TEXT NOT NULL,
    url TEXT NOT NULL,
    provider TEXT NOT NULL,
    operation TEXT NOT NULL,
    status INTEGER NOT NULL,
    error TEXT,
    outcome TEXT NOT NULL,
    ending TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    elapsed INTEGER NOT NULL,
    waited INTEGER NOT NULL,
    size INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS call_started ON call (started);
CREATE INDEX IF NOT EXISTS call_failed ON call (sequence) WHERE error IS NOT NULL OR status >= 400;
CREATE TABLE IF NOT EXISTS story (
    sequence INTEGER NOT NULL PRIMARY KEY,
    text TEXT NOT NULL
) STRICT;
)";

std::int64_t count_of(SystemTime time) {
    return time.time_since_epoch().count();
}

Error not_ours(const fs::path& file, std::string_view what) {
    return Error(ErrorKind::invalid_argument, fmt::format("{}: {}", file.string(), what))
        .with_remedy("name another file, or move this one away; it was left as it is");
}

Error sqlite_error(const fs::path& file, const SQLite::Exception& error) {
    if (error.getErrorCode() == SQLITE_NOTADB) {
        return not_ours(file, "is no store of traces (no SQLite database)");
    }
    if (error.getErrorCode() == SQLITE_CORRUPT) {
        return Error(ErrorKind::io, fmt::format("{}: the store of traces is damaged ({})",
                                                file.string(), error.what()))
            .with_remedy(
                "move it away, and a new one is made; sqlite3 FILE .recover may save some");
    }
    return {ErrorKind::io, fmt::format("{}: SQLite: {} (code {})", file.string(), error.what(),
                                       error.getExtendedErrorCode())};
}

}  // namespace

Result<void> TraceStoreOptions::validate() const {
    if (calls_max < 1 || calls_max > 10'000'000) {
        return fail(ErrorKind::invalid_argument,
                    fmt::format("calls_max: is {}, expected 1 to 10,000,000", calls_max));
    }
    if (bytes_max < (64U << 10U)) {
        return fail(ErrorKind::invalid_argument,
                    fmt::format("bytes_max: is {}, expected at least 65,536", bytes_max));
    }
    if (age_max < std::chrono::seconds(1)) {
        return fail(ErrorKind::invalid_argument, "age_max: expected at least 1 s");
    }
    return {};
}

struct TraceStore::Database {
    Database(fs::path path, const TraceStoreOptions& chosen)
        : file(std::move(path)),
          options(chosen),
          db(file.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, busy_timeout_ms) {}

    fs::path file;
    TraceStoreOptions options;
    RealClock machine;
    SQLite::Database db;

    [[nodiscard]] SystemTime now() const {
        return options.clock != nullptr ? options.clock->system_now() : machine.system_now();
    }

    // SQLiteCpp throws; nothing of that leaves this file.
    template <class Action>
    auto guarded(Action action) -> decltype(action()) {
        try {
            return action();
        } catch (const SQLite::Exception& error) {
            return fail(sqlite_error(file, error));
        }
    }

    // Looks only: what is not ours is not written to.
    Result<void> check() {
        // One look at one state: another process may be making the file right now.
        const SQLite::Transaction transaction(db);
        const int id = db.execAndGet("PRAGMA application_id").getInt();
        const int version = db.execAndGet("PRAGMA user_version").getInt();
        const int tables = db.execAndGet("SELECT COUNT(*) FROM sqlite_master").getInt();
        if (id != application && (id != 0 || tables != 0)) {
            return fail(not_ours(file, "is another program's database, no store of traces"));
        }
        if (version > schema_version) {
            return fail(Error(ErrorKind::invalid_argument,
                              fmt::format("{}: has schema {}, this program knows {}", file.string(),
                                          version, schema_version))
                            .with_remedy("use the newer program, or another file"));
        }
        return {};
    }
    void prepare() {
        db.exec("PRAGMA journal_mode=WAL");
        db.exec("PRAGMA synchronous=NORMAL");
        SQLite::Transaction transaction(db, SQLite::TransactionBehavior::IMMEDIATE);
        if (db.execAndGet("PRAGMA user_version").getInt() == schema_version) {
            return;
        }
        db.exec(schema);
        db.exec(fmt::format("PRAGMA application_id={}", application));
        db.exec(fmt::format("PRAGMA user_version={}", schema_version));
        transaction.commit();
    }

    void insert(const TraceSummary& summary, const std::string& url, const std::string& text) {
        SQLite::Statement row(
            db,
            "INSERT INTO call (sequence, id, saved, started, method, url_template, origin, url, "
            "provider, operation, status, error, outcome, ending, attempts, elapsed, waited, size) "
            "VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18)");
        row.bind(1, summary.sequence);
        row.bind(2, summary.id);
        row.bind(3, count_of(now()));
        row.bind(4, count_of(summary.started));
        row.bind(5, summary.method);
        row.bind(6, summary.url_template);
        row.bind(7, summary.origin);
        row.bind(8, url);
        row.bind(9, summary.provider);
        row.bind(10, summary.operation);
        row.bind(11, summary.status);
        if (summary.error) {
            row.bind(12, std::string(to_string(*summary.error)));
        }
        row.bind(13, std::string(to_string(summary.outcome)));
        row.bind(14, std::string(to_string(summary.ending)));
        row.bind(15, summary.attempts);
        row.bind(16, std::int64_t{summary.elapsed.count()});
        row.bind(17, std::int64_t{summary.waited.count()});
        row.bind(18, static_cast<std::int64_t>(text.size() + row_bytes));
        row.exec();
        SQLite::Statement story(db, "INSERT INTO story (sequence, text) VALUES (?1, ?2)");
        story.bind(1, summary.sequence);
        story.bind(2, text);
        story.exec();
    }

    // How many calls and bytes there are now; positive numbers add to them.
    Size counted(std::int64_t calls, std::int64_t bytes) {
        SQLite::Statement update(db,
                                 "UPDATE total SET calls = calls + ?1, bytes = bytes + ?2 "
                                 "RETURNING calls, bytes");
        update.bind(1, calls);
        update.bind(2, bytes);
        update.executeStep();
        const Size size{.calls = static_cast<std::uint64_t>(update.getColumn(0).getInt64()),
                        .bytes = static_cast<std::uint64_t>(update.getColumn(1).getInt64())};
        update.executeStep();
        return size;
    }
    // The oldest goes until all bounds hold.
    void evict(Size size) {
        const auto oldest = count_of(now() - options.age_max);
        SQLite::Statement first(db,
                                "SELECT sequence, size, saved FROM call ORDER BY sequence LIMIT 1");
        SQLite::Statement remove(db, "DELETE FROM call WHERE sequence = ?1");
        SQLite::Statement remove_story(db, "DELETE FROM story WHERE sequence = ?1");
        for (; first.executeStep(); first.reset()) {
            const bool full = size.calls > options.calls_max || size.bytes > options.bytes_max;
            if (!full && first.getColumn(2).getInt64() >= oldest) {
                return;
            }
            const auto sequence = first.getColumn(0).getInt64();
            const auto bytes = first.getColumn(1).getInt64();
            first.reset();
            for (auto* statement : {&remove, &remove_story}) {
                statement->bind(1, sequence);
                statement->exec();
                statement->reset();
            }
            size = counted(-1, -bytes);
        }
    }
};

TraceStore::TraceStore(std::unique_ptr<Database> database) : database_(std::move(database)) {}

TraceStore::~TraceStore() = default;

Result<std::unique_ptr<TraceStore>> TraceStore::open(const fs::path& file,
                                                     const TraceStoreOptions& options) {
    APILAB_CHECK(options.validate());
    APILAB_CHECK(make_private(file, "traces", "chmod 600, or delete it"));
    try {
        auto database = std::make_unique<Database>(file, options);
        APILAB_CHECK(database->check());
        database->prepare();
        return std::unique_ptr<TraceStore>(new TraceStore(std::move(database)));
    } catch (const SQLite::Exception& error) {
        return fail(sqlite_error(file, error));
    }
}

Result<std::string> TraceStore::save(const Story& story) {
    Database& database = *database_;
    const auto most = std::min(database.options.bytes_max / 8, story_bytes_max);
    auto text = story_json(story);
    if (text.size() > most) {
        text = story_json({.started = story.started, .record = story.record, .exchanges = {}});
    }
    if (text.size() > most) {
        return fail(ErrorKind::too_large,
                    fmt::format("the call {} takes {} bytes, more than {} for one", story.record.id,
                                text.size(), most));
    }
    auto summary = internal::summary_of(story);
    const auto url = internal::searched_url(story);
    return database.guarded([&]() -> Result<std::string> {
        SQLite::Transaction transaction(database.db, SQLite::TransactionBehavior::IMMEDIATE);
        database.db.exec("UPDATE total SET last = last + 1");
        summary.sequence = database.db.execAndGet("SELECT last FROM total").getInt64();
        summary.id = internal::trace_id_of(static_cast<std::uint64_t>(summary.sequence));
        database.insert(summary, url, text);
        database.evict(database.counted(1, static_cast<std::int64_t>(text.size() + row_bytes)));
        transaction.commit();
        return summary.id;
    });
}

Result<std::vector<TraceSummary>> TraceStore::list(const TraceQuery& query) {
    return database_->guarded([&]() -> Result<std::vector<TraceSummary>> {
        return internal::read_summaries(database_->db, query);
    });
}

Result<std::optional<Story>> TraceStore::find(std::string_view id) {
    return database_->guarded([&]() -> Result<std::optional<Story>> {
        SQLite::Statement select(database_->db,
                                 "SELECT text FROM story JOIN call USING (sequence) WHERE id = ?1");
        select.bind(1, std::string(id));
        if (!select.executeStep()) {
            return std::nullopt;
        }
        auto story = parse_story(select.getColumn(0).getString());
        if (!story) {
            return fail(
                std::move(story).error().in(fmt::format("{}: {}", database_->file.string(), id)));
        }
        return *std::move(story);
    });
}

Result<std::vector<std::string>> TraceStore::ids(std::string_view prefix, std::size_t limit) {
    return database_->guarded([&]() -> Result<std::vector<std::string>> {
        SQLite::Statement select(database_->db,
                                 "SELECT id FROM call WHERE substr(id, 1, length(?1)) = ?1 "
                                 "ORDER BY sequence DESC LIMIT ?2");
        select.bind(1, std::string(prefix));
        select.bind(2, static_cast<std::int64_t>(std::min(limit, std::size_t{1} << 32U)));
        std::vector<std::string> found;
        while (select.executeStep()) {
            found.push_back(select.getColumn(0).getString());
        }
        return found;
    });
}

Result<TraceStore::Size> TraceStore::size() {
    return database_->guarded([&]() -> Result<Size> {
        SQLite::Statement select(database_->db, "SELECT calls, bytes FROM total");
        select.executeStep();
        return Size{.calls = static_cast<std::uint64_t>(select.getColumn(0).getInt64()),
                    .bytes = static_cast<std::uint64_t>(select.getColumn(1).getInt64())};
    });
}

}  // namespace apilab::observe
