#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace apilab::work::internal {

/// One use of a prepared statement. Values go to its parameters in the order in which they are
/// given, from `?1`; they are not copied, and stay where they are until the last `step`. When this
/// ends, the statement is reset and holds nothing. Throws `SQLite::Exception`.
class Query {
public:
    enum class Then : std::uint8_t { kept, finalized };
    Query(sqlite3* db, sqlite3_stmt* statement, Then then)
        : db_(db), statement_(statement), then_(then) {}
    Query(Query&& other) noexcept;
    Query(const Query&) = delete;
    Query& operator=(const Query&) = delete;
    Query& operator=(Query&&) = delete;
    ~Query();

    Query& integer(std::int64_t value);
    Query& text(std::string_view value);
    Query& text(std::string&& value) = delete;
    Query& text(const char* value) { return text(std::string_view(value)); }
    Query& blob(std::string_view value);
    Query& blob(std::string&& value) = delete;
    Query& null();
    Query& integer_or_null(const std::optional<std::int64_t>& value);

    /// To the next row. False: there is none.
    bool step();
    /// Runs it to its end; how many rows it changed.
    int run();

    [[nodiscard]] std::int64_t get_integer(int column) const;
    [[nodiscard]] std::string get_text(int column) const;
    [[nodiscard]] bool is_null(int column) const;

private:
    void check(int code) const;

    sqlite3* db_;
    sqlite3_stmt* statement_;
    Then then_;
    int bound_ = 0;
};

/// Statements, each prepared once. `sql` is a literal: it is known again by its address.
class Statements {
public:
    explicit Statements(sqlite3* db) : db_(db) {}
    [[nodiscard]] Query use(const char* sql);
    /// One that is not kept: put together from what was asked for.
    [[nodiscard]] Query once(std::string_view sql);

private:
    [[nodiscard]] sqlite3_stmt* prepare(std::string_view sql, unsigned flags);
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
    };
    sqlite3* db_;
    std::unordered_map<const char*, std::unique_ptr<sqlite3_stmt, Finalize>> kept_;
};

}  // namespace apilab::work::internal
