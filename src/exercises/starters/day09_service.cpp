// Day 9: a tiny service that survives its sources
//
// Situation  The page of day 8 as a service, 20 visitors a second. OSV is down for 40 seconds,
//            GitHub hangs for 7. Whoever watches over the service asks for its health meanwhile.
// Yours      The cache that asks whether something changed, and the breaker.
// Check      ./lab learn check day09_service
// Stuck      ./lab learn hint day09_service

#include <boost/json.hpp>
#include "apilab/client/metrics_observer.hpp"
#include "exercise.hpp"

namespace {

using namespace exercise;
using namespace std::chrono_literals;
namespace json = boost::json;

constexpr Duration promised = 500ms;
constexpr Duration for_sources = 450ms;
[[maybe_unused]] constexpr Duration fresh_for = 1s;     // younger than this, nobody is asked
[[maybe_unused]] constexpr int failures_to_open = 3;    // in a row; then the source is left alone
[[maybe_unused]] constexpr Duration probe_every = 10s;  // but for one request

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
    explicit Digest(Lab& lab) : lab_(lab) {}

    Task<Result<Response>> call(Request request, apilab::runtime::CallContext /*how*/) override {
        const std::string path = request.url().path();
        if (path == "/healthz") {  // alive: nothing that another one does can change that
            co_return Response(200, "ok\n");
        }
        if (path == "/readyz") {  // able to serve: with old values, too
            co_return Response(draining_ ? 503 : 200, "ready\n");
        }
        if (path == "/metrics") {
            co_return Response(200, metrics_.text());
        }
        const std::string package = path.substr(sizeof("/digest/") - 1);
        const std::string id(request.headers().value("x-request-id"));
        json::object parts;
        ++under_way_;
        co_await lab_.side_by_side(sources.size(), [&](Lab& /*lab*/, std::size_t i) {
            return fill(parts, sources[i], package, id);
        });
        --under_way_;
        const bool whole = parts.size() == sources.size();
        co_return Response::json(whole ? 200 : 502,
                                 serialize(json::object{{"package", package}, {"parts", parts}}));
    }

    // A stop: no new visitors are sent to what is not ready, and those inside are served.
    Task<void> drain() {
        draining_ = true;
        while (under_way_ > 0) {
            co_await lab_.sleep(10ms);
        }
        lab_.hand_in("metrics", metrics_.text());
    }

private:
    Task<void> fill(json::object& parts, std::string source, std::string package, std::string id) {
        Kept& kept = kept_[source + ' ' + package];
        [[maybe_unused]] Breaker& breaker = breakers_[source];
        // TODO: what is younger than `fresh_for` is shown as it is ("cached", with "age_ms"). After
        // `failures_to_open` failures in a row the source is asked by one visitor each
        // `probe_every` only. Who does not ask, or gets nothing, shows what is kept ("stale", with
        // "age_ms"), or "missing" where nothing is.
        const bool live = co_await ask(kept, source, package, id);
        if (live) {
            parts[source] = {{"state", "live"}, {"value", *kept.value}};
        } else {
            parts[source] = {{"state", "missing"}};
        }
    }

    // Did the source have something to say? It is kept then.
    Task<bool> ask(Kept& kept, std::string source, std::string package, std::string id) {
        auto request = about(lab_, source, package).header("x-request-id", id);
        // TODO: ask whether `kept.etag` is still right (`if-none-match`); 304 says that it is.
        apilab::http::AttemptRecord attempt;
        const auto answer = co_await send(
            lab_.transport(), request, {.timeouts = {.attempt = for_sources}, .attempt = &attempt});
        metrics_.on_attempt({.method = request.method(), .url_template = url_template_of(source)},
                            attempt);
        if (!answer || answer->status() != 200) {
            co_return false;
        }
        kept = {std::string(answer->headers().value("etag")), shown_of(source, *answer),
                lab_.now()};
        co_return kept.value.has_value();
    }

    Lab& lab_;
    bool draining_ = false;
    int under_way_ = 0;
    std::map<std::string, Kept> kept_;
    std::map<std::string, Breaker> breakers_;
    apilab::client::MetricsObserver metrics_;
};

Task<void> serve(Lab& lab) {
    Digest digest(lab);
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
         .production = serve,
         .numbers = {"calls to the dead", "failed", "stale", "p99 ms"},
         .next = "day10_failure_tests"},
        argc, argv);
}
