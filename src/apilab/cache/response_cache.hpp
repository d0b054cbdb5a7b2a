#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "apilab/base/result.hpp"
#include "apilab/base/secret.hpp"
#include "apilab/cache/key.hpp"
#include "apilab/cache/stored_response.hpp"

namespace apilab::cache {

/// What a cache has done since it was made.
struct CacheStats {
    std::uint64_t entries = 0;
    /// About what they take, in bytes.
    std::uint64_t bytes = 0;
    std::uint64_t stored = 0;
    /// Went because of a limit.
    std::uint64_t evicted = 0;
    /// Larger than one entry may be, and not stored.
    std::uint64_t too_large = 0;
    /// Entries, or the file itself, that could not be read or written: counted as misses.
    std::uint64_t broken = 0;
};

/// What was found.
struct Found {
    /// What the request selects, the newest where there are several; null: nothing.
    std::shared_ptr<const StoredResponse> stored;
    /// Others are stored under the key, which `Vary` keeps from this request.
    bool variants = false;
};

/// Where answers are kept. It decides nothing (`rules.hpp` does): it finds, stores within its
/// limits, and forgets. It never fails: what cannot be read is not there, what cannot be written is
/// not kept, and both are counted.
///
/// Thread-safe. Calls are short and do not wait for a network.
class ResponseCache {
public:
    ResponseCache() = default;
    ResponseCache(const ResponseCache&) = delete;
    ResponseCache& operator=(const ResponseCache&) = delete;
    virtual ~ResponseCache() = default;

    /// `maker` says whether the request selects an entry. `now` is for what was used when.
    [[nodiscard]] virtual Found find(const CacheKey& key, const http::Request& request,
                                     const KeyMaker& maker, SystemTime now) = 0;
    /// Replaces what is stored with equal `vary`. False: it was not kept.
    virtual bool store(const CacheKey& key, std::shared_ptr<const StoredResponse> stored) = 0;
    /// Forgets everything of the URL (`CacheKey::url`), of every principal.
    virtual void invalidate(std::string_view url) = 0;
    virtual void clear() = 0;

    /// The key of the digests in `CacheKey` and `VaryField`, made by chance when the cache was:
    /// whoever makes keys for this cache uses it.
    [[nodiscard]] virtual Secret digest_key() const = 0;
    [[nodiscard]] virtual CacheStats stats() const = 0;
};

/// Limits of a cache.
struct CacheLimits {
    /// All entries together, in bytes. Default 64 MiB.
    std::uint64_t bytes_max = std::uint64_t{64} << 20U;
    /// Default 10,000.
    std::uint64_t entries_max = 10'000;
    /// One entry. Default 8 MiB.
    std::uint64_t entry_bytes_max = std::uint64_t{8} << 20U;
    /// Answers of one URL and principal that `Vary` tells apart. Default 8; the oldest goes.
    std::uint64_t variants_max = 8;

    /// Error: `invalid_argument` naming the one that is 0.
    [[nodiscard]] Result<void> validate() const;
};

}  // namespace apilab::cache
