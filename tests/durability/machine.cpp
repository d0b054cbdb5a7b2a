#include "machine.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>

#include <memory>
#include <string>
#include <vector>

#include "apilab/base/result.hpp"
#include "apilab/work/sqlite_store.hpp"

namespace apilab::durability {
namespace {

void add_rows(SQLite::Database& db, const std::string& table, std::string& picture) {
    SQLite::Statement columns(db, fmt::format("SELECT name FROM pragma_table_info('{}')", table));
    std::string quoted;
    while (columns.executeStep()) {
        quoted += fmt::format("{}quote(\"{}\")", quoted.empty() ? "" : " || ' ' || ",
                              columns.getColumn(0).getString());
    }
    SQLite::Statement rows(db, fmt::format("SELECT {} FROM \"{}\" ORDER BY 1", quoted, table));
    while (rows.executeStep()) {
        picture += fmt::format("{}: {}\n", table, rows.getColumn(0).getString());
    }
}

}  // namespace

Result<std::unique_ptr<work::SqliteStore>> Machine::open() const {
    return work::SqliteStore::open(file(), {.synchronous = synchronous_, .vfs = vfs.name()});
}

std::string Machine::picture() const {
    try {
        SQLite::Database db(file().string(), SQLite::OPEN_READWRITE, 0, vfs.name());
        SQLite::Statement tables(
            db, "SELECT name, sql FROM sqlite_schema WHERE type = 'table' ORDER BY name");
        std::string picture;
        while (tables.executeStep()) {
            picture += tables.getColumn(1).getString() + "\n";
            add_rows(db, tables.getColumn(0).getString(), picture);
        }
        return picture;
    } catch (const SQLite::Exception& error) {
        return std::string("error: ") + error.what();
    }
}

std::string Machine::integrity() const {
    try {
        SQLite::Database db(file().string(), SQLite::OPEN_READWRITE, 0, vfs.name());
        if (db.execAndGet("SELECT count(*) FROM pragma_foreign_key_check").getInt() != 0) {
            return "a foreign key that leads nowhere";
        }
        return db.execAndGet("PRAGMA integrity_check").getString();
    } catch (const SQLite::Exception& error) {
        return std::string("error: ") + error.what();
    }
}

}  // namespace apilab::durability
