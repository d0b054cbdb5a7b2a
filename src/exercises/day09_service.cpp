// Day 9: a tiny service that survives its sources
//
// Situation  The page of day 8 as a service, 20 visitors a second. OSV is down for 40 seconds,
//            GitHub hangs for 7. Whoever watches over the service asks for its health meanwhile.
// Shows      A cache that asks whether something changed, and shows what it last knew, with its
//            age; health that is its own. (Readiness, metrics, a drained stop: digest.cpp.)
// Run        ./lab learn day09_service --compare
// Break      --break=no-cache | stale-as-live | health-asks-sources

#include <algorithm>
#include "digest.hpp"

namespace {
using namespace exercise;
using namespace std::chrono_literals;
constexpr Duration for_sources = 450ms;  // of 500: the rest is for what is left to do then
constexpr Duration fresh_for = 1s;       // younger than this, nobody is asked
struct Kept {
    std::string etag, value;  // of the last good answer of a source about a package
    SteadyTime at;
};

struct Digest final : DigestService {
    using DigestService::DigestService;
    // Every part says what it is: live, cached or stale with its age, or missing.
    Task<Part> part(std::string source, Request visit) override {
        Kept& kept = kept_[source + visit.url().path()];
        const bool known = !kept.value.empty() && !lab().broken("no-cache");
        const char* state = known ? "stale" : "missing";
        if (known && lab().now() - kept.at < fresh_for) {
            state = "cached";
        } else if (co_await ask(kept, source, request_for(visit, source)) ||
                   lab().broken("stale-as-live")) {
            state = "live";
        }
        co_return Part{state, kept.value, lab().now() - kept.at};
    }

    // Did the source have something to say? It is kept then; an error, or nonsense, never is.
    Task<bool> ask(Kept& kept, std::string source, Request request) {
        if (!kept.etag.empty() && !lab().broken("no-cache")) {
            request.header("if-none-match", kept.etag);
        }
        const auto answer = co_await fetch(source, request, for_sources);
        const bool unchanged = answer && answer->status() == 304;  // what we have is still right
        const bool whole = answer && answer->ok();
        down_[source] = !unchanged && !whole;
        if (const auto shown = whole ? shown_of(source, *answer) : std::nullopt) {
            kept = {std::string(answer->headers().value("etag")), *shown, lab().now()};
            co_return true;
        }
        kept.at = unchanged ? lab().now() : kept.at;
        co_return unchanged;
    }

    // Alive: nothing that another one does can change that.
    bool healthy() override {
        const bool down = std::ranges::any_of(down_, [](auto& one) { return one.second; });
        return !down || !lab().broken("health-asks-sources");
    }

    std::map<std::string, Kept> kept_;  // by source and page
    std::map<std::string, bool> down_;
};

// What one writes in a hurry: everybody is asked every time, and has to answer.
struct HurriedDigest final : DigestService {
    using DigestService::DigestService;
    Task<Part> part(std::string source, Request visit) override {
        const auto answer = co_await fetch(source, request_for(visit, source), 30s);
        const bool good = answer && answer->ok();
        co_return good ? Part{"live", shown_of(source, *answer).value_or("")} : Part{};
    }
};

// The same by the library, whose cache keeps what the sources allow: not what was asked by POST.
struct LibraryDigest final : DigestService {
    explicit LibraryDigest(Lab& lab) : DigestService(lab, falling_back()) {}
    Task<Part> part(std::string source, Request visit) override {
        const auto request = request_for(visit, source);
        co_return part_of(source, co_await client().send(request, within(source, for_sources)));
    }
};
}  // namespace
int main(int argc, char** argv) {
    return exercise::run(
        {.name = "day09_service",
         .story = "a minute of a service with 20 visitors a second and a source that is down",
         .scenario = "day09-service",
         .deadline = 500ms,
         .sins = {{"no-cache", "fetches again what has not changed", "LOD-07"},
                  {"stale-as-live", "shows old values as new ones", "SVC-03"},
                  {"health-asks-sources", "is killed because another one is down", "SVC-05"}},
         .production = serve_digest<Digest>,
         .naive = serve_digest<HurriedDigest>,
         .library = serve_digest<LibraryDigest>,
         .numbers = {"failed", "stale", "p99 ms"},
         .next = "day09_breaker"},
        argc, argv);
}
