// Of PostgresStore: documents.

#include "apilab/base/try.hpp"
#include "apilab/work/document.hpp"
#include "apilab/work/internal/postgres_connection.hpp"
#include "apilab/work/internal/store_checks.hpp"
#include "apilab/work/postgres_store.hpp"

namespace apilab::work {

using internal::PostgresParameters;

namespace {

// The unique index decides between two that begin a document, the row's version between two that
// change one: the second waits for the first, and finds it gone on.
constexpr const char* put_any = R"(
INSERT INTO document AS d (kind, key, body, version, updated) VALUES ($1, $2, $3, 1, $4)
ON CONFLICT (kind, key) DO UPDATE SET body = EXCLUDED.body, version = d.version + 1,
    updated = EXCLUDED.updated
RETURNING version)";
constexpr const char* put_new = R"(
INSERT INTO document (kind, key, body, version, updated) VALUES ($1, $2, $3, 1, $4)
ON CONFLICT (kind, key) DO NOTHING RETURNING version)";
constexpr const char* put_next = R"(
UPDATE document SET body = $3, version = version + 1, updated = $4
WHERE kind = $1 AND key = $2 AND version = $5 RETURNING version)";

const char* putting(std::optional<std::int64_t> expected) {
    if (!expected) {
        return put_any;
    }
    return *expected == 0 ? put_new : put_next;
}

Document read_document(std::string_view kind, internal::PostgresRows::Reader row) {
    Document found{.kind = std::string(kind)};
    found.key = row.bytes();
    found.body = row.bytes();
    found.version = row.integer();
    found.updated = row.time();
    return found;
}

struct Page {
    std::string_view kind;
    std::string_view after_key;
    std::size_t limit = 0;
};

Result<std::vector<Document>> page(internal::PostgresConnection& db, const char* sql,
                                   const Page& asked) {
    APILAB_CHECK(internal::check_documents(asked.kind, asked.after_key, asked.limit));
    return db.atomically([&]() -> Result<std::vector<Document>> {
        PostgresParameters parameters;
        parameters.text(asked.kind)
            .text(asked.after_key)
            .integer(static_cast<std::int64_t>(asked.limit));
        APILAB_TRY(const auto rows, db.run(sql, parameters));
        std::vector<Document> found;
        for (int i = 0; i < rows.size(); ++i) {
            found.push_back(read_document(asked.kind, rows.row(i)));
        }
        return found;
    });
}

}  // namespace

Result<std::optional<std::int64_t>> PostgresStore::put_document(
    std::string_view kind, std::string_view key, std::string_view body,
    std::optional<std::int64_t> expected, SystemTime now) {
    APILAB_CHECK(internal::check_document(kind, key));
    APILAB_CHECK(internal::check_document_change(body, expected, limits_));
    return db_->atomically([&]() -> Result<std::optional<std::int64_t>> {
        PostgresParameters parameters;
        parameters.text(kind).text(key).bytes(body).time(now);
        if (expected && *expected != 0) {
            parameters.integer(*expected);
        }
        APILAB_TRY(const auto rows, db_->run(putting(expected), parameters));
        if (rows.empty()) {
            return std::nullopt;
        }
        return rows.row(0).integer();
    });
}

Result<std::optional<Document>> PostgresStore::document(std::string_view kind,
                                                        std::string_view key) {
    static constexpr const char* sql =
        "SELECT key, body, version, updated FROM document WHERE kind = $1 AND key = $2";
    APILAB_CHECK(internal::check_document(kind, key));
    return db_->atomically([&]() -> Result<std::optional<Document>> {
        APILAB_TRY(const auto rows, db_->run(sql, PostgresParameters().text(kind).text(key)));
        if (rows.empty()) {
            return std::nullopt;
        }
        return read_document(kind, rows.row(0));
    });
}

Result<std::vector<Document>> PostgresStore::documents(std::string_view kind,
                                                       std::string_view after_key,
                                                       std::size_t limit) {
    static constexpr const char* sql = R"(
SELECT key, body, version, updated FROM document WHERE kind = $1 AND key > $2
ORDER BY key LIMIT $3)";
    return page(*db_, sql, {.kind = kind, .after_key = after_key, .limit = limit});
}

Result<std::vector<Document>> PostgresStore::list_documents(std::string_view kind,
                                                            std::string_view after_key,
                                                            std::size_t limit) {
    static constexpr const char* sql = R"(
SELECT key, ''::bytea, version, updated FROM document WHERE kind = $1 AND key > $2
ORDER BY key LIMIT $3)";
    return page(*db_, sql, {.kind = kind, .after_key = after_key, .limit = limit});
}

Result<bool> PostgresStore::remove_document(std::string_view kind, std::string_view key) {
    static constexpr const char* sql = "DELETE FROM document WHERE kind = $1 AND key = $2";
    APILAB_CHECK(internal::check_document(kind, key));
    return db_->atomically([&]() -> Result<bool> {
        APILAB_TRY(const auto rows, db_->run(sql, PostgresParameters().text(kind).text(key)));
        return rows.changed() > 0;
    });
}

}  // namespace apilab::work
