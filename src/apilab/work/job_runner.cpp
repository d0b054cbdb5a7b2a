#include "apilab/work/job_runner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "apilab/base/duration.hpp"
#include "apilab/base/try.hpp"
#include "apilab/work/internal/job_runner_impl.hpp"
#include "apilab/work/internal/option_range.hpp"
#include "apilab/work/internal/store_checks.hpp"

namespace apilab::work {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t concurrency_max = 1000;
constexpr std::size_t worker_max = 255;

Result<void> within(std::string_view name, Duration value, Duration low, Duration high) {
    return internal::check_range("", name, value, low, high);
}

JobRunnerOptions in_range(JobRunnerOptions options) {
    options.concurrency = std::clamp<std::size_t>(options.concurrency, 1, concurrency_max);
    options.lease = std::clamp<Duration>(options.lease, 3s, 24h);
    options.attempt_timeout = std::clamp<Duration>(options.attempt_timeout, 1s, 24h);
    options.poll = std::clamp<Duration>(options.poll, 10ms, 1min);
    options.hint_pause = std::clamp<Duration>(options.hint_pause, 0ms, options.poll);
    options.grace = std::clamp<Duration>(options.grace, 0ms, 1h);
    if (!options.retry.validate()) {
        options.retry = {};
    }
    return options;
}

struct Found {
    std::vector<Job> jobs;
    std::optional<SystemTime> next;
};

}  // namespace

Result<void> JobRunnerOptions::validate() const {
    APILAB_CHECK(
        internal::check_range<std::size_t>("", "concurrency", concurrency, 1, concurrency_max));
    APILAB_CHECK(internal::check_name("queue", queue));
    APILAB_CHECK(internal::check_text("worker", worker, worker_max));
    APILAB_CHECK(within("lease", lease, 3s, 24h));
    APILAB_CHECK(within("attempt_timeout", attempt_timeout, 1s, 24h));
    APILAB_CHECK(within("poll", poll, 10ms, 1min));
    APILAB_CHECK(within("hint_pause", hint_pause, 0ms, poll));
    APILAB_CHECK(within("grace", grace, 0ms, 1h));
    return retry.validate();
}

std::string JobRunnerOptions::describe() const {
    return fmt::format(
        "queue {}, {} at a time, lease {}, at most {} an attempt, polled every {}; {}", queue,
        concurrency, format_duration(lease), format_duration(attempt_timeout),
        format_duration(poll), retry.describe());
}

JobRunner::JobRunner(runtime::Scheduler& scheduler, StoreWriter& writer, Rng& rng,
                     JobRunnerOptions options)
    : impl_(std::make_unique<Impl>(scheduler, writer, rng, std::move(options))) {}

JobRunner::~JobRunner() = default;

void JobRunner::handle(std::string kind, JobHandler handler) {
    impl_->handle(std::move(kind), std::move(handler));
}

runtime::Task<void> JobRunner::run() {
    return impl_->run();
}

void JobRunner::stop() {
    impl_->stop(impl_->options().grace);
}

void JobRunner::wake() {
    impl_->wake();
}

JobRunner::Stats JobRunner::stats() const {
    return impl_->stats();
}

JobRunner::Impl::Impl(runtime::Scheduler& scheduler, StoreWriter& writer, Rng& rng,
                      JobRunnerOptions options)
    : scheduler_(scheduler),
      writer_(writer),
      rng_(rng),
      options_(in_range(std::move(options))),
      pause_(rng),
      tasks_(scheduler) {}

void JobRunner::Impl::handle(std::string kind, JobHandler handler) {
    handlers_.insert_or_assign(std::move(kind), std::move(handler));
}

void JobRunner::Impl::stop(Duration grace) {
    const SteadyTime until = scheduler_.now() + grace;
    drain_until_ = std::min(drain_until_.value_or(until), until);
    bell_.ring();
}

void JobRunner::Impl::wake() {
    hinted_ = true;
    bell_.ring();
}

void JobRunner::Impl::store_failed(const Error& error) {
    ++stats_.store_errors;
    stats_.store_error = error.to_string();
}

void JobRunner::Impl::store_worked() {
    stats_.store_error.clear();
}

// The loop is a task of its own, so that a cancellation does not come between the store's claim and
// the one who has to run it.
runtime::Task<void> JobRunner::Impl::run() {
    if (co_await runtime::cancelled()) {
        co_return;
    }
    tasks_.spawn(loop());
    if (co_await scheduler_.wait(&loop_over_, SteadyTime::max()) !=
        runtime::Scheduler::Woken::event) {
        stop(0ms);
    }
    co_await tasks_.join();
}

runtime::Task<void> JobRunner::Impl::loop() {
    while (!drain_until_) {
        if (running_.size() >= options_.concurrency) {
            co_await bell_.wait(scheduler_, SteadyTime::max());
            continue;
        }
        const Look seen = co_await look();
        co_await rest(seen);
    }
    co_await drain();
    loop_over_.set();
}

runtime::Task<JobRunner::Impl::Look> JobRunner::Impl::look() {
    // What was told in one commit is told one by one; all of it frees slots before we ask.
    co_await scheduler_.wait(nullptr, scheduler_.now());
    hinted_ = false;
    freed_ = false;
    ++stats_.looks;
    const Claim claim{.queue = options_.queue,
                      .limit = options_.concurrency - running_.size(),
                      .lease = options_.lease,
                      .worker = options_.worker};
    const SteadyTime asked = scheduler_.now();
    auto found = co_await writer_.run<Found>(
        [claim, now = scheduler_.system_now()](Store& store) -> Result<Found> {
            Found all;
            APILAB_TRY(all.jobs, store.claim(claim, now));
            APILAB_TRY(all.next, store.next_due(claim.queue));
            return all;
        });
    if (!found) {
        store_failed(found.error());
        co_return Look{.pause = pause_.next(), .failed = true};
    }
    pause_.reset();
    store_worked();
    const bool full = found->jobs.size() == claim.limit;
    for (Job& job : found->jobs) {
        begin(std::move(job), asked + options_.lease);
    }
    if (full) {
        co_return Look{};
    }
    // What is due and was not given (an order, a pause, another worker) is no reason to ask again
    // at once.
    const SystemTime now = scheduler_.system_now();
    const bool later = found->next && *found->next > now;
    co_return Look{.pause = later ? std::min(options_.poll, *found->next - now) : options_.poll};
}

// A slot that became free ends it: the next of an order may be due. A hint does, but not at once;
// after an error neither does.
runtime::Task<void> JobRunner::Impl::rest(Look look) {
    const SteadyTime begun = scheduler_.now();
    SteadyTime until = begun + look.pause;
    while (!drain_until_ && (look.failed || !freed_)) {
        if (hinted_ && !look.failed) {
            until = std::min(until, begun + options_.hint_pause);
        }
        if (scheduler_.now() >= until) {
            break;
        }
        co_await bell_.wait(scheduler_, until);
    }
}

runtime::Task<void> JobRunner::Impl::drain() {
    while (!running_.empty() && scheduler_.now() < *drain_until_) {
        co_await bell_.wait(scheduler_, *drain_until_);
    }
    for (const Place& running : Places(running_)) {
        running->abandoned = true;
        running->stirred.set();
        running->hurry.set();
    }
    while (!running_.empty()) {
        co_await bell_.wait(scheduler_, SteadyTime::max());
    }
}

void JobRunner::Impl::begin(Job job, SteadyTime lease_end) {
    ++stats_.claimed;
    const auto running = std::make_shared<Running>(std::move(job), lease_end, scheduler_.now());
    running_.push_back(running);
    stats_.running = running_.size();
    tasks_.spawn(work(running));
}

}  // namespace apilab::work
