#include "apilab/auth/sqlite_token_store.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>

#include <system_error>
#include <utility>

#include "apilab/auth/internal/held_file.hpp"
#include "apilab/auth/internal/stored_tokens.hpp"
#include "apilab/base/file_lock.hpp"
#include "apilab/base/private_file.hpp"
#include "apilab/base/try.hpp"

namespace apilab::auth {

namespace fs = std::filesystem;

namespace {

constexpr int schema_version = 1;
constexpr int busy_timeout_ms = 5000;

constexpr const char* schema = R"(
CREATE TABLE IF NOT EXISTS token (
    name TEXT NOT NULL PRIMARY KEY,
    entry TEXT NOT NULL
) STRICT, WITHOUT ROWID;
)";

// SQLiteCpp throws; nothing of that leaves this file.
template <class Action>
auto guarded(Action action) -> decltype(action()) {
    try {
        return action();
    } catch (const SQLite::Exception& error) {
        return fail(ErrorKind::io, fmt::format("token store: SQLite: {} (code {})", error.what(),
                                               error.getExtendedErrorCode()));
    }
}

}  // namespace

struct SqliteTokenStore::Database {
    explicit Database(const fs::path& file)
        : db(file.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, busy_timeout_ms) {
        // FULL: in WAL mode NORMAL may lose the last commit with the machine, and a rotated refresh
        // token with it.
        db.exec("PRAGMA journal_mode=WAL");
        db.exec("PRAGMA synchronous=FULL");
    }
    SQLite::Database db;
};

SqliteTokenStore::SqliteTokenStore(fs::path file, std::unique_ptr<Database> database)
    : file_(std::move(file)), database_(std::move(database)) {}

SqliteTokenStore::~SqliteTokenStore() = default;

Result<std::unique_ptr<SqliteTokenStore>> SqliteTokenStore::open(const fs::path& file) {
    APILAB_CHECK(
        make_private(file, "tokens", "take its tokens for known: revoke them, then chmod 600"));
    return guarded([&]() -> Result<std::unique_ptr<SqliteTokenStore>> {
        auto database = std::make_unique<Database>(file);
        SQLite::Transaction transaction(database->db, SQLite::TransactionBehavior::IMMEDIATE);
        const int version = database->db.execAndGet("PRAGMA user_version").getInt();
        if (version > schema_version) {
            return fail(Error(ErrorKind::invalid_argument,
                              fmt::format("{}: has schema {}, this program knows {}", file.string(),
                                          version, schema_version))
                            .with_remedy("use the newer program, or another file"));
        }
        database->db.exec(schema);
        database->db.exec(fmt::format("PRAGMA user_version={}", schema_version));
        transaction.commit();
        return std::unique_ptr<SqliteTokenStore>(new SqliteTokenStore(file, std::move(database)));
    });
}

Result<std::optional<StoredTokens>> SqliteTokenStore::load(std::string_view name) {
    APILAB_CHECK(check_token_name(name));
    return guarded([&]() -> Result<std::optional<StoredTokens>> {
        SQLite::Statement select(database_->db, "SELECT entry FROM token WHERE name = ?1");
        select.bind(1, std::string(name));
        if (!select.executeStep()) {
            return std::nullopt;
        }
        auto stored = internal::read_stored_tokens(select.getColumn(0).getString());
        if (!stored) {
            return fail(std::move(stored).error().in(fmt::format("{}: {}", file_.string(), name)));
        }
        return *std::move(stored);
    });
}

Result<void> SqliteTokenStore::save(std::string_view name, const StoredTokens& tokens) {
    APILAB_TRY([[maybe_unused]] const auto known, load(name));
    return guarded([&]() -> Result<void> {
        SQLite::Statement upsert(database_->db,
                                 "INSERT INTO token (name, entry) VALUES (?1, ?2) "
                                 "ON CONFLICT (name) DO UPDATE SET entry = ?2");
        upsert.bind(1, std::string(name));
        upsert.bind(2, internal::write_stored_tokens(tokens));
        upsert.exec();
        return {};
    });
}

Result<void> SqliteTokenStore::erase(std::string_view name) {
    APILAB_CHECK(check_token_name(name));
    return guarded([&]() -> Result<void> {
        SQLite::Statement remove(database_->db, "DELETE FROM token WHERE name = ?1");
        remove.bind(1, std::string(name));
        remove.exec();
        return {};
    });
}

Result<std::vector<std::string>> SqliteTokenStore::names() {
    return guarded([&]() -> Result<std::vector<std::string>> {
        SQLite::Statement select(database_->db, "SELECT name FROM token ORDER BY name");
        std::vector<std::string> all;
        while (select.executeStep()) {
            all.push_back(select.getColumn(0).getString());
        }
        return all;
    });
}

Result<std::unique_ptr<TokenStore::Lock>> SqliteTokenStore::try_lock(std::string_view name) {
    APILAB_CHECK(check_token_name(name));
    APILAB_TRY(auto lock, FileLock::try_lock(fmt::format("{}.{}.lock", file_.string(), name)));
    if (!lock) {
        return nullptr;
    }
    return std::make_unique<internal::HeldFile>(*std::move(lock));
}

}  // namespace apilab::auth
