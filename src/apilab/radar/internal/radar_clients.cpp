#include "apilab/radar/internal/radar_clients.hpp"

#include <utility>

#include "apilab/base/try.hpp"
#include "apilab/cache/memory_cache.hpp"

namespace apilab::radar::internal {

Result<std::unique_ptr<RadarClients>> RadarClients::make(
    const Config& config, runtime::Scheduler& scheduler, runtime::Service& transport, Rng& rng,
    const std::function<void(std::string_view)>& log) {
    auto made = std::make_unique<RadarClients>();
    made->stories = std::make_unique<observe::StoryObserver>(
        scheduler, [calls = &made->calls](observe::Story story) { calls->take(std::move(story)); });
    std::vector<http::Observer*> observers = {&made->metrics, made->stories.get()};
    if (log) {
        observe::LogOptions options;
        options.format = config.log_format == "human" ? observe::LogOptions::Format::human
                                                      : observe::LogOptions::Format::json;
        made->log = std::make_unique<observe::LogObserver>(scheduler, log, options);
        observers.push_back(made->log.get());
    }
    client::ClientOptions reads;
    reads.deadline = config.calls.deadline;
    reads.timeouts = {.connect = config.calls.connect,
                      .first_byte = config.calls.first_byte,
                      .idle = config.calls.idle,
                      .attempt = config.calls.attempt};
    APILAB_TRY(auto cache, cache::MemoryCache::make());
    // A report says what is so now: what is kept is used after a 304 only.
    reads.cache = client::CacheOptions{.store = std::move(cache),
                                       .mode = runtime::CacheChoice::Mode::revalidate};
    reads.tracing = client::TraceOptions{};
    // It asks seldom: twenty failures do not come together within a minute.
    reads.breaker->calls_min = 5;
    reads.headers.set("accept", "application/json");
    reads.id_prefix = "r";
    reads.request_id_header = "x-request-id";
    client::ClientOptions effects;
    effects.deadline = reads.deadline;
    effects.timeouts = reads.timeouts;
    effects.retry.max_attempts = 1;
    effects.tracing = client::TraceOptions{};
    effects.headers = reads.headers;
    effects.id_prefix = "e";
    effects.request_id_header = reads.request_id_header;
    APILAB_TRY(made->reads,
               client::Client::create(scheduler, transport, rng, std::move(reads), observers));
    APILAB_TRY(made->effects,
               client::Client::create_beside(*made->reads, std::move(effects), observers));
    return made;
}

}  // namespace apilab::radar::internal
