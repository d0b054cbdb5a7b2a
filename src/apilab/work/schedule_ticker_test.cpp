#include "apilab/work/schedule_ticker.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "apilab/work/internal/test_store.hpp"
#include "apilab/work/internal/worker_test.hpp"
#include "apilab/work/work_trace.hpp"

namespace apilab::work {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

ScheduledJob hourly(MissedRuns missed = MissedRuns::run_once) {
    return {.name = "hourly",
            .schedule = Schedule::parse("0 * * * *").value(),
            .job = {.kind = "k"},
            .missed = missed};
}

const SystemTime noon = std::chrono::sys_days(std::chrono::year(2026) / 1 / 5) + 12h;

Tick at(SystemTime stands, SystemTime now, const ScheduledJob& scheduled = hourly()) {
    return tick(scheduled, {.name = "hourly", .next = stands}, now, 1min);
}

TEST(Tick, waits_until_it_is_due) {
    EXPECT_EQ(at(noon, noon - 1ms), (Tick{Tick::Action::wait, noon}));
    EXPECT_EQ(at(noon, noon), (Tick{Tick::Action::fire, noon + 1h}));
}

TEST(Tick, many_missed_times_are_one_run_or_none) {
    EXPECT_EQ(at(noon, noon + 5h + 1min), (Tick{Tick::Action::fire, noon + 6h}));
    EXPECT_EQ(at(noon, noon + 5h + 1min, hourly(MissedRuns::skip)),
              (Tick{Tick::Action::move, noon + 6h}));
}

TEST(Tick, a_little_late_is_not_missed) {
    EXPECT_EQ(at(noon, noon + 1min, hourly(MissedRuns::skip)).action, Tick::Action::fire);
    EXPECT_EQ(at(noon, noon + 1min + 1ms, hourly(MissedRuns::skip)).action, Tick::Action::move);
}

TEST(Tick, a_paused_one_waits) {
    EXPECT_EQ(
        tick(hourly(), {.name = "hourly", .next = noon, .paused = true}, noon + 1h, 1min).action,
        Tick::Action::wait);
}

TEST(Tick, a_clock_that_was_a_year_ahead_is_undone_and_one_of_an_hour_repeats_nothing) {
    EXPECT_EQ(at(noon + 365 * 24h, noon + 1s), (Tick{Tick::Action::move, noon + 1h}));
    EXPECT_EQ(at(noon + 2h, noon + 1s), (Tick{Tick::Action::wait, noon + 2h}));
}

class TickerTest : public internal::WorkerTest {
protected:
    ScheduleTicker& add_ticker(std::vector<ScheduledJob> jobs, ScheduleTickerOptions options = {}) {
        auto& worker = add_worker();
        auto& ticker = tickers.emplace_back(worker.scheduler, worker.writer, worker.rng,
                                            std::move(jobs), options);
        worker.tasks.spawn(ticker.run());
        return ticker;
    }
    void TearDown() override {
        for (auto& ticker : tickers) {
            ticker.stop();
        }
        scheduler->poll();
        WorkerTest::TearDown();
    }
    std::list<ScheduleTicker> tickers;
};

TEST_F(TickerTest, enqueues_a_job_each_time_with_a_key_of_its_own) {
    const auto& ticker = add_ticker({hourly()});
    pass(3h + 1s);
    EXPECT_EQ(ticker.stats().fired, 3);
    const auto jobs = store->jobs({}, 10).value();
    ASSERT_EQ(jobs.size(), 3);
    EXPECT_EQ(jobs[2].job.idempotency_key, "schedule:hourly:1767229200");
    EXPECT_EQ(jobs[2].job.created, runtime::VirtualScheduler::default_start() + 1h);
    EXPECT_NE(jobs[1].job.idempotency_key, jobs[2].job.idempotency_key);
}

TEST_F(TickerTest, each_run_begins_a_trace_unless_its_job_has_one) {
    auto traced = hourly();
    traced.name = "traced";
    traced.job.trace_context = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    add_ticker({hourly(), traced});
    pass(2h + 1s);
    std::set<std::string> ids;
    for (const JobRow& row : store->jobs({}, 10).value()) {
        ids.insert(trace_of(row.job).trace_id());
    }
    EXPECT_EQ(ids.size(), 3);
    EXPECT_TRUE(ids.contains("4bf92f3577b34da6a3ce929d0e0e4736"));
    EXPECT_FALSE(ids.contains(std::string(32, '0')));
}

TEST_F(TickerTest, of_two_processes_one_does_it) {
    const auto& one = add_ticker({hourly()});
    const auto& two = add_ticker({hourly()});
    pass(24h + 1s);
    EXPECT_EQ(store->jobs({}, 100)->size(), 24);
    EXPECT_EQ(one.stats().fired + two.stats().fired, 24);
}

TEST_F(TickerTest, after_a_night_off_there_is_one_run_for_all_or_none) {
    auto skipped = hourly(MissedRuns::skip);
    skipped.name = "skipped";
    ASSERT_TRUE(store->put_schedule("hourly", "0 * * * *", now() - 8h));
    ASSERT_TRUE(store->put_schedule("skipped", "0 * * * *", now() - 8h));
    const auto& ticker = add_ticker({hourly(), skipped});
    pass(1s);
    EXPECT_EQ(ticker.stats().fired, 1);
    EXPECT_EQ(ticker.stats().moved, 1);
    pass(1h);
    EXPECT_EQ(store->jobs({}, 10)->size(), 3) << "both are in step again";
}

TEST_F(TickerTest, another_text_begins_anew_and_the_same_one_keeps_its_time) {
    ASSERT_TRUE(store->put_schedule("hourly", "0 * * * *", now() + 20min));
    add_ticker({hourly()});
    pass(21min);
    EXPECT_EQ(store->jobs({}, 10)->size(), 1);
    auto changed = hourly();
    changed.schedule = Schedule::parse("every 10m").value();
    add_ticker({changed});
    pass(10min);
    EXPECT_EQ(store->jobs({}, 10)->size(), 2);
}

TEST_F(TickerTest, a_paused_schedule_is_not_fired_and_goes_on_with_one_run) {
    add_ticker({hourly()});
    pass(1s);
    ASSERT_TRUE(store->pause_schedule("hourly", true).value());
    pass(5h);
    EXPECT_TRUE(store->jobs({}, 10)->empty());
    ASSERT_TRUE(store->pause_schedule("hourly", false).value());
    pass(1min);
    EXPECT_EQ(store->jobs({}, 10)->size(), 1);
}

class AnothersSchedules final : public internal::IdleStore {
public:
    Result<std::vector<ScheduleRow>> schedules() override {
        return std::vector<ScheduleRow>{{.name = "hourly", .spec = "0 * * * *", .next = stands_at}};
    }
    Result<bool> fire(std::string_view /*name*/, SystemTime expected, SystemTime next,
                      const NewJob& /*job*/, SystemTime /*now*/) override {
        EXPECT_EQ(expected, stands_at);
        stands_at = next;
        return false;
    }
    SystemTime stands_at = runtime::VirtualScheduler::default_start();
};

TEST_F(TickerTest, who_comes_second_lets_it_be) {
    auto& worker =
        workers.emplace_back(*scheduler, std::make_unique<AnothersSchedules>(), JobRunnerOptions{});
    auto& ticker = tickers.emplace_back(worker.scheduler, worker.writer, worker.rng,
                                        std::vector{hourly()}, ScheduleTickerOptions{});
    worker.tasks.spawn(ticker.run());
    pass(1h - 1s);
    EXPECT_EQ(ticker.stats().by_others, 1);
    EXPECT_EQ(ticker.stats().fired, 0);
}

class FailingSchedules final : public internal::IdleStore {
public:
    Result<std::vector<ScheduleRow>> schedules() override {
        ++asked;
        return fail(Error(ErrorKind::io, "disk full").with_detail("full"));
    }
    int asked = 0;
};

TEST_F(TickerTest, a_failing_store_is_asked_again_with_pauses) {
    auto made = std::make_unique<FailingSchedules>();
    const auto* failing = made.get();
    auto& worker = workers.emplace_back(*scheduler, std::move(made), JobRunnerOptions{});
    auto& ticker = tickers.emplace_back(worker.scheduler, worker.writer, worker.rng,
                                        std::vector{hourly()}, ScheduleTickerOptions{});
    worker.tasks.spawn(ticker.run());
    pass(1h);
    EXPECT_LT(failing->asked, 300);
    EXPECT_GT(failing->asked, 100);
    EXPECT_THAT(ticker.stats().store_error, HasSubstr("disk full"));
}

TEST_F(TickerTest, stops_at_once) {
    auto& ticker = add_ticker({hourly()});
    pass(5s);
    ticker.stop();
    pass(0s);
    EXPECT_EQ(workers.front().tasks.running(), 0);
}

}  // namespace
}  // namespace apilab::work
