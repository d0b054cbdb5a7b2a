#include "apilab/work/internal/sqlite_core.hpp"

#include <SQLiteCpp/Exception.h>
#include <fmt/format.h>
#include <sqlite3.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "apilab/base/error.hpp"
#include "apilab/base/result.hpp"
#include "apilab/base/try.hpp"
#include "apilab/work/internal/sqlite_schema.hpp"
#include "apilab/work/internal/store_checks.hpp"
#include "apilab/work/sqlite_store.hpp"

namespace apilab::work::internal {
namespace {

constexpr std::chrono::milliseconds wal_wait(10);
constexpr int primary_code = 0xFF;

std::string_view detail_of(int code, bool no_room) {
    if (no_room) {
        return "full";
    }
    switch (code) {
        case SQLITE_FULL:
            return "full";
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return "busy";
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            return "corrupt";
        default:
            return "other";
    }
}

}  // namespace

Error describe_failure(const SQLite::Exception& error, bool no_room) {
    const int code = error.getErrorCode() & primary_code;
    return Error(ErrorKind::io, fmt::format("store: SQLite: {} (code {})", error.what(),
                                            error.getExtendedErrorCode()))
        .with_detail(std::string(detail_of(code, no_room)));
}

SqliteCore::SqliteCore(const std::filesystem::path& file, SqliteStoreOptions options)
    : options_(std::move(options)),
      db_(file.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE | SQLite::OPEN_NOMUTEX,
          static_cast<int>(to_ms(options_.busy_timeout)), options_.vfs),
      statements_(db_.getHandle()) {}

Error SqliteCore::describe(const SQLite::Exception& error) {
    // What fails beside a plain write (the index of the log, a sync) says only "I/O error".
    const int code = error.getErrorCode() & primary_code;
    const int system = sqlite3_system_errno(db_.getHandle());
    return describe_failure(error, code == SQLITE_IOERR && system == ENOSPC);
}

// Two that switch at once may be told that it is locked without any waiting: neither can wait for
// the other's lock.
void SqliteCore::write_ahead(const std::filesystem::path& file) {
    const auto mode = [&](const char* sql) { return db_.execAndGet(sql).getString(); };
    auto left = std::chrono::floor<std::chrono::milliseconds>(options_.busy_timeout);
    while (mode("PRAGMA journal_mode") != "wal") {
        try {
            const auto now = mode("PRAGMA journal_mode=WAL");
            if (now == "wal" || file == ":memory:") {
                return;
            }
            throw SQLite::Exception("this file system cannot write ahead", SQLITE_IOERR);
        } catch (const SQLite::Exception& error) {
            if ((error.getErrorCode() & primary_code) != SQLITE_BUSY || left <= left.zero()) {
                throw;
            }
        }
        sqlite3_sleep(static_cast<int>(wal_wait.count()));
        left -= wal_wait;
    }
}

Result<void> SqliteCore::set_up(const std::filesystem::path& file) {
    return read([&]() -> Result<void> {
        sqlite3_extended_result_codes(db_.getHandle(), 1);
        write_ahead(file);
        // FULL: in WAL mode NORMAL may lose the last commits with the machine, and then an answer
        // with 2xx was a lie.
        db_.exec(options_.synchronous == SqliteStoreOptions::Synchronous::full
                     ? "PRAGMA synchronous=FULL"
                     : "PRAGMA synchronous=OFF");
        db_.exec("PRAGMA foreign_keys=ON");
        db_.exec("PRAGMA temp_store=MEMORY");
        // Keys come in no order; the pages that they meet should not be read again each time.
        db_.exec("PRAGMA cache_size=-16384");
        db_.exec("PRAGMA journal_size_limit=67108864");
        return migrate(db_, sqlite_migrations(), file.string());
    });
}

bool SqliteCore::in_sqlite_transaction() {
    return sqlite3_get_autocommit(db_.getHandle()) == 0;
}

void SqliteCore::enter() {
    // IMMEDIATE: a reader that becomes a writer half-way gets SQLITE_BUSY, and no waiting helps.
    use(open_ ? "SAVEPOINT operation" : "BEGIN IMMEDIATE").run();
}

void SqliteCore::leave() {
    use(open_ ? "RELEASE operation" : "COMMIT").run();
}

void SqliteCore::notice_lost_transaction(const Error& why) {
    if (open_ && !in_sqlite_transaction()) {
        broken_ = why;
    }
}

void SqliteCore::undo(const Error& why) {
    try {
        if (open_ && in_sqlite_transaction()) {
            use("ROLLBACK TO operation").run();
            use("RELEASE operation").run();
        } else if (open_) {
            broken_ = why;
        } else if (in_sqlite_transaction()) {
            use("ROLLBACK").run();
        }
    } catch (const SQLite::Exception&) {
        if (open_) {
            broken_ = why;
        }
    }
}

Result<void> SqliteCore::begin() {
    if (open_) {
        return fail(ErrorKind::invalid_argument, "store: a transaction is open already");
    }
    APILAB_CHECK(read([&]() -> Result<void> {
        use("BEGIN IMMEDIATE").run();
        return {};
    }));
    open_ = true;
    return {};
}

Result<void> SqliteCore::commit() {
    if (!open_) {
        return fail(ErrorKind::invalid_argument, "store: no transaction is open");
    }
    auto done = read([&]() -> Result<void> {
        use("COMMIT").run();
        return {};
    });
    rollback();
    return done;
}

void SqliteCore::rollback() {
    open_ = false;
    broken_.reset();
    if (in_sqlite_transaction()) {
        try {
            use("ROLLBACK").run();
        } catch (const SQLite::Exception&) {  // NOLINT(bugprone-empty-catch)
            // It is over all the same, or the next `begin` says what is wrong.
        }
    }
}

}  // namespace apilab::work::internal
