// Day 9: a tiny service that survives its sources
//
// Situation  The page of day 8 as a service, 20 visitors a second. OSV is down for 40 seconds,
//            GitHub hangs for 7. Whoever watches over the service asks for its health meanwhile.
// Shows      A cache that asks whether something changed, and shows what it last knew, with its
//            age; a breaker that leaves the dead alone; health that is its own; a drained stop.
// Run        ./lab learn day09_service --compare
// Break      --break=no-breaker | no-cache | stale-as-live | health-asks-sources

#include <boost/json.hpp>
#include "apilab/client/metrics_observer.hpp"
#include "exercise.hpp"

namespace {

using namespace exercise;
using namespace std::chrono_literals;
namespace json = boost::json;

constexpr Duration promised = 500ms;
constexpr Duration fresh_for = 1s;     // younger than this, nobody is asked
constexpr int failures_to_open = 3;    // in a row; then the source is left alone
constexpr Duration probe_every = 10s;  // but for one request
const std::vector<std::string> sources = {"npm", "osv", "github"};

struct Kept {  // the last good answer of a source about a package
    std::string etag;
    std::optional<std::string> value;
    SteadyTime at;
};
struct Breaker {
    int failures = 0;
    SteadyTime probe_at;
};

class Digest final : public apilab::runtime::Service {
public:
    Digest(Lab& lab, bool naive) : lab_(lab), naive_(naive) {}

    Task<Result<Response>> call(Request request, apilab::runtime::CallContext /*how*/) override {
        const std::string path = request.url().path();
        if (path == "/healthz") {  // alive: nothing that another one does can change that
            const bool down =
                std::ranges::any_of(breakers_, [](auto& b) { return b.second.failures > 0; });
            co_return Response(without("health-asks-sources") && down ? 503 : 200, "ok\n");
        }
        if (path == "/readyz" || path == "/metrics") {  // ready with old values, too
            co_return Response(draining_ ? 503 : 200,
                               path == "/metrics" ? metrics_.text() : "ready\n");
        }
        json::object parts;
        ++under_way_;
        co_await lab_.side_by_side(sources.size(), [&](Lab& /*lab*/, std::size_t i) {
            return fill(parts, sources[i], path.substr(sizeof("/digest/") - 1), request);
        });
        --under_way_;
        co_return Response::json(parts.size() < sources.size() ? 502 : 200,
                                 serialize(json::object{{"parts", parts}}));
    }

    // A stop: nobody is sent to what is not ready, and those inside are served.
    Task<void> drain() {
        for (draining_ = true; under_way_ > 0;) {
            co_await lab_.sleep(10ms);
        }
        lab_.hand_in("metrics", metrics_.text());
    }

private:
    bool without(std::string_view protection) const { return naive_ || lab_.broken(protection); }

    Task<void> fill(json::object& parts, std::string source, std::string package,
                    const Request& visit) {
        Kept& kept = kept_[source + ' ' + package];
        Breaker& breaker = breakers_[source];
        const bool cached = kept.value && lab_.now() - kept.at < fresh_for && !without("no-cache");
        const bool open = breaker.failures >= failures_to_open && lab_.now() < breaker.probe_at;
        bool live = false;
        if (!cached && (!open || without("no-breaker"))) {
            breaker.probe_at = lab_.now() + probe_every;  // who comes meanwhile does not probe, too
            auto request = about(lab_, source, package);
            request.header("x-request-id", std::string(visit.headers().value("x-request-id")));
            live = co_await ask(kept, source, std::move(request));
            breaker.failures = live ? 0 : breaker.failures + 1;
        }
        if (live || (kept.value && !without("no-cache"))) {
            const char* old = cached ? "cached" : "stale";
            parts[source] = {{"state", live || lab_.broken("stale-as-live") ? "live" : old},
                             {"age_ms", (lab_.now() - kept.at) / 1ms},
                             {"value", *kept.value}};
        } else if (!naive_) {
            parts[source] = {{"state", "missing"}};
        }
    }

    // Did the source have something to say? It is kept then.
    Task<bool> ask(Kept& kept, std::string source, Request request) {
        if (!kept.etag.empty() && !without("no-cache")) {
            request.header("if-none-match", kept.etag);  // 304: what we have is still right
        }
        apilab::http::AttemptRecord attempt;
        const auto answer = co_await send(
            lab_.transport(), request,
            {.timeouts = {.attempt = naive_ ? 30s : promised * 9 / 10}, .attempt = &attempt});
        metrics_.on_attempt({.method = request.method(), .url_template = url_template_of(source)},
                            attempt);
        if (!answer || (answer->status() != 200 && answer->status() != 304)) {
            co_return false;
        }
        kept.at = lab_.now();
        if (answer->status() == 200) {
            kept.etag = answer->headers().value("etag");
            kept.value = shown_of(source, *answer);
        }
        co_return kept.value.has_value();
    }

    Lab& lab_;
    bool naive_;
    bool draining_ = false;
    int under_way_ = 0;
    std::map<std::string, Kept> kept_;
    std::map<std::string, Breaker> breakers_;
    apilab::client::MetricsObserver metrics_;
};

template <bool naive>
Task<void> serve(Lab& lab) {
    Digest digest(lab, naive);
    co_await lab.meet_the_world(digest);
    co_await digest.drain();
}

}  // namespace

int main(int argc, char** argv) {
    return exercise::run(
        {.name = "day09_service",
         .story = "a minute of a service with 20 visitors a second and a source that is down",
         .scenario = "day09-service",
         .deadline = promised,
         .sins = {{"no-breaker", "goes on calling the dead", "SVC-06"},
                  {"no-cache", "fetches again what has not changed", "LOD-07"},
                  {"stale-as-live", "shows old values as new ones", "SVC-03"},
                  {"health-asks-sources", "is killed because another one is down", "SVC-05"}},
         .production = serve<false>,
         .naive = serve<true>,
         .numbers = {"calls to the dead", "failed", "stale", "p99 ms"},
         .next = "day10_failure_tests"},
        argc, argv);
}
