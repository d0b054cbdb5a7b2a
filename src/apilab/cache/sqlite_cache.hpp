#pragma once

#include <filesystem>

#include "apilab/cache/response_cache.hpp"
#include "apilab/cache/rules.hpp"

namespace apilab::cache {

/// Answers in one SQLite file (WAL, mode 0600), for programs that end and begin again and for
/// several processes at once. Not encrypted: bodies and headers of answers stand in it, credentials
/// of requests do not (see `key.hpp`). An entry that is broken is a miss and is deleted; a file
/// that is no database any more is made anew; a database that somebody else holds for longer than
/// 200 ms is a miss. All three are counted in `stats().broken`. Written with synchronous NORMAL:
/// what the last moment before a power failure stored may be missing.
///
/// Calls read and write the file on the caller's thread.
class SqliteCache final : public ResponseCache {
public:
    /// Opens or makes the file; its folder exists. `rules` work out the freshness of what is read.
    /// Errors: `io`; `invalid_argument` where a limit is 0, others may read the file, or a newer
    /// version wrote it.
    [[nodiscard]] static Result<std::shared_ptr<SqliteCache>> open(
        const std::filesystem::path& file, CacheLimits limits = {}, const RuleOptions& rules = {});
    ~SqliteCache() override;

    [[nodiscard]] Found find(const CacheKey& key, const http::Request& request,
                             const KeyMaker& maker, SystemTime now) override;
    bool store(const CacheKey& key, std::shared_ptr<const StoredResponse> stored) override;
    void invalidate(std::string_view url) override;
    void clear() override;
    [[nodiscard]] Secret digest_key() const override;
    [[nodiscard]] CacheStats stats() const override;

private:
    struct Database;
    explicit SqliteCache(std::unique_ptr<Database> database);
    std::unique_ptr<Database> database_;
};

}  // namespace apilab::cache
