#include "radar/radar_session.hpp"

#include <utility>

#include "apilab/base/try.hpp"
#include "apilab/cache/memory_cache.hpp"
#include "apilab/http/json.hpp"

namespace apilab::cli {

Result<std::unique_ptr<RadarSession>> RadarSession::make(runtime::Scheduler& scheduler,
                                                         runtime::Service& transport,
                                                         const SourceUrls& urls,
                                                         std::uint64_t seed) {
    auto session = std::unique_ptr<RadarSession>(new RadarSession(scheduler, seed));
    APILAB_TRY(auto store, cache::MemoryCache::make());
    client::ClientOptions options;
    // A report says what is so now: what is stored is used after a 304 only.
    options.cache = client::CacheOptions{.store = std::move(store),
                                         .mode = runtime::CacheChoice::Mode::revalidate};
    APILAB_TRY(session->client_, client::Client::create(scheduler, transport, session->rng_,
                                                        std::move(options), {&session->stats_}));
    const auto endpoint = [&](const http::Url& base) {
        return provider::Endpoint{.client = session->client_.get(), .base = base};
    };
    session->sources_ = std::make_unique<radar::Sources>(
        radar::Sources{provider::Npm(endpoint(urls.npm)), provider::Osv(endpoint(urls.osv)),
                       provider::GitHub(endpoint(urls.github), {.token = urls.github_token})});
    return session;
}

radar::Report RadarSession::check(radar::RadarInput input, const radar::DecideOptions& options,
                                  bool simulated, radar::GatherOptions gather) {
    stats_.clear();
    gather.as_of = options.as_of;
    auto facts = runtime::run(
        scheduler_, radar::gather(scheduler_, *sources_, input.dependencies, std::move(gather)));
    facts.calls = radar::call_stories(stats_);
    facts.simulated = simulated;
    return radar::decide(input.dependencies, facts, options, input.file.string());
}

bool is_sandbox(runtime::Scheduler& scheduler, runtime::Service& transport, const http::Url& url) {
    if (url.host() != "127.0.0.1" && url.host() != "::1" && url.host() != "localhost") {
        return false;
    }
    const auto root = http::Url::parse(url.origin() + "/");
    if (!root) {
        return false;
    }
    runtime::CallContext context;
    context.deadline = scheduler.now() + std::chrono::seconds(2);
    const auto reply = runtime::run(scheduler, transport.call(http::Request::get(*root), context));
    if (!reply || !reply->ok()) {
        return false;
    }
    const auto document = http::JsonDocument::parse(reply->body());
    return document && document->root()["sandbox"].string() == "apilab";
}

}  // namespace apilab::cli
