// Day 9: a tiny service that survives its sources
//
// Situation  The page of day 8 as a service, 20 visitors a second. OSV is down for 40 seconds,
//            GitHub hangs for 7. Whoever watches over the service asks for its health meanwhile.
// Yours      The cache that asks whether something changed, and shows what it last knew.
// Check      ./lab learn check day09_service
// Stuck      ./lab learn hint day09_service

#include "digest.hpp"

namespace {
using namespace exercise;
using namespace std::chrono_literals;

constexpr Duration promised = 500ms;
constexpr Duration for_sources = 450ms;              // the rest is for what is left to do then
[[maybe_unused]] constexpr Duration fresh_for = 1s;  // younger than this, nobody is asked

struct Kept {  // the last good answer of a source about a package; no value: there was none yet
    std::string etag;
    std::string value;
    SteadyTime at;
};

class Digest final : public DigestService {
public:
    using DigestService::DigestService;

private:
    // TODO: what is younger than `fresh_for` is shown as it is ("cached", with its age). Where the
    // source has nothing to say, the page shows what is kept ("stale", with its age), or "missing"
    // where nothing is.
    Task<Part> part(std::string source, Request visit) override {
        Kept& kept = kept_[source + visit.url().path()];
        if (co_await ask(kept, source, request_for(visit, source))) {
            co_return Part{"live", kept.value};
        }
        co_return Part{"missing"};
    }

    // Did the source have something to say? It is kept then; an error, or nonsense, never is.
    // TODO: ask whether `kept.etag` is still right (`if-none-match`; OSV, asked by POST, gives
    // none). A 304 says that it is: the source had its say, and only the time of what is kept
    // changes.
    Task<bool> ask(Kept& kept, std::string source, Request request) {
        const auto answer = co_await fetch(source, request, for_sources);
        const bool whole = answer && answer->ok();
        if (const auto shown = whole ? shown_of(source, *answer) : std::nullopt) {
            kept = {std::string(answer->headers().value("etag")), *shown, lab().now()};
            co_return true;
        }
        co_return false;
    }

    // Somebody restarts this service where this says no. What may it depend on? Is there anything
    // to be done here?
    bool healthy() override { return true; }

    std::map<std::string, Kept> kept_;  // by source and page
};
}  // namespace

int main(int argc, char** argv) {
    return exercise::run(
        {.name = "day09_service",
         .story = "a minute of a service with 20 visitors a second and a source that is down",
         .scenario = "day09-service",
         .deadline = promised,
         .production = serve_digest<Digest>,
         .numbers = {"failed", "stale", "p99 ms"},
         .next = "day09_breaker"},
        argc, argv);
}
