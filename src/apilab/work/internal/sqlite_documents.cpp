// Of SqliteStore: documents.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"
#include "apilab/base/try.hpp"
#include "apilab/work/document.hpp"
#include "apilab/work/internal/sqlite_core.hpp"
#include "apilab/work/internal/store_checks.hpp"
#include "apilab/work/sqlite_store.hpp"

namespace apilab::work {
namespace {

using internal::Query;
using internal::SqliteCore;

// Which of the three it is follows from what is expected: anything, nothing, one version.
Query putting(SqliteCore& core, std::optional<std::int64_t> expected) {
    if (!expected) {
        return core.use(
            "INSERT INTO document (kind, key, body, version, updated) VALUES (?1, ?2, ?3, 1, ?4) "
            "ON CONFLICT (kind, key) DO UPDATE SET body = excluded.body, version = version + 1, "
            "updated = excluded.updated RETURNING version");
    }
    if (*expected == 0) {
        return core.use(
            "INSERT INTO document (kind, key, body, version, updated) VALUES (?1, ?2, ?3, 1, ?4) "
            "ON CONFLICT (kind, key) DO NOTHING RETURNING version");
    }
    return core.use(
        "UPDATE document SET body = ?3, version = version + 1, updated = ?4 "
        "WHERE kind = ?1 AND key = ?2 AND version = ?5 RETURNING version");
}

Document read_document(std::string_view kind, const Query& query) {
    return {.kind = std::string(kind),
            .key = query.get_text(0),
            .body = query.get_text(1),
            .version = query.get_integer(2),
            .updated = internal::from_ms(query.get_integer(3))};
}

std::vector<Document> all_of(std::string_view kind, Query& query, std::size_t limit) {
    query.integer(static_cast<std::int64_t>(limit));
    std::vector<Document> found;
    while (query.step()) {
        found.push_back(read_document(kind, query));
    }
    return found;
}

}  // namespace

Result<std::optional<std::int64_t>> SqliteStore::put_document(std::string_view kind,
                                                              std::string_view key,
                                                              std::string_view body,
                                                              std::optional<std::int64_t> expected,
                                                              SystemTime now) {
    APILAB_CHECK(internal::check_document(kind, key));
    APILAB_CHECK(internal::check_document_change(body, expected, core_->limits()));
    return core_->change([&]() -> Result<std::optional<std::int64_t>> {
        Query query = putting(*core_, expected);
        query.text(kind).text(key).blob(body).integer(internal::to_ms(now));
        if (expected && *expected != 0) {
            query.integer(*expected);
        }
        if (!query.step()) {
            return std::nullopt;
        }
        return query.get_integer(0);
    });
}

Result<std::optional<Document>> SqliteStore::document(std::string_view kind, std::string_view key) {
    APILAB_CHECK(internal::check_document(kind, key));
    return core_->read([&]() -> Result<std::optional<Document>> {
        Query query = core_->use(
            "SELECT key, body, version, updated FROM document WHERE kind = ?1 AND key = ?2");
        if (!query.text(kind).text(key).step()) {
            return std::nullopt;
        }
        return read_document(kind, query);
    });
}

Result<std::vector<Document>> SqliteStore::documents(std::string_view kind,
                                                     std::string_view after_key,
                                                     std::size_t limit) {
    APILAB_CHECK(internal::check_documents(kind, after_key, limit));
    return core_->read([&]() -> Result<std::vector<Document>> {
        Query query = core_->use(
            "SELECT key, body, version, updated FROM document WHERE kind = ?1 AND key > ?2 "
            "ORDER BY key LIMIT ?3");
        return all_of(kind, query.text(kind).text(after_key), limit);
    });
}

Result<std::vector<Document>> SqliteStore::list_documents(std::string_view kind,
                                                          std::string_view after_key,
                                                          std::size_t limit) {
    APILAB_CHECK(internal::check_documents(kind, after_key, limit));
    return core_->read([&]() -> Result<std::vector<Document>> {
        Query query = core_->use(
            "SELECT key, x'', version, updated FROM document WHERE kind = ?1 AND key > ?2 "
            "ORDER BY key LIMIT ?3");
        return all_of(kind, query.text(kind).text(after_key), limit);
    });
}

Result<bool> SqliteStore::remove_document(std::string_view kind, std::string_view key) {
    APILAB_CHECK(internal::check_document(kind, key));
    return core_->change([&]() -> Result<bool> {
        return core_->use("DELETE FROM document WHERE kind = ?1 AND key = ?2")
                   .text(kind)
                   .text(key)
                   .run() == 1;
    });
}

}  // namespace apilab::work
