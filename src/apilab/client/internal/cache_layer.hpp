#pragma once

#include <list>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "apilab/cache/key.hpp"
#include "apilab/cache/response_cache.hpp"
#include "apilab/cache/rules.hpp"
#include "apilab/client/options.hpp"
#include "apilab/runtime/task_group.hpp"

namespace apilab::client::internal {

/// What the cache knows of one call.
struct CacheLookup {
    cache::RequestDirectives asked;
    cache::CacheKey key;
    /// What the call is answered with, or asked again by; null: nothing is stored, or not to be
    /// used.
    std::shared_ptr<const cache::StoredResponse> stored;
    /// The answer may be stored.
    bool keeps = false;
};

/// The client's part of a cache: what it has under way.
struct CacheLayer {
    CacheLayer(runtime::Scheduler& scheduler, CacheOptions its_options,
               const std::vector<std::string>& secret_headers)
        : options(std::move(its_options)),
          clock(options.clock != nullptr ? *options.clock : scheduler),
          keys(options.store->digest_key(), secret_headers),
          background(scheduler) {}

    /// A question whose answer may be stored, until it goes. A write to its URL meanwhile takes
    /// that away: nobody knows whether the other side answered before or after it.
    class Asking {
    public:
        Asking(CacheLayer& layer, const std::string& url)
            : layer_(layer), url_(url), place_(layer.asking.insert(layer.asking.end(), this)) {}
        Asking(const Asking&) = delete;
        Asking& operator=(const Asking&) = delete;
        ~Asking() { layer_.asking.erase(place_); }
        [[nodiscard]] bool overtaken() const { return overtaken_; }
        void invalidate(std::string_view url) { overtaken_ = overtaken_ || url == url_; }

    private:
        CacheLayer& layer_;
        std::string url_;
        std::list<Asking*>::iterator place_;
        bool overtaken_ = false;
    };

    CacheOptions options;
    const Clock& clock;
    cache::KeyMaker keys;
    std::list<Asking*> asking;
    /// Of the revalidations under way, the keys.
    std::set<std::pair<std::string, std::string>> revalidating;
    runtime::TaskGroup background;
};

}  // namespace apilab::client::internal
