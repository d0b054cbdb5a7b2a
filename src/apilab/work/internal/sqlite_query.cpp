#include "apilab/work/internal/sqlite_query.hpp"

#include <SQLiteCpp/Exception.h>
#include <sqlite3.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace apilab::work::internal {

Query::Query(Query&& other) noexcept
    : db_(other.db_),
      statement_(std::exchange(other.statement_, nullptr)),
      then_(other.then_),
      bound_(other.bound_) {}

Query::~Query() {
    if (statement_ != nullptr && then_ == Then::finalized) {
        sqlite3_finalize(statement_);
    } else if (statement_ != nullptr) {
        // Its result is that of the last step again, and that was told.
        sqlite3_reset(statement_);
        sqlite3_clear_bindings(statement_);
    }
}

void Query::check(int code) const {
    if (code != SQLITE_OK) {
        throw SQLite::Exception(db_, code);
    }
}

Query& Query::integer(std::int64_t value) {
    check(sqlite3_bind_int64(statement_, ++bound_, value));
    return *this;
}

Query& Query::text(std::string_view value) {
    // A null pointer would be NULL.
    const char* data = value.data() == nullptr ? "" : value.data();
    check(
        sqlite3_bind_text64(statement_, ++bound_, data, value.size(), SQLITE_STATIC, SQLITE_UTF8));
    return *this;
}

Query& Query::blob(std::string_view value) {
    const char* data = value.data() == nullptr ? "" : value.data();
    check(sqlite3_bind_blob64(statement_, ++bound_, data, value.size(), SQLITE_STATIC));
    return *this;
}

Query& Query::null() {
    check(sqlite3_bind_null(statement_, ++bound_));
    return *this;
}

Query& Query::integer_or_null(const std::optional<std::int64_t>& value) {
    return value ? integer(*value) : null();
}

bool Query::step() {
    const int code = sqlite3_step(statement_);
    if (code != SQLITE_ROW && code != SQLITE_DONE) {
        throw SQLite::Exception(db_, code);
    }
    return code == SQLITE_ROW;
}

int Query::run() {
    while (step()) {
    }
    return sqlite3_changes(db_);
}

std::int64_t Query::get_integer(int column) const {
    return sqlite3_column_int64(statement_, column);
}

std::string Query::get_text(int column) const {
    const void* data = sqlite3_column_blob(statement_, column);
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
    return data == nullptr ? std::string() : std::string(static_cast<const char*>(data), size);
}

bool Query::is_null(int column) const {
    return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

sqlite3_stmt* Statements::prepare(std::string_view sql, unsigned flags) {
    sqlite3_stmt* made = nullptr;
    const int code =
        sqlite3_prepare_v3(db_, sql.data(), static_cast<int>(sql.size()), flags, &made, nullptr);
    if (code != SQLITE_OK) {
        throw SQLite::Exception(db_, code);
    }
    return made;
}

Query Statements::use(const char* sql) {
    auto& kept = kept_[sql];
    if (kept == nullptr) {
        kept.reset(prepare(sql, SQLITE_PREPARE_PERSISTENT));
    }
    return {db_, kept.get(), Query::Then::kept};
}

Query Statements::once(std::string_view sql) {
    return {db_, prepare(sql, 0), Query::Then::finalized};
}

}  // namespace apilab::work::internal
