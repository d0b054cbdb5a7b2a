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

#include <charconv>
#include <memory>

#include "apilab/cache/memory_cache.hpp"
#include "digest.hpp"

namespace {

using namespace exercise;
using namespace std::chrono_literals;
using apilab::client::Client;
using apilab::http::CacheRecord;
using Mode = apilab::runtime::CacheChoice::Mode;

constexpr Duration promised = 500ms;
constexpr Duration for_sources = 450ms;
constexpr Duration old_does_for = 10min;

std::unique_ptr<Client> caching_client(Lab& lab) {
    apilab::client::ClientOptions options;
    if (lab.broken("no-cache")) {
        return or_refuse(Client::create(lab.scheduler(), lab.transport(), lab.rng(), options));
    }
    options.cache.emplace();
    options.cache->store = or_refuse(apilab::cache::MemoryCache::make());
    options.cache->principal = "the page";  // all visitors see the same
    options.cache->rules.stale_if_error = old_does_for;
    return or_refuse(Client::create(lab.scheduler(), lab.transport(), lab.rng(), options));
}

class Digest final : public DigestService {
public:
    explicit Digest(Lab& lab) : DigestService(lab), client_(caching_client(lab)) {}

    // Before it goes: what is under way in the background, and what was seen.
    Task<void> close() {
        co_await client_->close();
        std::string line = " ";
        for (const auto& [how, times] : seen_) {
            line += fmt::format(" {} {},", how, times);
        }
        line.back() = '\n';
        lab().show(line);
    }

private:
    Task<Part> part(std::string source, Request visit) override {
        apilab::client::CallOptions options{.deadline = for_sources};
        options.cache.mode = mode();
        const auto answer = co_await client_->send(request_for(visit, source), options);
        const auto shown = answer && answer->ok() ? shown_of(source, *answer) : std::nullopt;
        if (!shown) {
            ++seen_["missing"];
            co_return Part{"missing"};
        }
        co_return labelled(*answer, *shown);
    }

    // Without its protections the cache is asked to do without them.
    [[nodiscard]] Mode mode() {
        if (lab().broken("no-validators")) {
            return Mode::refresh;
        }
        return lab().broken("ask-every-time") ? Mode::revalidate : Mode::use;
    }

    Part labelled(const Response& answer, std::string value) {
        const auto& cache = answer.record()->cache;
        const auto use = cache ? cache->use : CacheRecord::Use::none;
        // Somebody else asked, a moment ago: for this visitor that is a value of age nothing.
        const bool shared = cache && cache->collapsed;
        const bool asked =
            !shared && (use == CacheRecord::Use::none || use == CacheRecord::Use::revalidated);
        ++seen_[shared                          ? "shared"
                : use == CacheRecord::Use::none ? "asked"
                : asked                         ? "still holds (304)"
                                                : std::string(apilab::http::to_string(use))];
        if (asked || lab().broken("stale-as-live")) {
            return {"live", std::move(value)};
        }
        const bool fresh = shared || use == CacheRecord::Use::fresh;
        const char* state = fresh ? "cached" : "stale";
        return {state, std::move(value), age_of(answer)};
    }

    static Duration age_of(const Response& answer) {
        const auto text = answer.headers().value("age");
        std::int64_t seconds = 0;
        std::from_chars(text.data(), text.data() + text.size(), seconds);
        return std::chrono::seconds(seconds);
    }

    std::unique_ptr<Client> client_;
    std::map<std::string, int> seen_;
};

Task<void> production(Lab& lab) {
    Digest digest(lab);
    co_await lab.meet_the_world(digest);
    co_await digest.drain();
    co_await digest.close();
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
