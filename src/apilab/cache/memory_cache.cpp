#include "apilab/cache/memory_cache.hpp"

#include <algorithm>
#include <list>
#include <map>
#include <mutex>
#include <utility>

#include "apilab/base/try.hpp"
#include "apilab/cache/internal/digest_key.hpp"

namespace apilab::cache {

Result<void> CacheLimits::validate() const {
    const auto set = [](const char* name, std::uint64_t value) {
        return value == 0 ? Result<void>(fail(ErrorKind::invalid_argument,
                                              std::string("cache limit ") + name + " is 0"))
                          : Result<void>();
    };
    APILAB_CHECK(set("bytes_max", bytes_max));
    APILAB_CHECK(set("entries_max", entries_max));
    APILAB_CHECK(set("entry_bytes_max", entry_bytes_max));
    return set("variants_max", variants_max);
}

namespace {

struct Entry {
    std::string url;
    std::string principal;
    std::shared_ptr<const StoredResponse> stored;
    std::size_t size = 0;
};
// Least recently used first.
using Entries = std::list<Entry>;

}  // namespace

struct MemoryCache::State {
    mutable std::mutex mutex;
    CacheLimits limits;
    Secret digest_key = internal::fresh_digest_key();
    Entries entries;
    std::map<std::string, std::vector<Entries::iterator>, std::less<>> by_url;
    CacheStats stats;

    void forget(Entries::iterator entry) {
        const auto place = by_url.find(entry->url);
        std::erase(place->second, entry);
        if (place->second.empty()) {
            by_url.erase(place);
        }
        stats.bytes -= entry->size;
        --stats.entries;
        entries.erase(entry);
    }
    void evict(Entries::iterator entry) {
        forget(entry);
        ++stats.evicted;
    }
    // The oldest of those with the same key, where there are too many.
    void bound_variants(const CacheKey& key) {
        const auto place = by_url.find(key.url);
        if (place == by_url.end()) {
            return;
        }
        std::vector<Entries::iterator> same;
        std::ranges::copy_if(place->second, std::back_inserter(same),
                             [&](const auto& entry) { return entry->principal == key.principal; });
        if (same.size() >= limits.variants_max) {
            evict(*std::ranges::min_element(
                same, {}, [](const auto& entry) { return entry->stored->answered; }));
        }
    }
};

MemoryCache::MemoryCache(CacheLimits limits) : state_(std::make_unique<State>()) {
    state_->limits = limits;
}

MemoryCache::~MemoryCache() = default;

Result<std::shared_ptr<MemoryCache>> MemoryCache::make(CacheLimits limits) {
    APILAB_CHECK(limits.validate());
    return std::shared_ptr<MemoryCache>(new MemoryCache(limits));
}

Found MemoryCache::find(const CacheKey& key, const http::Request& request, const KeyMaker& maker,
                        SystemTime /*now*/) {
    State& state = *state_;
    const std::scoped_lock lock(state.mutex);
    Found found;
    const auto place = state.by_url.find(key.url);
    if (place == state.by_url.end()) {
        return found;
    }
    auto best = state.entries.end();
    for (const auto& entry : place->second) {
        if (entry->principal != key.principal) {
            continue;
        }
        found.variants = true;
        const bool newer =
            best == state.entries.end() || best->stored->answered < entry->stored->answered;
        if (newer && maker.matches(request, entry->stored->vary)) {
            best = entry;
        }
    }
    if (best != state.entries.end()) {
        found.stored = best->stored;
        state.entries.splice(state.entries.end(), state.entries, best);
    }
    return found;
}

bool MemoryCache::store(const CacheKey& key, std::shared_ptr<const StoredResponse> stored) {
    State& state = *state_;
    const std::size_t size = stored->size() + key.url.size() + key.principal.size();
    const std::scoped_lock lock(state.mutex);
    if (const auto place = state.by_url.find(key.url); place != state.by_url.end()) {
        const auto same = std::ranges::find_if(place->second, [&](const auto& entry) {
            return entry->principal == key.principal && entry->stored->vary == stored->vary;
        });
        if (same != place->second.end()) {
            state.forget(*same);
        }
    }
    if (size > state.limits.entry_bytes_max || size > state.limits.bytes_max) {
        ++state.stats.too_large;
        return false;
    }
    state.bound_variants(key);
    while (!state.entries.empty() && (state.stats.bytes + size > state.limits.bytes_max ||
                                      state.stats.entries >= state.limits.entries_max)) {
        state.evict(state.entries.begin());
    }
    state.entries.push_back(
        {.url = key.url, .principal = key.principal, .stored = std::move(stored), .size = size});
    state.by_url[key.url].push_back(std::prev(state.entries.end()));
    state.stats.bytes += size;
    ++state.stats.entries;
    ++state.stats.stored;
    return true;
}

void MemoryCache::invalidate(std::string_view url) {
    const std::scoped_lock lock(state_->mutex);
    const auto place = state_->by_url.find(url);
    if (place == state_->by_url.end()) {
        return;
    }
    for (const auto& entry : std::vector(place->second)) {
        state_->forget(entry);
    }
}

void MemoryCache::clear() {
    const std::scoped_lock lock(state_->mutex);
    state_->entries.clear();
    state_->by_url.clear();
    state_->stats.bytes = 0;
    state_->stats.entries = 0;
}

Secret MemoryCache::digest_key() const {
    return state_->digest_key;
}

CacheStats MemoryCache::stats() const {
    const std::scoped_lock lock(state_->mutex);
    return state_->stats;
}

}  // namespace apilab::cache
