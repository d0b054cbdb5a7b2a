#include "digest.hpp"

#include <algorithm>
#include <array>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>

#include "apilab/cache/memory_cache.hpp"

namespace exercise {

namespace {

using namespace std::chrono_literals;
namespace json = boost::json;

constexpr std::array<const char*, 3> sources = {"npm", "osv", "github"};

std::string page_of(const std::map<std::string, Part>& parts) {
    json::object page;
    for (const auto& [source, part] : parts) {
        json::object shown{{"state", part.state}, {"value", part.value}};
        if (part.age) {
            shown["age_ms"] = *part.age / 1ms;
        }
        page[source] = std::move(shown);
    }
    return serialize(json::object{{"parts", std::move(page)}});
}

Duration age_of(const Response& answer) {
    const auto text = answer.headers().value("age");
    std::int64_t seconds = 0;
    std::from_chars(text.data(), text.data() + text.size(), seconds);
    return std::chrono::seconds(seconds);
}

}  // namespace

apilab::client::CacheOptions falling_back() {
    apilab::client::CacheOptions options;
    options.store = or_refuse(apilab::cache::MemoryCache::make());
    options.principal = "the page";  // all visitors see the same
    options.rules.stale_if_error = 10min;
    return options;
}

apilab::client::CallOptions within(std::string_view source, Duration patience) {
    apilab::client::CallOptions options;
    options.operation.provider = source;
    options.operation.url_template = url_template_of(source);
    options.deadline = patience;
    return options;
}

Part part_of(std::string_view source, const Result<Response>& answer) {
    using Use = apilab::http::CacheRecord::Use;
    const auto shown = answer && answer->ok() ? shown_of(source, *answer) : std::nullopt;
    if (!shown) {
        return {"missing"};
    }
    const auto& cache = answer->record()->cache;
    const auto use = cache ? cache->use : Use::none;
    // Somebody else asked, a moment ago: for this visitor that is a value of age nothing.
    const bool shared = cache && cache->collapsed;
    if (!shared && (use == Use::none || use == Use::revalidated)) {
        return {"live", *shown};
    }
    return {shared || use == Use::fresh ? "cached" : "stale", *shown, age_of(*answer)};
}

DigestService::DigestService(Lab& lab, std::optional<apilab::client::CacheOptions> cache)
    : lab_(lab) {
    apilab::client::ClientOptions options;
    options.cache = std::move(cache);
    client_ = or_refuse(apilab::client::Client::create(lab.scheduler(), lab.transport(), lab.rng(),
                                                       options, {&metrics_}));
}

Task<Result<Response>> DigestService::call(Request request,
                                           apilab::runtime::CallContext /*context*/) {
    const std::string path = request.url().path();
    if (path == "/healthz") {
        co_return Response(healthy() ? 200 : 503);
    }
    if (path == "/readyz") {
        co_return Response(draining_ ? 503 : 200);
    }
    if (path == "/metrics") {
        co_return Response(200, metrics_.text());
    }
    std::map<std::string, Part> parts;
    ++inside_;
    co_await lab_.side_by_side(sources.size(), [&](Lab& /*lab*/, std::size_t i) {
        return fill(parts, sources[i], request);
    });
    --inside_;
    const bool whole =
        std::ranges::none_of(parts, [](const auto& one) { return one.second.state.empty(); });
    co_return whole ? Response::json(200, page_of(parts)) : Response(502, "no page without it\n");
}

Task<void> DigestService::fill(std::map<std::string, Part>& parts, std::string source,
                               Request visit) {
    parts[source] = co_await part(source, std::move(visit));
}

Request DigestService::request_for(const Request& visit, std::string_view source) const {
    const std::string path = visit.url().path();
    return about(lab_, source, path.substr(path.rfind('/') + 1))
        .header("x-request-id", std::string(visit.headers().value("x-request-id")));
}

Task<Result<Response>> DigestService::fetch(std::string source, Request request,
                                            Duration patience) {
    apilab::http::AttemptRecord attempt;
    const apilab::http::CallRecord call{.method = request.method(),
                                        .url_template = url_template_of(source)};
    auto answer =
        co_await apilab::transport::send(lab_.transport(), std::move(request),
                                         {.timeouts = {.attempt = patience}, .attempt = &attempt});
    metrics_.on_attempt(call, attempt);
    co_return answer;
}

Task<void> DigestService::drain() {
    for (draining_ = true; inside_ > 0;) {
        co_await lab_.sleep(10ms);
    }
    co_await client_->close();
    lab_.hand_in("metrics", metrics_.text());
}

}  // namespace exercise
