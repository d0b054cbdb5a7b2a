// Lists may be long, so the rows are read through SQLite's own interface: SQLiteCpp makes an object
// of each column.

#include "apilab/observe/internal/trace_rows.hpp"

#include <SQLiteCpp/Exception.h>
#include <sqlite3.h>

#include <algorithm>
#include <string>
#include <utility>
#include <variant>

#include "apilab/base/ascii.hpp"
#include "apilab/observe/internal/trace_summary.hpp"

namespace apilab::observe::internal {
namespace {

class Rows {
public:
    Rows(SQLite::Database& db, const std::string& sql) : db_(db.getHandle()) {
        check(sqlite3_prepare_v2(db_, sql.c_str(), static_cast<int>(sql.size()), &statement_,
                                 nullptr));
    }
    Rows(const Rows&) = delete;
    Rows& operator=(const Rows&) = delete;
    ~Rows() { sqlite3_finalize(statement_); }

    void bind(int index, std::int64_t value) {
        check(sqlite3_bind_int64(statement_, index, value));
    }
    void bind(int index, const std::string& value) {
        check(sqlite3_bind_text(statement_, index, value.data(), static_cast<int>(value.size()),
                                SQLITE_TRANSIENT));
    }
    [[nodiscard]] bool next() {
        const int code = sqlite3_step(statement_);
        check(code == SQLITE_ROW || code == SQLITE_DONE ? SQLITE_OK : code);
        return code == SQLITE_ROW;
    }
    [[nodiscard]] std::string_view text(int column) const {
        const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column));
        return bytes == nullptr
                   ? std::string_view()
                   : std::string_view(
                         bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)));
    }
    [[nodiscard]] std::int64_t integer(int column) const {
        return sqlite3_column_int64(statement_, column);
    }
    [[nodiscard]] bool null(int column) const {
        return sqlite3_column_type(statement_, column) == SQLITE_NULL;
    }

private:
    void check(int code) const {
        if (code != SQLITE_OK) {
            throw SQLite::Exception(db_, code);
        }
    }
    sqlite3* db_;
    sqlite3_stmt* statement_ = nullptr;
};

using Value = std::variant<std::int64_t, std::string>;

// The conditions of a query, `?` for each value in turn.
struct Where {
    std::string sql;
    std::vector<Value> values;

    void add(std::string_view condition, std::vector<Value> of_it = {}) {
        sql += sql.empty() ? " WHERE " : " AND ";
        sql += condition;
        values.insert(values.end(), of_it.begin(), of_it.end());
    }
};

void add_times(Where& where, const TraceQuery& query) {
    if (query.since) {
        where.add("started >= ?", {std::int64_t{query.since->time_since_epoch().count()}});
    }
    if (query.before) {
        where.add("started < ?", {std::int64_t{query.before->time_since_epoch().count()}});
    }
    if (query.after_sequence > 0) {
        where.add("sequence > ?", {query.after_sequence});
    }
    if (query.slower_than) {
        where.add("elapsed > ?", {std::int64_t{query.slower_than->count()}});
    }
}

Where where_of(const TraceQuery& query) {
    Where where;
    add_times(where, query);
    if (query.status != 0) {
        where.add("status = ?", {std::int64_t{query.status}});
    }
    if (query.status_class != 0) {
        where.add("status BETWEEN ? AND ?", {std::int64_t{query.status_class} * 100,
                                             std::int64_t{query.status_class} * 100 + 99});
    }
    if (query.only_failed) {
        where.add("(error IS NOT NULL OR status >= 400)");
    }
    if (!query.method.empty()) {
        where.add("upper(method) = upper(?)", {query.method});
    }
    if (!query.origin.empty()) {
        const auto origin = ascii_lowered(query.origin);
        where.add(
            "(origin = ? OR substr(origin, instr(origin, '://') + 3) = ? OR "
            "substr(origin, instr(origin, '://') + 3, length(?) + 1) = ? || ':')",
            {origin, origin, origin, origin});
    }
    if (!query.text.empty()) {
        where.add("instr(lower(url || ' ' || url_template), ?) > 0", {ascii_lowered(query.text)});
    }
    return where;
}

TraceSummary summary_of_row(const Rows& rows) {
    TraceSummary summary{.id = std::string(rows.text(1)),
                         .sequence = rows.integer(0),
                         .started = SystemTime(Duration(rows.integer(2))),
                         .method = std::string(rows.text(3)),
                         .url_template = std::string(rows.text(4)),
                         .origin = std::string(rows.text(5)),
                         .provider = std::string(rows.text(6)),
                         .operation = std::string(rows.text(7)),
                         .status = static_cast<int>(rows.integer(8)),
                         .outcome = word_value(rows.text(10), Outcome::answered),
                         .ending = word_value(rows.text(11), Ending::redirect),
                         .attempts = static_cast<int>(rows.integer(12)),
                         .elapsed = Duration(rows.integer(13)),
                         .waited = Duration(rows.integer(14))};
    if (!rows.null(9)) {
        summary.error = word_value(rows.text(9), ErrorKind::internal);
    }
    return summary;
}

}  // namespace

std::vector<TraceSummary> read_summaries(SQLite::Database& db, const TraceQuery& query) {
    const auto where = where_of(query);
    Rows rows(db,
              "SELECT sequence, id, started, method, url_template, origin, provider, operation, "
              "status, error, outcome, ending, attempts, elapsed, waited FROM call" +
                  where.sql + " ORDER BY sequence DESC" + (query.limit > 0 ? " LIMIT ?" : ""));
    int index = 0;
    for (const auto& value : where.values) {
        ++index;
        std::visit([&](const auto& bound) { rows.bind(index, bound); }, value);
    }
    constexpr std::size_t most = std::size_t{1} << 32U;
    if (query.limit > 0) {
        rows.bind(index + 1, static_cast<std::int64_t>(std::min(query.limit, most)));
    }
    std::vector<TraceSummary> found;
    while (rows.next()) {
        found.push_back(summary_of_row(rows));
    }
    return found;
}

}  // namespace apilab::observe::internal
