// Several radars on one PostgreSQL: who does a thing does not matter, as long as it is done once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "apilab/base/try.hpp"
#include "apilab/radar/service/state.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/work/store_writer.hpp"
#include "fleet.hpp"
#include "postgres_test.hpp"

namespace apilab::replicas {
namespace {

using runtime::Task;

class RadarsOnPostgres : public work::tests::PostgresTest {
protected:
    // What came of `events` deliveries and the schedules, whoever did it.
    static void expect_all_once(work::Store& store, std::size_t events) {
        const auto kept =
            store.list_events("github", "", std::numeric_limits<std::int64_t>::max(), 1000).value();
        EXPECT_EQ(kept.size(), events);
        const auto jobs = store.jobs({.queue = "radar"}, 1000).value();
        EXPECT_EQ(std::ranges::count_if(
                      jobs, [](const work::JobRow& row) { return row.job.kind == "github"; }),
                  static_cast<std::ptrdiff_t>(events));
        for (const auto& row : jobs) {
            EXPECT_EQ(row.state, work::JobState::done) << row.job.kind << ": " << row.reason;
        }
        const auto messages = store.messages({.target = "slack"}, 1000).value();
        EXPECT_EQ(messages.size(), static_cast<std::size_t>(Fleet::projects));
        for (const auto& message : messages) {
            EXPECT_THAT(message.state,
                        testing::AnyOf(work::MessageState::applied, work::MessageState::reconciled))
                << message.key << ": " << message.reason;
        }
        const auto runs = radar::read_runs(store).value();
        EXPECT_EQ(runs.size(), static_cast<std::size_t>(Fleet::projects));
        for (const auto& run : runs) {
            EXPECT_EQ(run.error, "") << run.watch;
        }
        EXPECT_EQ(radar::read_items(store).value().size(),
                  static_cast<std::size_t>(Fleet::projects));
    }
};

TEST_F(RadarsOnPostgres, do_everything_once) {
    Fleet fleet(server(), schema());
    fleet.make_all_due();
    fleet.start(3);
    runtime::run(fleet.scheduler, fleet.send_events(20));
    EXPECT_TRUE(runtime::run(fleet.scheduler, fleet.until_rest()));
    // Each schedule's time comes once more.
    fleet.make_all_due();
    runtime::run(fleet.scheduler, fleet.until_fired(2U * Fleet::projects));
    EXPECT_TRUE(runtime::run(fleet.scheduler, fleet.until_rest()));
    EXPECT_EQ(fleet.fired(), 2U * Fleet::projects);
    EXPECT_EQ(fleet.said_on_slack(), Fleet::projects);
    EXPECT_EQ(fleet.refused, 0);
    expect_all_once(*fleet.open(), 20);
    fleet.stop();
}

TEST_F(RadarsOnPostgres, lose_and_double_nothing_when_the_server_ends_at_once_and_comes_back) {
    Fleet fleet(server(), schema());
    fleet.make_all_due();
    fleet.start(3);
    runtime::TaskGroup all(fleet.scheduler);
    all.spawn(fleet.send_events(60));
    all.spawn(fleet.restart_server());
    runtime::run(fleet.scheduler, all.join());
    EXPECT_TRUE(runtime::run(fleet.scheduler, fleet.until_rest()));
    EXPECT_GT(fleet.refused, 0) << "it was away while they were sent";
    EXPECT_EQ(fleet.said_on_slack(), Fleet::projects);
    expect_all_once(*fleet.open(), 60);
    fleet.stop();
}

// Reads, changes, writes; again where somebody else was faster more often than the writer repeats.
Task<void> change(work::StoreWriter* writer, std::function<Result<bool>(work::Store&)> operation,
                  int times) {
    for (int done = 0; done < times;) {
        const auto changed = co_await writer->run<bool>(operation);
        if (changed) {
            EXPECT_TRUE(*changed);
            ++done;
        } else if (changed.error().detail() != "busy") {
            ADD_FAILURE() << changed.error().to_string();
            co_return;
        }
    }
}

Result<bool> say_more(work::Store& store, const std::string& key, SystemTime now) {
    APILAB_TRY(const auto item,
               radar::change_human(
                   store, key, [](radar::HumanColumns& human) { human.owner += "a"; }, now));
    return item.has_value();
}

Result<bool> check_again(work::Store& store, SystemTime now) {
    APILAB_TRY(const auto before, radar::read_watch(store, "shop"));
    radar::RunOutcome outcome{.plan = {.items = before.items}};
    for (auto& item : outcome.plan.items) {
        ++item.revision;
    }
    outcome.run = radar::RunRecord{.watch = "shop", .started = now, .finished = now};
    APILAB_CHECK(radar::keep(store, before, outcome, now));
    return before.items.size() == 1;
}

TEST_F(RadarsOnPostgres, overwrite_nothing_that_another_one_changed_meanwhile) {
    constexpr int times = 25;
    runtime::RealScheduler scheduler;
    const auto now = scheduler.system_now();
    radar::Item item{.watch = "shop", .first_seen = now, .last_seen = now};
    item.decision.package = "lodash";
    const auto keeper = open();
    ASSERT_TRUE(radar::keep(*keeper, {.watch = "shop"}, {.plan = {.items = {item}}}, now));
    std::vector<std::unique_ptr<work::PostgresStore>> stores;
    std::vector<std::unique_ptr<work::StoreWriter>> writers;
    for (int i = 0; i < 4; ++i) {
        stores.push_back(open());
        writers.push_back(std::make_unique<work::StoreWriter>(scheduler, *stores.back()));
    }
    runtime::TaskGroup all(scheduler);
    for (std::size_t i = 0; i < writers.size(); ++i) {
        std::function<Result<bool>(work::Store&)> operation;
        if (i % 2 == 0) {
            operation = [key = item.key(), now](work::Store& store) {
                return say_more(store, key, now);
            };
        } else {
            operation = [now](work::Store& store) { return check_again(store, now); };
        }
        all.spawn(change(writers[i].get(), std::move(operation), times));
    }
    runtime::run(scheduler, all.join());
    const auto last = radar::read_item_of(*keeper, item.key()).value();
    ASSERT_TRUE(last);
    EXPECT_EQ(last->human.owner, std::string(2U * times, 'a')) << "what people said";
    EXPECT_EQ(last->revision, 2 * times) << "what the checks found";
}

}  // namespace
}  // namespace apilab::replicas
