#pragma once

#include "apilab/cache/response_cache.hpp"

namespace apilab::cache {

/// Answers in memory. The entry unused longest goes first; a hit shares the stored answer and
/// copies nothing of it.
class MemoryCache final : public ResponseCache {
public:
    /// Error: `invalid_argument` naming the limit.
    [[nodiscard]] static Result<std::shared_ptr<MemoryCache>> make(CacheLimits limits = {});
    ~MemoryCache() override;

    [[nodiscard]] Found find(const CacheKey& key, const http::Request& request,
                             const KeyMaker& maker, SystemTime now) override;
    bool store(const CacheKey& key, std::shared_ptr<const StoredResponse> stored) override;
    void invalidate(std::string_view url) override;
    void clear() override;
    [[nodiscard]] Secret digest_key() const override;
    [[nodiscard]] CacheStats stats() const override;

private:
    struct State;
    explicit MemoryCache(CacheLimits limits);
    std::unique_ptr<State> state_;
};

}  // namespace apilab::cache
