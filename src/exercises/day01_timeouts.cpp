// Day 1: how long to wait for what may never come
//
// Situation  A registry takes a request and never answers, stops in the middle of a body, is a
//            little slow all along; and one page takes two seconds and is perfectly well.
// Shows      Four limits for one attempt, each with a question of its own, and one for the whole.
//            Which of them ended an attempt says what was wrong.
// Run        ./lab learn day01_timeouts --compare       (which limit and when: above the verdict)
// Break      --break=no-limits | head-only | hasty

#include <fmt/format.h>

#include <algorithm>

#include "apilab/base/duration.hpp"
#include "exercise.hpp"

namespace {

using namespace exercise;
using namespace std::chrono_literals;
namespace transport = apilab::transport;
using Timeouts = apilab::runtime::Timeouts;
using Answer = Result<Response>;

const std::vector<std::string> pages = {"/npm/lodash", "/npm/axios", "/npm/semver", "/npm/ws"};
constexpr int max_attempts = 3;
constexpr Duration deadline = 20s;  // of a page: all its attempts and waits
// What "no limit" is in a program that has to end: until somebody comes to look.
constexpr Duration no_limit = 1h;
constexpr Timeouts none = {
    .connect = no_limit, .first_byte = no_limit, .idle = no_limit, .attempt = 2 * no_limit};

// Each limit is there for what the others cannot see:
constexpr Timeouts sound = {
    .connect = 1s,     // nobody listens: a connection takes milliseconds or does not come
    .first_byte = 3s,  // it was taken and nobody works on it; above what a slow answer takes
    .idle = 3s,        // it has begun and stopped: measured anew after every piece
    .attempt = 4s,     // slow all along: a byte now and then is enough for all of the above
};

Timeouts limits_of(Lab& lab) {
    if (lab.broken("no-limits")) {
        return none;
    }
    if (lab.broken("head-only")) {  // "it answers, so it is alive"
        return {.connect = 1s, .first_byte = 3s, .idle = no_limit, .attempt = 2 * no_limit};
    }
    if (lab.broken("hasty")) {  // "nothing here ever took half a second"
        return {.connect = 500ms, .first_byte = 500ms, .idle = 500ms, .attempt = 500ms};
    }
    return sound;
}

// Where an attempt was when its time was up. `detail` is the limit's name; only before the
// connection stood is it certain that nobody has seen the request.
std::string_view meaning_of(const apilab::Error& error) {
    const std::string& limit = error.detail();
    return limit == "connect"      ? "nobody there: not sent"
           : limit == "first_byte" ? "taken, and no answer began"
           : limit == "idle"       ? "an answer began, and stopped"
           : limit == "attempt"    ? "never silent for long, and never done"
                                   : "not a matter of time";
}

void tell(Lab& lab, const std::string& page, Duration took, const Answer& answer) {
    lab.show(fmt::format(
        "  {:<13} {:>7}  {}\n", page, apilab::format_duration(took),
        answer ? fmt::format("{}", answer->status())
               : fmt::format("{}: {}", answer.error().detail(), meaning_of(answer.error()))));
}

Task<Answer> get(Lab& lab, std::string page) {
    const SteadyTime give_up_at = lab.now() + deadline;
    for (int attempt = 1;; ++attempt) {
        const SteadyTime began = lab.now();
        Timeouts limits = limits_of(lab);
        // The last attempt has what is left of the whole, and not a limit of its own beyond it.
        limits.attempt = lab.broken("no-limits") || lab.broken("head-only")
                             ? limits.attempt
                             : std::min<Duration>(limits.attempt, give_up_at - began);
        auto answer =
            co_await transport::send(lab.transport(), lab.get(page), {.timeouts = limits});
        tell(lab, page, lab.now() - began, answer);
        // A GET may be sent again although nobody knows what became of it. On a connection that is
        // new: the old one was closed with the attempt, for its answer may yet come.
        const Duration wait(lab.rng().between(0, Duration(200ms).count()));
        const bool again = !answer && answer.error().kind() == apilab::ErrorKind::timeout;
        if (!again || attempt == max_attempts || lab.now() + wait >= give_up_at) {
            co_return answer;
        }
        co_await lab.sleep(wait);
    }
}

// What one writes in a hurry: no number anywhere, for who would know it? Most libraries agree.
Task<Answer> get_and_wait(Lab& lab, std::string page) {
    const SteadyTime began = lab.now();
    auto answer = co_await transport::send(lab.transport(), lab.get(page), {.timeouts = none});
    tell(lab, page, lab.now() - began, answer);
    co_return answer;
}

// The same as `get` in one line of the library: the limits stand in its options (see main).
Task<Answer> get_by_library(Lab& lab, std::string page) {
    co_return co_await lab.client().send(lab.get(page));
}

Task<void> each_page(Lab& lab, Task<Answer> (*get_one)(Lab&, std::string)) {
    Duration longest{};
    for (const auto& page : pages) {
        const SteadyTime began = lab.now();
        lab.ended(page, co_await get_one(lab, page));
        longest = std::max<Duration>(longest, lab.now() - began);
    }
    lab.number("longest ms", longest / 1ms);
}

}  // namespace

int main(int argc, char** argv) {
    apilab::client::ClientOptions options;
    options.deadline = deadline;
    options.timeouts = sound;
    return exercise::run({.name = "day01_timeouts",
                          .story = "four pages, three of them from a registry that stops answering",
                          .scenario = "day01-timeouts",
                          .deadline = deadline,
                          .sins = {{"no-limits", "waits for ever", "TMO-01"},
                                   {"head-only", "has no limit once an answer began", "TMO-02"},
                                   {"hasty", "takes slow for dead", "TMO-05"}},
                          .production = [](Lab& lab) { return each_page(lab, get); },
                          .naive = [](Lab& lab) { return each_page(lab, get_and_wait); },
                          .library = [](Lab& lab) { return each_page(lab, get_by_library); },
                          .numbers = {"answered", "lost", "longest ms"},
                          .client = options,
                          .next = "day01_retry_classify"},
                         argc, argv);
}
