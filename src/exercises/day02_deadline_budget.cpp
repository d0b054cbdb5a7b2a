// Day 2: one deadline for everything, one budget for everybody
//
// Situation  A page that is promised within a second asks three sources, one after the other;
//            eight visitors a second. One source is down for 15 seconds, two hang, one asks for
//            five seconds of patience. Three attempts here and three there are nine for whoever
//            waits.
// Shows      A moment, not a duration: every attempt of every call gets what is left until then,
//            and a wait that would pass it is not begun. And a budget: one call in ten may be
//            repeated, so that an outage is not multiplied.
// Run        ./lab learn day02_deadline_budget --compare      (the budget: above the verdict)
// Break      --break=no-budget | own-deadline | wait-anyway

#include <fmt/format.h>

#include <algorithm>

#include "apilab/base/duration.hpp"
#include "apilab/http/retry_after.hpp"
#include "exercise.hpp"

namespace {

using namespace exercise;
using namespace std::chrono_literals;
namespace transport = apilab::transport;
using Answer = Result<Response>;

constexpr Duration promised = 1s;
constexpr Duration one_attempt = 400ms;
constexpr int max_attempts = 3;
constexpr int full = 100;  // of the budget: ten retries saved up in better times
constexpr int price = 10;  // of a retry; every call pays in one

// What all calls of the program share. A counter of each call's own would say "two more" for every
// one of them, however many fail: that is a multiplication, not a limit.
class Budget {
public:
    void call_began() { left_ = std::min(full, left_ + 1); }
    bool take() {
        if (left_ < price) {
            return false;
        }
        left_ -= price;
        return true;
    }
    [[nodiscard]] int left() const { return left_; }

private:
    int left_ = full;
};

struct Shared {
    Budget budget = {};
    std::int64_t retries = 0;
    SteadyTime began;
    SteadyTime tell_next;
};

// Every two seconds of trouble one line, for the reader.
void tell(Lab& lab, Shared& shared, const Request& request, std::string_view what) {
    if (lab.now() >= shared.tell_next) {
        shared.tell_next = lab.now() + 2s;
        const auto when = std::chrono::floor<std::chrono::milliseconds>(lab.now() - shared.began);
        const std::string path = request.url().path();
        lab.show(fmt::format("  {:>8}  {:<26} {:<24} budget {}/{} left\n",
                             apilab::format_duration(when), path, what, shared.budget.left(),
                             full));
    }
}

bool transient(const Answer& answer) {
    return answer ? answer->status() == 429 || answer->status() >= 500 : answer.error().retryable();
}

Duration wait_after(Lab& lab, const Answer& answer, int attempt) {
    const Duration wait(lab.rng().between(0, Duration(50ms * (1 << attempt)).count()));
    if (!answer) {
        return wait;
    }
    const auto said = apilab::http::parse_retry_after(answer->headers(), lab.system_now());
    return std::max(wait, said.wait.value_or(0ns));
}

apilab::Error no_time_left() {
    return {apilab::ErrorKind::deadline, "the page's second is over: not sent"};
}

// One call of several for the page. Nothing of it is begun after `until`, and nothing outlives it.
Task<Answer> call(Lab& lab, Shared& shared, Request request, SteadyTime until) {
    if (lab.broken("own-deadline")) {
        until = lab.now() + promised;  // "a second is what it may take"
    }
    shared.budget.call_began();
    for (int attempt = 1;; ++attempt) {
        const Duration left = until - lab.now();
        if (left <= 0ns) {
            tell(lab, shared, request, "not begun: no time");
            co_return apilab::fail(no_time_left());
        }
        auto answer = co_await transport::send(
            lab.transport(), request, {.timeouts = {.attempt = std::min(left, one_attempt)}});
        if (!transient(answer) || attempt == max_attempts) {
            co_return answer;
        }
        const Duration wait = wait_after(lab, answer, attempt);
        if (lab.now() + wait >= until && !lab.broken("wait-anyway")) {
            tell(lab, shared, request, "not again: no time");
            co_return answer;  // now, and not after a wait for nothing
        }
        if (!shared.budget.take() && !lab.broken("no-budget")) {
            tell(lab, shared, request, "not again: no budget");
            co_return answer;
        }
        ++shared.retries;
        tell(lab, shared, request, "again");
        co_await lab.sleep(wait);
    }
}

// What one writes in a hurry, and is right about a single call: three attempts, and as long a wait
// as the server asks for.
Task<Answer> call_in_a_hurry(Lab& lab, Shared& shared, Request request, SteadyTime /*until*/) {
    auto answer = co_await transport::send(lab.transport(), request);
    for (int attempt = 1; attempt < max_attempts && transient(answer); ++attempt) {
        ++shared.retries;
        co_await lab.sleep(wait_after(lab, answer, attempt));
        answer = co_await transport::send(lab.transport(), request);
    }
    co_return answer;
}

// The same as `call` in one line of the library, whose client holds the budget (see main).
Task<Answer> call_by_library(Lab& lab, Shared& /*shared*/, Request request, SteadyTime until) {
    if (until <= lab.now()) {
        co_return apilab::fail(no_time_left());
    }
    co_return co_await lab.client().send(std::move(request), {.deadline = until - lab.now()});
}

using Call = Task<Answer> (*)(Lab&, Shared&, Request, SteadyTime);

// Told apart by the visit, so that the judge sees as many calls as there are and not one.
Task<Answer> page(Lab& lab, Shared& shared, Request visit, Call call_one) {
    const SteadyTime until = lab.now() + promised;  // once, and handed down from here
    const std::string id(visit.headers().value("x-request-id"));
    std::string parts;
    for (const std::string path :
         {"/npm/axios/latest", "/api/items/itm_0001", "/github/advisories"}) {
        auto request = lab.get(path + "?visit=" + id).header("x-request-id", id);
        if (path.starts_with("/github")) {
            request = bearing(secret_of(lab, "APILAB_GITHUB_TOKEN"), std::move(request));
        }
        const auto answer = co_await call_one(lab, shared, std::move(request), until);
        parts += fmt::format(R"({}"{}":{{"state":"{}"}})", parts.empty() ? "" : ",",
                             path.substr(1, path.find('/', 1) - 1),
                             answer && answer->ok() ? "live" : "missing");
    }
    co_return Response::json(200, "{\"parts\":{" + parts + "}}");
}

Task<void> serve_pages(Lab& lab, Call call_one) {
    Shared shared{.began = lab.now(), .tell_next = lab.now()};
    co_await lab.serve(
        [&](Request visit) { return page(lab, shared, std::move(visit), call_one); });
    lab.number("retries", shared.retries);
}

}  // namespace

int main(int argc, char** argv) {
    apilab::client::ClientOptions options;
    options.timeouts.attempt = one_attempt;
    options.budget = {.capacity = full, .transient_cost = price};
    options.breaker.reset();  // day 9: here it would hide what a budget does alone
    return exercise::run(
        {.name = "day02_deadline_budget",
         .story = "256 pages from three sources that have a bad half minute",
         .scenario = "day02-budget",
         .deadline = promised,
         .sins = {{"no-budget", "repeats every call that fails", "LOD-02"},
                  {"own-deadline", "gives each call a second of its own", "SVC-01"},
                  {"wait-anyway", "begins a wait that is too long", "SVC-01"}},
         .production = [](Lab& lab) { return serve_pages(lab, call); },
         .naive = [](Lab& lab) { return serve_pages(lab, call_in_a_hurry); },
         .library = [](Lab& lab) { return serve_pages(lab, call_by_library); },
         .numbers = {"answers", "p99 ms"},
         .client = options,
         .next = "day02_pagination"},
        argc, argv);
}
