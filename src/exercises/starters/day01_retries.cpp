// Day 1: a request that survives a bad minute
//
// Situation  A registry fails as real ones do: 503 now and then, a 429 that says how long to
//            wait, a reset, one page that is down for good, one that was never there.
// Yours      The retry loop: what is worth another attempt, how long to wait, when to stop.
// Check      ./lab learn check day01_retries
// Stuck      ./lab learn hint day01_retries

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

// TODO: say what is worth another attempt. `answer` is an HTTP answer (`answer->status()`) or an
// error (`answer.error()`, which knows whether it is `retryable()`). Which statuses will be the
// same next time?
bool worth_another_attempt(const Result<Response>& answer) {
    return !answer;
}

// TODO: say how long to wait before attempt number `attempt` + 1. Let clients that failed together
// not come back together (`Duration(lab.rng().between(0, bound.count()))` for a `Duration bound`),
// and believe a `Retry-After`
// (`apilab::http::parse_retry_after(answer->headers(), lab.system_now()).wait.value_or(0ns)`).
Duration wait_before_next(Lab& lab, const Result<Response>& answer, int attempt) {
    (void)lab, (void)answer, (void)attempt;
    return 0ns;
}

// TODO: make this a loop: one attempt, then return its answer or wait (`co_await lab.sleep(wait)`)
// and try again. It has to end: after `max_attempts`, or where the wait would pass the deadline
// (`lab.now() + deadline`).
Task<Result<Response>> get_with_retries(Lab& lab, Request request) {
    co_return co_await transport::send(lab.transport(), request);
}

Task<void> each_page(Lab& lab, Task<Result<Response>> (*get)(Lab&, Request)) {
    for (const auto& page : pages) {
        lab.ended(page, co_await get(lab, lab.get(page)));
    }
}

}  // namespace

int main(int argc, char** argv) {
    return exercise::run({.name = "day01_retries",
                          .story = "9 pages of a registry that has a bad minute",
                          .scenario = "day01-retries",
                          .deadline = deadline,
                          .production = [](Lab& lab) { return each_page(lab, get_with_retries); },
                          .next = "day01_backoff_jitter"},
                         argc, argv);
}
