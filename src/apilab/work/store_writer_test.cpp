#include "apilab/work/store_writer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <latch>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"
#include "apilab/work/internal/test_store.hpp"

namespace apilab::work {
namespace {

using internal::CountingStore;
using runtime::RealScheduler;
using runtime::Task;
using runtime::TaskGroup;
using runtime::VirtualScheduler;
using testing::ElementsAre;
using testing::SizeIs;

using Results = std::vector<std::optional<Result<PutResult>>>;

std::function<Result<PutResult>(Store&)> put(std::string id) {
    return [id = std::move(id)](Store& store) {
        return store.put({.source = "github", .sender_id = id}, {.kind = "push"}, {});
    };
}

Task<void> put_into(StoreWriter* writer, std::function<Result<PutResult>(Store&)> operation,
                    std::optional<Result<PutResult>>* result) {
    result->emplace(co_await writer->run<PutResult>(std::move(operation)));
}

std::vector<std::string> ids(const std::vector<Event>& events) {
    std::vector<std::string> all;
    for (const Event& event : events) {
        all.push_back(event.sender_id);
    }
    return all;
}

// Everything on one thread, and the same every time.
class StoreWriterTest : public testing::Test {
protected:
    StoreWriter& writer(StoreWriterOptions options = {}) {
        options.own_thread = false;
        made.emplace(scheduler, store, options);
        return *made;
    }
    void start(std::size_t place, std::function<Result<PutResult>(Store&)> operation) {
        group.spawn(put_into(&*made, std::move(operation), &results[place]));
    }
    void start_many(std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) {
            start(i, put(std::to_string(i)));
        }
    }
    void finish() { runtime::run(scheduler, group.join()); }

    VirtualScheduler scheduler;
    CountingStore store;
    TaskGroup group{scheduler};
    std::optional<StoreWriter> made;
    Results results = Results(1000);
};

TEST_F(StoreWriterTest, who_does_not_wait_is_told_as_well) {
    std::vector<std::optional<Result<PutResult>>> told;
    const auto tell = [&](Result<PutResult> result) { told.emplace_back(std::move(result)); };
    writer({.waiting_max = 2});
    made->post<PutResult>(put("1"), tell);
    made->post<PutResult>(put("2"), tell);
    EXPECT_THAT(told, SizeIs(0)) << "not before the commit";
    made->post<PutResult>(put("3"), tell);
    ASSERT_THAT(told, SizeIs(1)) << "there is no room: at once";
    EXPECT_EQ(told[0]->error().kind(), ErrorKind::overloaded);
    scheduler.poll();
    ASSERT_THAT(told, SizeIs(3));
    EXPECT_THAT(store.batches, ElementsAre(2));
    EXPECT_TRUE(told[1]->has_value());
    store.commit_fails = Error(ErrorKind::io, "the disk is full");
    made->post<PutResult>(put("4"), tell);
    scheduler.poll();
    ASSERT_THAT(told, SizeIs(4));
    EXPECT_EQ(told[3]->error().kind(), ErrorKind::io);
}

TEST_F(StoreWriterTest, what_waits_together_is_one_transaction) {
    writer();
    start_many(100);
    finish();
    EXPECT_THAT(store.batches, ElementsAre(100));
    EXPECT_EQ(store.kept.front().sender_id, "0") << "in the order of their coming";
    EXPECT_EQ(store.kept.back().sender_id, "99");
    EXPECT_EQ(made->stats().operations, 100);
    EXPECT_EQ(made->stats().transactions, 1);
    EXPECT_EQ(made->stats().largest_batch, 100);
    EXPECT_EQ(made->stats().waiting, 0);
}

TEST_F(StoreWriterTest, nobody_is_told_before_the_commit) {
    writer();
    store.on_commit = [this] {
        for (const auto& result : results) {
            EXPECT_FALSE(result.has_value());
        }
    };
    start_many(3);
    finish();
    EXPECT_TRUE(results[2]->has_value());
}

TEST_F(StoreWriterTest, a_batch_has_a_largest_size) {
    writer({.batch_max = 40});
    start_many(100);
    finish();
    EXPECT_THAT(store.batches, ElementsAre(40, 40, 20));
}

TEST_F(StoreWriterTest, one_more_than_may_wait_is_refused_at_once) {
    writer({.waiting_max = 3});
    start_many(5);
    scheduler.poll();
    finish();
    EXPECT_THAT(store.kept, SizeIs(3));
    EXPECT_EQ(results[3]->error().kind(), ErrorKind::overloaded);
    EXPECT_EQ(results[4]->error().detail(), "waiting_max");
    EXPECT_EQ(made->stats().overloaded, 2);
    start(5, put("later"));
    finish();
    EXPECT_TRUE(results[5]->has_value()) << "and then there is room again";
}

TEST_F(StoreWriterTest, an_operation_with_an_error_leaves_the_others_alone) {
    writer();
    start(0, put("a"));
    start(1, [](Store&) -> Result<PutResult> {
        return fail(ErrorKind::too_large, "a body of 26 MiB");
    });
    start(2, put("b"));
    finish();
    EXPECT_THAT(ids(store.kept), ElementsAre("a", "b"));
    EXPECT_TRUE(results[0]->has_value());
    EXPECT_EQ(results[1]->error().kind(), ErrorKind::too_large);
    EXPECT_TRUE(results[2]->has_value());
}

TEST_F(StoreWriterTest, where_the_commit_fails_all_of_its_batch_fail) {
    writer({.batch_max = 2});
    store.commit_fails = Error(ErrorKind::io, "no room").with_detail("full");
    start_many(2);
    scheduler.poll();
    store.commit_fails.reset();
    start(2, put("next"));
    finish();
    EXPECT_EQ(results[0]->error().detail(), "full");
    EXPECT_EQ(results[1]->error().detail(), "full");
    EXPECT_TRUE(results[2]->has_value()) << "the next batch is another one";
    EXPECT_THAT(ids(store.kept), ElementsAre("next"));
    EXPECT_EQ(made->stats().failed_transactions, 1);
    EXPECT_EQ(made->stats().operations, 1);
}

TEST_F(StoreWriterTest, where_nothing_can_begin_all_fail) {
    writer();
    store.begin_fails = Error(ErrorKind::io, "locked").with_detail("busy");
    start_many(2);
    finish();
    EXPECT_EQ(results[0]->error().detail(), "busy");
    EXPECT_EQ(results[1]->error().detail(), "busy");
    EXPECT_EQ(made->stats().apart, 0) << "it has waited long enough";
}

TEST_F(StoreWriterTest, a_database_that_fails_within_a_batch_ends_it) {
    writer();
    start(0, put("a"));
    start(1, [](Store&) -> Result<PutResult> {
        return fail(Error(ErrorKind::io, "no room").with_detail("full"));
    });
    start(2, put("b"));
    finish();
    EXPECT_THAT(store.kept, SizeIs(0)) << "SQLite may have taken the first one back";
    EXPECT_EQ(store.rollbacks, 1);
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(results[i]->error().detail(), "full");
    }
}

std::function<Result<PutResult>(Store&)> meets_another(int times, int* calls) {
    return [times, calls](Store& store) -> Result<PutResult> {
        if (++*calls <= times) {
            return fail(Error(ErrorKind::io, "a deadlock").with_detail("busy"));
        }
        return store.put({.source = "github", .sender_id = "b"}, {.kind = "push"}, {});
    };
}

TEST_F(StoreWriterTest, where_somebody_elses_transaction_was_in_the_way_each_is_done_apart) {
    writer();
    int calls = 0;
    start(0, put("a"));
    start(1, meets_another(2, &calls));
    start(2, put("c"));
    finish();
    EXPECT_THAT(ids(store.kept), ElementsAre("a", "b", "c"));
    EXPECT_THAT(store.batches, ElementsAre(1, 1, 1)) << "none holds what another one waits for";
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_TRUE(results[i]->has_value());
    }
    EXPECT_EQ(made->stats().apart, 1);
    EXPECT_EQ(made->stats().transactions, 3);
    EXPECT_EQ(made->stats().operations, 3);
    EXPECT_EQ(made->stats().failed_transactions, 0);
}

TEST_F(StoreWriterTest, what_is_always_in_the_way_is_an_error_in_the_end_and_ends_the_rest) {
    writer();
    int calls = 0;
    start(0, put("a"));
    start(1, meets_another(1000, &calls));
    start(2, put("c"));
    finish();
    EXPECT_EQ(calls, 3);
    EXPECT_TRUE(results[0]->has_value());
    EXPECT_EQ(results[1]->error().detail(), "busy");
    EXPECT_EQ(results[2]->error().detail(), "busy") << "it could wait as long";
    EXPECT_THAT(ids(store.kept), ElementsAre("a"));
    EXPECT_EQ(made->stats().operations, 1);
    EXPECT_EQ(made->stats().failed_transactions, 1);
}

TEST_F(StoreWriterTest, an_operation_that_throws_is_an_error_and_keeps_nothing) {
    writer();
    start(0, put("a"));
    start(1, [](Store&) -> Result<PutResult> { throw std::runtime_error("oh"); });
    finish();
    EXPECT_EQ(results[1]->error().kind(), ErrorKind::internal);
    EXPECT_EQ(results[0]->error().kind(), ErrorKind::internal);
    EXPECT_THAT(store.kept, SizeIs(0));
}

// Within a task, so that what it spawns begins at once.
Task<void> cancel_what_waits(TaskGroup* group, StoreWriter* writer, Results* results) {
    for (std::size_t i = 0; i < 2; ++i) {
        group->spawn(put_into(writer, put(std::to_string(i)), &(*results)[i]));
    }
    EXPECT_EQ(writer->stats().waiting, 2);
    group->cancel();
    co_await group->join();
}

TEST_F(StoreWriterTest, who_is_cancelled_is_told_so_and_the_operation_is_done_as_a_whole) {
    writer({.batch_max = 1});  // the second one still waits when the cancellation arrives
    runtime::run(scheduler, cancel_what_waits(&group, &*made, &results));
    ASSERT_FALSE(results[1]->has_value());
    EXPECT_EQ(results[1]->error().kind(), ErrorKind::cancelled);
    scheduler.poll();
    EXPECT_THAT(ids(store.kept), ElementsAre("0", "1"));
    EXPECT_EQ(made->stats().waiting, 0);
}

Task<void> let_it_go(TaskGroup* group, std::optional<StoreWriter>* writer, Results* results,
                     const CountingStore* store) {
    for (std::size_t i = 0; i < 3; ++i) {
        group->spawn(put_into(&**writer, put(std::to_string(i)), &(*results)[i]));
    }
    writer->reset();
    EXPECT_THAT(store->kept, SizeIs(3)) << "the store may go now";
    co_return;
}

TEST_F(StoreWriterTest, that_goes_does_what_it_accepted) {
    writer();
    runtime::run(scheduler, let_it_go(&group, &made, &results, &store));
    finish();
    EXPECT_TRUE(results[2]->has_value());
}

TEST_F(StoreWriterTest, options_out_of_range_count_as_the_nearest) {
    EXPECT_EQ(writer({.batch_max = 0, .waiting_max = 0}).options().batch_max, 1);
    EXPECT_EQ(made->options().waiting_max, 1);
    EXPECT_EQ(writer({.batch_max = 1'000'000}).options().batch_max, 10'000);
}

// --- with a thread

Task<void> put_many(StoreWriter* writer, int from, int count, int* good) {
    for (int i = from; i < from + count; ++i) {
        const auto done = co_await writer->run<PutResult>(put(std::to_string(i)));
        *good += done ? 1 : 0;
    }
}

TEST(StoreWriterThread, what_came_during_a_sync_is_the_next_batch) {
    RealScheduler scheduler;
    CountingStore store;
    std::latch first_is_under_way(1);
    std::latch others_wait(1);
    bool first = true;
    store.on_commit = [&] {
        if (std::exchange(first, false)) {
            first_is_under_way.count_down();
            others_wait.wait();
        }
    };
    Results results(10);
    {
        StoreWriter writer(scheduler, store);
        TaskGroup group(scheduler);
        group.spawn(put_into(&writer, put("0"), results.data()));
        scheduler.poll();
        first_is_under_way.wait();
        for (std::size_t i = 1; i < results.size(); ++i) {
            group.spawn(put_into(&writer, put(std::to_string(i)), &results[i]));
        }
        scheduler.poll();
        EXPECT_EQ(writer.stats().waiting, 10) << "the scheduler does not wait for the disk";
        others_wait.count_down();
        runtime::run(scheduler, group.join());
        EXPECT_EQ(writer.stats().transactions, 2);
        EXPECT_EQ(writer.stats().largest_batch, 9);
    }
    EXPECT_THAT(store.batches, ElementsAre(1, 9));
}

TEST(StoreWriterThread, many_tasks_and_their_operations_meet_each_once) {
    RealScheduler scheduler;
    CountingStore store;
    StoreWriter writer(scheduler, store, {.batch_max = 16});
    TaskGroup group(scheduler);
    int good = 0;
    constexpr int tasks = 50;
    constexpr int each = 40;
    for (int i = 0; i < tasks; ++i) {
        group.spawn(put_many(&writer, i * each, each, &good));
    }
    runtime::run(scheduler, group.join());
    EXPECT_EQ(good, tasks * each);
    EXPECT_EQ(writer.stats().operations, tasks * each);
    EXPECT_EQ(writer.stats().waiting, 0);
    EXPECT_LT(writer.stats().transactions, tasks * each);
}

TEST(StoreWriterThread, a_scheduler_that_runs_until_nothing_is_left_runs_until_it_is_done) {
    RealScheduler scheduler;
    CountingStore store;
    StoreWriter writer(scheduler, store);
    int good = 0;
    TaskGroup group(scheduler);
    group.spawn(put_many(&writer, 0, 20, &good));
    scheduler.run();
    EXPECT_EQ(good, 20);
}

TEST(StoreWriterThread, that_goes_does_what_it_accepted_and_tells_it_afterwards) {
    RealScheduler scheduler;
    CountingStore store;
    TaskGroup group(scheduler);
    Results results(10);
    {
        StoreWriter writer(scheduler, store, {.batch_max = 3});
        for (auto& result : results) {
            group.spawn(put_into(&writer, put("x"), &result));
        }
        scheduler.poll();
    }
    EXPECT_THAT(store.kept, SizeIs(10));
    runtime::run(scheduler, group.join());
    for (const auto& result : results) {
        EXPECT_TRUE(result->has_value());
    }
}

TEST(StoreWriterThread, a_scheduler_that_goes_with_tasks_that_wait_harms_nobody) {
    CountingStore store;
    Results results(3);
    {
        RealScheduler scheduler;
        TaskGroup group(scheduler);
        StoreWriter writer(scheduler, store);
        for (auto& result : results) {
            group.spawn(put_into(&writer, put("x"), &result));
        }
        scheduler.poll();
        group.cancel();
        runtime::run(scheduler, group.join());
    }
    EXPECT_THAT(store.kept, SizeIs(3));
}

}  // namespace
}  // namespace apilab::work
