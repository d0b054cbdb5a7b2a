#include "apilab/work/schedule_ticker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "apilab/base/try.hpp"
#include "apilab/work/internal/bell.hpp"
#include "apilab/work/internal/store_pause.hpp"
#include "apilab/work/work_trace.hpp"

namespace apilab::work {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;
using std::chrono::sys_days;

// Where a schedule that never comes again stands.
constexpr SystemTime far_away = sys_days(std::chrono::year(2200) / 1 / 1);

SystemTime next_of(const Schedule& schedule, SystemTime now) {
    return schedule.next_after(now).value_or(far_away);
}

const ScheduleRow* find_row(const std::vector<ScheduleRow>& rows, const std::string& name) {
    const auto row = std::ranges::find(rows, name, &ScheduleRow::name);
    return row == rows.end() ? nullptr : &*row;
}

}  // namespace

Tick tick(const ScheduledJob& scheduled, const ScheduleRow& row, SystemTime now,
          Duration tolerance) {
    using Action = Tick::Action;
    const SystemTime next = next_of(scheduled.schedule, now);
    if (row.paused) {
        return {.action = Action::wait, .next = row.next};
    }
    if (row.next > now) {
        const SystemTime next_but_one = next_of(scheduled.schedule, next);
        return row.next > next_but_one + days(1) ? Tick{.action = Action::move, .next = next}
                                                 : Tick{.action = Action::wait, .next = row.next};
    }
    const bool missed = now - row.next > tolerance;
    return {.action = missed && scheduled.missed == MissedRuns::skip ? Action::move : Action::fire,
            .next = next};
}

class ScheduleTicker::Impl {
public:
    Impl(runtime::Scheduler& scheduler, StoreWriter& writer, Rng& rng,
         std::vector<ScheduledJob> jobs, ScheduleTickerOptions options)
        : scheduler_(scheduler),
          writer_(writer),
          rng_(rng),
          jobs_(std::move(jobs)),
          poll_(std::clamp<Duration>(options.poll, 1s, 10min)),
          tolerance_(std::clamp<Duration>(options.tolerance, 1s, 1h)),
          pause_(rng) {}

    [[nodiscard]] runtime::Task<void> run() {
        while (!stopping_ && !co_await runtime::cancelled()) {
            const Duration pause = waited_for(co_await step());
            if (!stopping_ && pause > Duration::zero()) {
                co_await bell_.wait(scheduler_, scheduler_.now() + pause);
            }
        }
    }
    void stop() {
        stopping_ = true;
        bell_.ring();
    }
    [[nodiscard]] const Stats& stats() const { return stats_; }

private:
    [[nodiscard]] runtime::Task<Result<Duration>> step() { return planned_ ? round() : plan(); }

    /// How long until the next step; what the store said against this one is noted.
    [[nodiscard]] Duration waited_for(const Result<Duration>& pause) {
        if (pause) {
            pause_.reset();
            stats_.store_error.clear();
            return *pause;
        }
        ++stats_.store_errors;
        stats_.store_error = pause.error().to_string();
        return pause_.next();
    }

    /// What is not in the store yet, or there with another text, begins now.
    [[nodiscard]] runtime::Task<Result<Duration>> plan() {
        std::vector<ScheduleRow> rows;
        for (const ScheduledJob& job : jobs_) {
            rows.push_back({.name = job.name,
                            .spec = job.schedule.text(),
                            .next = next_of(job.schedule, scheduler_.system_now())});
        }
        APILAB_CO_CHECK(co_await writer_.run<bool>([rows](Store& store) -> Result<bool> {
            for (const ScheduleRow& row : rows) {
                APILAB_CHECK(store.put_schedule(row.name, row.spec, row.next));
            }
            return true;
        }));
        planned_ = true;
        co_return Duration::zero();
    }

    /// How long nothing is due.
    [[nodiscard]] runtime::Task<Result<Duration>> round() {
        APILAB_CO_TRY(const auto rows, co_await writer_.run<std::vector<ScheduleRow>>(
                                           [](Store& store) { return store.schedules(); }));
        Duration pause = poll_;
        for (const ScheduledJob& job : jobs_) {
            const SystemTime now = scheduler_.system_now();
            const auto* const row = find_row(rows, job.name);
            if (row == nullptr) {  // somebody removed it
                continue;
            }
            const Tick what = tick(job, *row, now, tolerance_);
            if (what.action != Tick::Action::wait) {
                APILAB_CO_CHECK(co_await go_on(job, row->next, what, now));
            }
            if (what.next > now) {
                pause = std::min(pause, what.next - now);
            }
        }
        co_return pause;
    }

    [[nodiscard]] runtime::Task<Result<void>> go_on(ScheduledJob scheduled, SystemTime expected,
                                                    Tick what, SystemTime now) {
        const bool fires = what.action == Tick::Action::fire;
        NewJob job = scheduled.job;
        if (job.idempotency_key.empty()) {
            job.idempotency_key =
                fmt::format("schedule:{}:{}", scheduled.name, expected.time_since_epoch() / 1s);
        }
        if (job.trace_context.empty()) {
            job.trace_context = begin_trace(rng_).traceparent();
        }
        const auto ours = co_await writer_.run<bool>(
            [fires, job, name = scheduled.name, expected, what, now](Store& store) {
                return fires ? store.fire(name, expected, what.next, job, now)
                             : store.skip_schedule(name, expected, what.next);
            });
        APILAB_CO_CHECK(ours);
        auto& counter = !*ours ? stats_.by_others : fires ? stats_.fired : stats_.moved;
        ++counter;
        co_return Result<void>();
    }

    runtime::Scheduler& scheduler_;
    StoreWriter& writer_;
    Rng& rng_;
    const std::vector<ScheduledJob> jobs_;
    const Duration poll_;
    const Duration tolerance_;
    internal::StorePause pause_;
    internal::Bell bell_;
    Stats stats_;
    bool planned_ = false;
    bool stopping_ = false;
};

ScheduleTicker::ScheduleTicker(runtime::Scheduler& scheduler, StoreWriter& writer, Rng& rng,
                               std::vector<ScheduledJob> jobs, ScheduleTickerOptions options)
    : impl_(std::make_unique<Impl>(scheduler, writer, rng, std::move(jobs), options)) {}

ScheduleTicker::~ScheduleTicker() = default;

runtime::Task<void> ScheduleTicker::run() {
    return impl_->run();
}

void ScheduleTicker::stop() {
    impl_->stop();
}

const ScheduleTicker::Stats& ScheduleTicker::stats() const {
    return impl_->stats();
}

}  // namespace apilab::work
