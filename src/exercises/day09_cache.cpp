// Day 9: what you know already
//
// Situation  Every ten seconds four people open the page at once. What npm and GitHub say changes
//            seldom, and they say for how long they stand by it. GitHub is away for a minute, npm
//            for half of one.
// Shows      The library's cache: what is fresh is used without asking; what is not is asked about
//            by its ETag, once for all who wait; where a source is away, its last word does, for a
//            while, and the page says how old it is. Errors are never kept.
// Run        ./lab learn day09_cache --compare      (hit, miss, 304, stale: above the verdict)
// Break      --break=no-validators | no-cache | ask-every-time | stale-as-live

#include <fmt/format.h>

#include <memory>

#include "digest.hpp"

namespace {

using namespace exercise;
using namespace std::chrono_literals;
using apilab::http::CacheRecord;
using Mode = apilab::runtime::CacheChoice::Mode;

constexpr Duration promised = 500ms;
constexpr Duration for_sources = 450ms;

class Digest final : public DigestService {
public:
    explicit Digest(Lab& lab)
        : DigestService(lab,
                        lab.broken("no-cache") ? std::nullopt : std::optional(falling_back())) {}

    // How parts came about, over all visits.
    void tell() {
        std::string line = " ";
        for (const auto& [how, times] : seen_) {
            line += fmt::format(" {} {},", how, times);
        }
        line.back() = '\n';
        lab().show(line);
    }

private:
    Task<Part> part(std::string source, Request visit) override {
        auto options = within(source, for_sources);
        options.cache.mode = mode();
        const auto answer = co_await client().send(request_for(visit, source), options);
        Part part = part_of(source, answer);
        ++seen_[part.state == "missing" ? part.state : how(*answer)];
        if (part.state == "stale" && lab().broken("stale-as-live")) {
            part = {"live", part.value};
        }
        co_return part;
    }

    // Without its protections the cache is asked to do without them.
    [[nodiscard]] Mode mode() {
        if (lab().broken("no-validators")) {
            return Mode::refresh;
        }
        return lab().broken("ask-every-time") ? Mode::revalidate : Mode::use;
    }

    static std::string how(const Response& answer) {
        const auto& cache = answer.record()->cache;
        if (cache && cache->collapsed) {
            return "shared";
        }
        switch (cache ? cache->use : CacheRecord::Use::none) {
            case CacheRecord::Use::none:
                return "asked";
            case CacheRecord::Use::revalidated:
                return "still holds (304)";
            default:
                return std::string(apilab::http::to_string(cache->use));
        }
    }

    std::map<std::string, int> seen_;
};

Task<void> production(Lab& lab) {
    Digest digest(lab);
    co_await lab.meet_the_world(digest);
    co_await digest.drain();
    digest.tell();
}

// What one writes in a hurry: ask, and ask again.
struct HurriedDigest final : DigestService {
    using DigestService::DigestService;
    Task<Part> part(std::string source, Request visit) override {
        const auto answer = co_await fetch(source, request_for(visit, source), for_sources);
        const bool good = answer && answer->ok();
        co_return good ? Part{"live", shown_of(source, *answer).value_or("")} : Part{"missing"};
    }
};

}  // namespace

int main(int argc, char** argv) {
    return exercise::run(
        {.name = "day09_cache",
         .story = "six minutes of a page that four people open at once, every ten seconds",
         .scenario = "day09-cache",
         .deadline = promised,
         .sins = {{"no-validators", "fetches anew what it could ask about", "LOD-07"},
                  {"no-cache", "keeps nothing, and asks once for each who waits", "LOD-08"},
                  {"ask-every-time", "asks about what is still fresh", "CCH-05"},
                  {"stale-as-live", "shows old values as new ones", "SVC-03"}},
         .production = production,
         .naive = serve_digest<HurriedDigest>,
         .numbers = {"failed", "stale", "p99 ms"},
         .next = "day10_failure_tests"},
        argc, argv);
}
