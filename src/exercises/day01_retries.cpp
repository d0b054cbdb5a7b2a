// Day 1: a request that survives a bad minute
//
// Situation  A registry fails as real ones do: 503 now and then, a 429 that says how long to
//            wait, a reset, one page that is down for good, one that was never there.
// Shows      The retry loop: what is worth another attempt, how long to wait, when to stop.
// Run        ./lab learn day01_retries --compare
// Break      --break=retry-all | ignore-retry-after | no-wait | retry-forever

#include <algorithm>
#include "apilab/http/retry_after.hpp"
#include "exercise.hpp"

namespace {

using namespace exercise;
using namespace std::chrono_literals;
namespace transport = apilab::transport;

const std::vector<std::string> pages = {"/npm/lodash", "/npm/express",         "/npm/axios",
                                        "/npm/semver", "/npm/never-published", "/npm/ws",
                                        "/npm/qs",     "/npm/minimist",        "/npm/ms"};
constexpr int max_attempts = 3;  // the first one included
constexpr Duration deadline = 20s;

// Only what may go better next time. A 404 will be a 404 again; a GET that was cut off may be sent
// again, because asking twice changes nothing.
bool worth_another_attempt(Lab& lab, const Result<Response>& answer) {
    if (!answer) {
        return answer.error().retryable();
    }
    const int status = answer->status();
    return status == 429 || (status >= 500 && status != 501) ||
           (status >= 400 && lab.broken("retry-all"));
}

// Full jitter: anywhere between nothing and a bound that doubles, so that clients which failed
// together do not come back together. What the server announced is a floor, never a ceiling.
Duration wait_before_next(Lab& lab, const Result<Response>& answer, int attempt) {
    const Duration bound = 100ms * (1 << std::min(attempt, 5));
    Duration wait = lab.broken("no-wait") ? 0ns : Duration(lab.rng().between(0, bound.count()));
    if (answer && !lab.broken("ignore-retry-after")) {
        const auto said = apilab::http::parse_retry_after(answer->headers(), lab.system_now());
        wait = std::max(wait, said.wait.value_or(0ns));
    }
    return wait;
}

Task<Result<Response>> get_with_retries(Lab& lab, Request request) {
    const int most = lab.broken("retry-forever") ? 1000 : max_attempts;
    const SteadyTime give_up_at = lab.now() + deadline;
    for (int attempt = 1;; ++attempt) {
        auto answer = co_await transport::send(lab.transport(), request);
        const Duration wait = wait_before_next(lab, answer, attempt);
        const bool in_time = lab.now() + wait < give_up_at;  // else it is not even begun
        if (!worth_another_attempt(lab, answer) || attempt == most || !in_time) {
            co_return answer;
        }
        co_await lab.sleep(wait);
    }
}

// What one writes in a hurry: it did not work, so do it again, a little later, until it does.
Task<Result<Response>> get_until_it_works(Lab& lab, Request request) {
    auto answer = co_await transport::send(lab.transport(), request);
    for (int i = 0; i < 20 && (!answer || !answer->ok()); ++i) {
        co_await lab.sleep(5ms);
        answer = co_await transport::send(lab.transport(), request);
    }
    co_return answer;
}

// The same as get_with_retries in one line of the library.
Task<Result<Response>> get_by_library(Lab& lab, Request request) {
    return lab.client().send(std::move(request));
}

Task<void> each_page(Lab& lab, Task<Result<Response>> (*get)(Lab&, Request)) {
    for (const auto& page : pages) {
        lab.ended(page, co_await get(lab, lab.get(page)));
    }
}

}  // namespace

int main(int argc, char** argv) {
    return exercise::run(
        {.name = "day01_retries",
         .story = "9 pages of a registry that has a bad minute",
         .scenario = "day01-retries",
         .deadline = deadline,
         .sins = {{"retry-all", "asks again for what was refused for good", "RTY-03"},
                  {"ignore-retry-after", "comes back before the announced time", "RL-01"},
                  {"no-wait", "hammers without a pause", "BKO-01"},
                  {"retry-forever", "never gives up on what is down", "RTY-04"}},
         .production = [](Lab& lab) { return each_page(lab, get_with_retries); },
         .naive = [](Lab& lab) { return each_page(lab, get_until_it_works); },
         .library = [](Lab& lab) { return each_page(lab, get_by_library); },
         .next = "day01_backoff_jitter"},
        argc, argv);
}
