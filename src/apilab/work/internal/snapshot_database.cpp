#include "apilab/work/internal/snapshot_database.hpp"

#include <SQLiteCpp/Backup.h>
#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>
#include <SQLiteCpp/Statement.h>
#include <fmt/format.h>
#include <sqlite3.h>

#include "apilab/base/error.hpp"
#include "apilab/base/try.hpp"
#include "apilab/work/internal/sqlite_core.hpp"
#include "apilab/work/internal/sqlite_schema.hpp"

namespace apilab::work::internal {
namespace {

constexpr int busy_timeout_ms = 5000;

SQLite::Database open(const std::filesystem::path& file, int more = 0) {
    SQLite::Database db(file.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_NOMUTEX | more,
                        busy_timeout_ms);
    sqlite3_extended_result_codes(db.getHandle(), 1);
    return db;
}

DatabaseFacts facts_of(SQLite::Database& db) {
    DatabaseFacts facts{.schema = db.execAndGet("PRAGMA user_version").getInt64()};
    SQLite::Statement tables(db,
                             "SELECT name FROM sqlite_schema WHERE type = 'table' "
                             "AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name");
    std::vector<std::string> names;
    while (tables.executeStep()) {
        names.push_back(tables.getColumn(0).getString());
    }
    for (const std::string& name : names) {
        facts.counts.emplace_back(
            name, db.execAndGet(fmt::format("SELECT count(*) FROM \"{}\"", name)).getInt64());
    }
    return facts;
}

Error damaged(std::string what) {
    return Error(ErrorKind::io, fmt::format("the snapshot is damaged: {}", what))
        .with_detail("integrity")
        .with_remedy("use another snapshot");
}

}  // namespace

Result<DatabaseFacts> copy_database(const std::filesystem::path& from,
                                    const std::filesystem::path& to) {
    try {
        auto source = open(from);
        APILAB_CHECK(check_is_store(source, from.string()));
        auto copy = open(to, SQLite::OPEN_CREATE);
        copy.exec("PRAGMA synchronous=FULL");
        // The copy is made in this very transaction, so that both tell of one moment.
        source.exec("BEGIN");
        DatabaseFacts facts = facts_of(source);
        SQLite::Backup backup(copy, source);
        const int code = backup.executeStep(-1);
        source.exec("COMMIT");
        if (code != SQLITE_DONE) {
            throw SQLite::Exception("the copy came to no end", code);
        }
        // The head says that there is a log; without one the file stands by itself.
        copy.exec("PRAGMA journal_mode=DELETE");
        return facts;
    } catch (const SQLite::Exception& error) {
        return fail(describe_failure(error, false));
    }
}

Result<DatabaseFacts> examine_database(const std::filesystem::path& file) {
    try {
        auto db = open(file);
        APILAB_CHECK(check_is_store(db, file.string()));
        const auto verdict = db.execAndGet("PRAGMA integrity_check(1)").getString();
        if (verdict != "ok") {
            return fail(damaged(verdict));
        }
        if (SQLite::Statement(db, "PRAGMA foreign_key_check").executeStep()) {
            return fail(damaged("rows refer to others that are not there"));
        }
        return facts_of(db);
    } catch (const SQLite::Exception& error) {
        return fail(damaged(error.what()));
    }
}

}  // namespace apilab::work::internal
