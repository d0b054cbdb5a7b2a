// What happens to one claimed job.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <exception>
#include <ranges>
#include <utility>

#include "apilab/base/duration.hpp"
#include "apilab/work/internal/job_runner_impl.hpp"

namespace apilab::work {
namespace {

using namespace std::chrono_literals;

// So long a cancelled handler is waited for before the store is told without it.
constexpr Duration cancel_grace = 5s;
// A heartbeat that failed is tried again so often within a lease.
constexpr int beats_after_error = 12;

std::string_view outcome_of(std::uint64_t JobRunner::Stats::* counter) {
    using Stats = JobRunner::Stats;
    if (counter == &Stats::stale) {
        return "stale";
    }
    if (counter == &Stats::retried) {
        return "retry";
    }
    if (counter == &Stats::dead) {
        return "dead";
    }
    return counter == &Stats::returned ? "returned" : "done";
}

// Refused for what it is, and it will be the next time: what the handler wants sent is not valid.
bool refused(const Error& error) {
    return error.kind() == ErrorKind::invalid_argument || error.kind() == ErrorKind::too_large;
}

}  // namespace

void JobRunner::Impl::report(const Place& running, std::string_view outcome) const {
    if (options_.told) {
        options_.told({.job = running->job,
                       .outcome = outcome,
                       .reason = running->reason,
                       .took = scheduler_.now() - running->claimed});
    }
}

runtime::Task<void> JobRunner::Impl::work(Place running) {
    const Job& job = running->job;
    const auto handler = handlers_.find(job.kind);
    if (drain_until_) {  // claimed while somebody said stop
        co_await give_back(running);
    } else if (job.stale) {
        co_await tell(
            running,
            [ref = job.ref](Store& store, SystemTime now) {
                return store.complete(ref, {}, true, now);
            },
            &Stats::stale);
    } else if (handler == handlers_.end()) {
        const auto reason =
            fmt::format("no handler for the kind `{}`; known are: {}", job.kind, known_kinds());
        co_await settle(running, JobOutcome::dead(reason));
    } else {
        co_await attempt(running, handler->second);
    }
    running_.remove(running);
    stats_.running = running_.size();
    freed_ = true;
    bell_.ring();
}

std::string JobRunner::Impl::known_kinds() const {
    return handlers_.empty() ? "none"
                             : fmt::format("{}", fmt::join(std::views::keys(handlers_), ", "));
}

runtime::Task<void> JobRunner::Impl::attempt(Place running, JobHandler handler) {
    report(running, "began");
    runtime::TaskGroup group(scheduler_);
    group.spawn(call(running, std::move(handler)));
    const Reason reason = co_await accompany(running);
    if (!running->outcome) {
        group.cancel();
        co_await scheduler_.wait(&running->finished, scheduler_.now() + cancel_grace);
    }
    co_await conclude(running, reason);
    co_await group.join();
}

runtime::Task<void> JobRunner::Impl::call(Place running, JobHandler handler) {
    std::optional<JobOutcome> outcome;
    try {
        outcome = co_await handler(running->job);
    } catch (const std::exception& error) {
        outcome = JobOutcome::retry(fmt::format("the handler threw: {}", error.what()));
    }
    running->outcome = std::move(outcome);
    running->stirred.set();
    running->finished.set();
}

runtime::Task<JobRunner::Impl::Reason> JobRunner::Impl::accompany(Place running) {
    const SteadyTime limit = scheduler_.now() + options_.attempt_timeout;
    SteadyTime beat = running->lease_end - options_.lease + options_.lease / 3;
    while (true) {
        co_await scheduler_.wait(&running->stirred, std::min(limit, beat));
        if (running->outcome) {
            co_return Reason::ended;
        }
        if (running->abandoned) {
            co_return Reason::abandoned;
        }
        if (scheduler_.now() >= limit) {
            ++stats_.timed_out;
            co_return Reason::timeout;
        }
        if (scheduler_.now() >= beat && !co_await heartbeat(running, &beat)) {
            ++stats_.lost;
            report(running, "lease_lost");
            co_return Reason::lost;
        }
    }
}

runtime::Task<bool> JobRunner::Impl::heartbeat(Place running, SteadyTime* next) {
    const SteadyTime asked = scheduler_.now();
    const SystemTime until = scheduler_.system_now() + options_.lease;
    const auto kept = co_await writer_.run<bool>(
        [ref = running->job.ref, until](Store& store) { return store.heartbeat(ref, until); });
    if (kept) {
        store_worked();
        running->lease_end = asked + options_.lease;
        *next = asked + options_.lease / 3;
        co_return *kept;
    }
    store_failed(kept.error());
    *next = scheduler_.now() + options_.lease / beats_after_error;
    // Nobody has heard of us for a whole lease: whoever can reach the store may have the job.
    co_return scheduler_.now() < running->lease_end;
}

runtime::Task<void> JobRunner::Impl::conclude(Place running, Reason reason) {
    const auto& outcome = running->outcome;
    const bool done = outcome && outcome->kind() == JobOutcome::Kind::done;
    if (done || reason == Reason::ended) {
        co_await settle(running, *outcome);
    } else if (reason == Reason::timeout) {
        co_await settle(running,
                        JobOutcome::retry(fmt::format("no end within {}",
                                                      format_duration(options_.attempt_timeout))));
    } else if (reason == Reason::abandoned) {
        co_await give_back(running);
    }
}

runtime::Task<void> JobRunner::Impl::settle(Place running, JobOutcome outcome) {
    using Verdict = JobDecision::Verdict;
    const Job& job = running->job;
    const auto decision = decide(
        options_.retry, outcome,
        {.attempt = job.attempt, .attempts_max = job.attempts_max, .last_delay = job.last_delay},
        scheduler_.system_now(), rng_);
    running->reason = decision.reason;
    Ending ending;
    Counter counter = &Stats::done;
    switch (decision.verdict) {
        case Verdict::done:
            ending = [ref = job.ref, messages = outcome.messages()](Store& store, SystemTime now) {
                return store.complete(ref, messages, false, now);
            };
            break;
        case Verdict::retry:
            counter = &Stats::retried;
            ending = [ref = job.ref, decision](Store& store, SystemTime now) {
                return store.retry(ref, decision.at, decision.delay, decision.reason, now);
            };
            break;
        case Verdict::dead:
            counter = &Stats::dead;
            ending = [ref = job.ref, reason = decision.reason](Store& store, SystemTime now) {
                return store.bury(ref, reason, now);
            };
            break;
    }
    co_await tell(running, std::move(ending), counter);
}

runtime::Task<void> JobRunner::Impl::give_back(Place running) {
    co_await tell(
        running,
        [ref = running->job.ref](Store& store, SystemTime now) {
            return store.give_back(ref, now);
        },
        &Stats::returned);
}

// Until the store has taken it or said that it is too late.
runtime::Task<void> JobRunner::Impl::tell(Place running, Ending ending, Counter counter) {
    internal::StorePause pause(rng_);
    while (true) {
        const auto told = co_await writer_.run<bool>(
            [ending, now = scheduler_.system_now()](Store& store) { return ending(store, now); });
        if (told) {
            store_worked();
            ++(stats_.*(*told ? counter : &Stats::late));
            report(running, *told ? outcome_of(counter) : "late");
            co_return;
        }
        if (refused(told.error()) && counter != &Stats::dead) {
            const auto reason = cut_reason(
                fmt::format("the store refused its outcome: {}", told.error().to_string()));
            ending = [ref = running->job.ref, reason](Store& store, SystemTime now) {
                return store.bury(ref, reason, now);
            };
            counter = &Stats::dead;
            running->reason = reason;
            continue;
        }
        store_failed(told.error());
        if (running->abandoned) {
            ++stats_.unsettled;
            report(running, "unsettled");
            co_return;
        }
        co_await scheduler_.wait(&running->hurry, scheduler_.now() + pause.next());
    }
}

}  // namespace apilab::work
