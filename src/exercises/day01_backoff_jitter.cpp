// Day 1: two hundred clients, and a registry that is away for three seconds
//
// Situation  Everybody's request fails in the same instant. Whoever doubles the wait, as
//            the textbook says, comes back in the same instant as everybody else: the registry,
//            just up again, is met by the whole herd, and again, and again.
// Shows      Jitter: the same doubling, but each client waits a random part of it.
// Run        ./lab learn day01_backoff_jitter --compare       (look at peak/100ms)
// Break      --break=no-jitter | give-up-early

#include <algorithm>

#include "exercise.hpp"

namespace {

using namespace exercise;
using namespace std::chrono_literals;
namespace transport = apilab::transport;

constexpr std::size_t clients = 200;
constexpr Duration base = 400ms;
constexpr Duration cap = 8s;
constexpr Duration deadline = 30s;

// base * 2^retry, at most cap.
Duration doubled(int retry) {
    return std::min<Duration>(base * (1 << std::min(retry, 10)), cap);
}

Duration full_jitter(Lab& lab, int retry) {
    const Duration bound = doubled(retry);
    if (lab.broken("no-jitter")) {
        return bound;
    }
    return Duration(lab.rng().between(0, bound.count()));
}

// Told apart by the number, so that the judge sees two hundred operations and not one.
Request request_of(Lab& lab, std::size_t number) {
    return lab.get("/npm/lodash?client=" + std::to_string(number));
}

Task<void> patient_client(Lab& lab, std::size_t number) {
    const SteadyTime give_up_at = lab.now() + deadline;
    const int most = lab.broken("give-up-early") ? 2 : 12;
    for (int attempt = 1;; ++attempt) {
        auto answer = co_await transport::send(lab.transport(), request_of(lab, number));
        const Duration wait = full_jitter(lab, attempt - 1);
        const bool good = answer && answer->ok();
        if (good || attempt == most || lab.now() + wait >= give_up_at) {
            lab.ended("lodash", answer);
            co_return;
        }
        co_await lab.sleep(wait);
    }
}

Task<void> production(Lab& lab) {
    co_await lab.side_by_side(clients, patient_client);
}

// The textbook without the footnote: exponential, no jitter.
Task<void> textbook_client(Lab& lab, std::size_t number) {
    for (int attempt = 1; attempt <= 12; ++attempt) {
        auto answer = co_await transport::send(lab.transport(), request_of(lab, number));
        if ((answer && answer->ok()) || attempt == 12) {
            lab.ended("lodash", answer);
            co_return;
        }
        co_await lab.sleep(doubled(attempt - 1));
    }
}

Task<void> naive(Lab& lab) {
    co_await lab.side_by_side(clients, textbook_client);
}

// The same in one line of the library (see `client` in main for the numbers).
Task<void> library_client(Lab& lab, std::size_t number) {
    lab.ended("lodash", co_await lab.client().send(request_of(lab, number)));
}

Task<void> library(Lab& lab) {
    co_await lab.side_by_side(clients, library_client);
}

}  // namespace

int main(int argc, char** argv) {
    apilab::client::ClientOptions options;
    options.retry.max_attempts = 10;
    options.retry.transient = {.base = base, .cap = cap};
    // Budget, bulkhead and breaker would rightly stop most of these retries: but here each call
    // stands for another machine, which has its own.
    options.budget.reset();
    options.retry_without_budget = true;
    options.bulkhead.reset();
    options.breaker.reset();
    return exercise::run({.name = "day01_backoff_jitter",
                          .story = "200 clients fail together; when do they come back?",
                          .scenario = "day01-herd",
                          .deadline = deadline,
                          .sins = {{"no-jitter", "everybody comes back together", "BKO-05"},
                                   {"give-up-early", "gives up what would have passed", "RTY-01"}},
                          .production = production,
                          .naive = naive,
                          .library = library,
                          .client = options,
                          .next = "day01_timeouts"},
                         argc, argv);
}
