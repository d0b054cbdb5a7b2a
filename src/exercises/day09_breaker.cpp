// Day 9: leave the dead alone
//
// Situation  The page of day 9 with nothing kept, eight visitors a second. GitHub hangs for 40
//            seconds, OSV says 503 for 20. Every visitor waits for what will not come, and every
//            call is one more for a source that is trying to get up.
// Shows      A circuit breaker per source. Closed: calls go through. Open, after three failures in
//            a row: none does. Half open, once in ten seconds: one does, and finds out for all.
// Run        ./lab learn day09_breaker --compare      (the states and when: above the verdict)
// Break      --break=no-breaker | everybody-probes

#include <fmt/format.h>
#include <array>
#include <utility>
#include "apilab/base/duration.hpp"
#include "digest.hpp"

namespace {

using namespace exercise;
using namespace std::chrono_literals;

constexpr Duration promised = 500ms;
constexpr Duration for_sources = 450ms;
constexpr int failures_to_open = 3;    // in a row: one alone may be bad luck
constexpr Duration probe_every = 10s;  // while it is open

// Holds no clock and no socket: it is asked before a call, and told how the call ended.
class Breaker {
public:
    enum class Says { closed, open, half_open };

    // May a call go? The first who comes when it is time probes, for all who come meanwhile.
    Says before_call(SteadyTime now, bool everybody_probes) {
        if (failures_ < failures_to_open) {
            return Says::closed;
        }
        if (now < probe_at_) {
            return Says::open;
        }
        if (!everybody_probes) {
            probe_at_ = now + probe_every;
        }
        return Says::half_open;
    }

    void after_call(SteadyTime now, bool good) {
        failures_ = good ? 0 : failures_ + 1;
        if (failures_ >= failures_to_open) {
            probe_at_ = now + probe_every;
        }
    }

private:
    int failures_ = 0;
    SteadyTime probe_at_;
};

class Digest final : public DigestService {
public:
    explicit Digest(Lab& lab) : DigestService(lab), began_(lab.now()) {}

private:
    Task<Part> part(std::string source, Request visit) override {
        Breaker& breaker = breakers_[source];
        const auto says = breaker.before_call(lab().now(), lab().broken("everybody-probes"));
        tell(source, says);
        if (says == Breaker::Says::open && !lab().broken("no-breaker")) {
            co_return Part{"missing"};  // at once: the visitor does not wait for it
        }
        const SteadyTime asked = lab().now();
        const auto answer = co_await fetch(source, request_for(visit, source), for_sources);
        lab().number("kept waiting", waited_ += lab().now() - asked < for_sources ? 0 : 1);
        // A 404 would be an answer, too: only what says that the source is unwell counts.
        const bool good = answer && answer->status() < 500 && answer->status() != 429;
        breaker.after_call(lab().now(), good);
        co_return good ? Part{"live", shown_of(source, *answer).value_or("")} : Part{"missing"};
    }

    // The changes of state, for the reader.
    void tell(const std::string& source, Breaker::Says says) {
        if (std::exchange(told_[source], says) == says) {
            return;
        }
        constexpr std::array<const char*, 3> words = {"closed", "open", "half open: one probe"};
        lab().show(fmt::format("  {:>8}  {:<7} {}\n", apilab::format_duration(lab().now() - began_),
                               source, words[static_cast<std::size_t>(says)]));
    }

    SteadyTime began_;
    std::map<std::string, Breaker> breakers_;
    std::map<std::string, Breaker::Says> told_;
    std::int64_t waited_ = 0;
};

// What one writes in a hurry: perhaps it is back by now?
class HopefulDigest final : public DigestService {
public:
    using DigestService::DigestService;

private:
    Task<Part> part(std::string source, Request visit) override {
        const SteadyTime asked = lab().now();
        const auto answer = co_await fetch(source, request_for(visit, source), for_sources);
        lab().number("kept waiting", waited_ += lab().now() - asked < for_sources ? 0 : 1);
        const bool good = answer && answer->ok();
        co_return good ? Part{"live", shown_of(source, *answer).value_or("")} : Part{"missing"};
    }
    std::int64_t waited_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
    return exercise::run(
        {.name = "day09_breaker",
         .story = "a minute of a page with eight visitors a second while two sources are away",
         .scenario = "day09-breaker",
         .deadline = promised,
         .sins = {{"no-breaker", "goes on calling the dead", "SVC-06"},
                  {"everybody-probes", "lets all who come meanwhile probe, too", "SVC-06"}},
         .production = serve_digest<Digest>,
         .naive = serve_digest<HopefulDigest>,
         .numbers = {"calls to the dead", "kept waiting", "failed"},
         .next = "day09_cache"},
        argc, argv);
}
