#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "apilab/http/date.hpp"
#include "apilab/sandbox/judge/trials/internal/caller.hpp"

namespace apilab::sandbox::trials {
namespace {

struct Job {
    Call call;
    std::size_t attempts = 0;
    std::optional<SteadyTime> first;
    SteadyTime due;
};

std::optional<std::int64_t> whole_number(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(number)
                                                                    : std::nullopt;
}

// On purpose not the parser that the judge uses.
std::optional<Duration> told_wait(const Seen& seen, Stage& stage, const Habits& habits) {
    const auto text = seen.headers.value("retry-after");
    if (const auto seconds = whole_number(text)) {
        return habits.reads_milliseconds ? Duration(std::chrono::milliseconds(*seconds))
                                         : Duration(std::chrono::seconds(*seconds));
    }
    if (const auto date = http::parse_http_date(text); date && habits.understands_dates) {
        return *date - stage.scheduler.system_now();
    }
    const auto reset = whole_number(seen.headers.value("x-ratelimit-reset"));
    if (reset && habits.obeys_reset && seen.headers.value("x-ratelimit-remaining") == "0") {
        return SystemTime(std::chrono::seconds(*reset)) - stage.scheduler.system_now();
    }
    return std::nullopt;
}

bool final_word(const Seen& seen, bool told, const Habits& habits) {
    const bool limit = seen.status == 403 && told && habits.knows_forbidden_limits;
    return seen.status >= 400 && seen.status < 500 && seen.status != 408 && seen.status != 429 &&
           !limit && !habits.retries_permanent;
}

Duration own_wait(const Habits& habits, std::size_t attempt, Rng& rng) {
    if (habits.wait) {
        return habits.wait(attempt, rng);
    }
    const Duration base = std::chrono::milliseconds(100U << std::min<std::size_t>(attempt, 5));
    return base + Duration(rng.between(0, base.count()));
}

// False where a lost write is let be.
bool settle_lost_write(Stage& stage, const Habits& habits, Job& job) {
    switch (habits.lost_write) {
        case LostWrite::gives_up:
            return false;
        case LostWrite::looks_first:
            (void)stage.get(job.call.target);
            return true;
        case LostWrite::resends:
            return true;
        case LostWrite::resends_with_new_time:
            job.call.body.replace(job.call.body.rfind(":00Z"), 4,
                                  fmt::format(":{:02}Z", 10 + job.attempts));
            return true;
    }
    return false;
}

// When it is due again; nothing: it is over.
std::optional<SteadyTime> due_again(Stage& stage, const Habits& habits, Job& job, const Seen& seen,
                                    std::optional<Duration> told, Rng& rng) {
    const bool done =
        seen.complete() && (seen.status < 400 || final_word(seen, told.has_value(), habits));
    if (done || job.attempts >= habits.attempts_max) {
        return std::nullopt;
    }
    if (job.call.method == "POST" && !seen.complete() && !settle_lost_write(stage, habits, job)) {
        return std::nullopt;
    }
    const bool obeys = told && habits.obeys_retry_after;
    Duration wait = own_wait(habits, job.attempts, rng);
    wait = obeys ? std::max(wait, *told) : wait;
    const SteadyTime due = stage.scheduler.now() + wait;
    const bool late = habits.deadline > Duration::zero() && due > *job.first + habits.deadline;
    return late && !habits.ignores_deadline ? std::nullopt : std::optional(due);
}

}  // namespace

void make_calls(Stage& stage, const Habits& habits, std::vector<Call> calls) {
    SeededRng rng(11);
    std::vector<Job> jobs;
    jobs.reserve(calls.size());
    for (auto& call : calls) {
        jobs.push_back({.call = std::move(call), .due = stage.scheduler.now()});
    }
    while (!jobs.empty()) {
        const auto next = std::ranges::min_element(jobs, {}, &Job::due);
        Job job = *next;
        jobs.erase(next);
        stage.wait(std::max(job.due - stage.scheduler.now(), Duration::zero()));
        job.first = job.first.value_or(stage.scheduler.now());
        const Seen seen = stage.send(job.call);
        ++job.attempts;
        const auto told = told_wait(seen, stage, habits);
        const auto due = due_again(stage, habits, job, seen, told, rng);
        if (!due) {
            continue;
        }
        job.due = *due;
        if (told && habits.obeys_retry_after && habits.stops_everything) {
            for (Job& other : jobs) {
                other.due = std::max(other.due, job.due);
            }
        }
        jobs.push_back(std::move(job));
    }
}

Client calling(Habits habits, std::vector<Call> calls) {
    return [habits = std::move(habits), calls = std::move(calls)](Stage& stage) {
        make_calls(stage, habits, calls);
    };
}

std::vector<Call> gets(int count) {
    std::vector<Call> calls;
    calls.reserve(static_cast<std::size_t>(count));
    for (int i = 1; i <= count; ++i) {
        calls.push_back({.target = fmt::format("/api/items/itm_{:04}", i)});
    }
    return calls;
}

std::string fault(std::string_view what, std::string_view when, std::string_view where) {
    auto text = fmt::format("[[fault]]\nwhere = \"{}\"\nwhat = {}\n", where, what);
    return when.empty() ? text : text + fmt::format("when = {}\n", when);
}

}  // namespace apilab::sandbox::trials
