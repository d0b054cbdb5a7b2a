#include "work_store.hpp"

namespace apilab::work {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

TEST_P(WorkStore, a_batch_is_there_when_it_is_committed_and_not_before) {
    const auto reader = open_again();
    done(store->begin());
    add("a");
    put(slack("e1"));
    EXPECT_EQ(ok(store->counts("")).available, 2) << "one's own changes are seen";
    EXPECT_EQ(ok(reader->counts("")).available, 0);
    done(store->commit());
    EXPECT_EQ(ok(reader->counts("")).available, 2);
}

TEST_P(WorkStore, a_batch_that_is_rolled_back_was_not) {
    done(store->begin());
    add("a");
    store->rollback();
    EXPECT_EQ(ok(store->counts("")), JobCounts());
    add("b");
    EXPECT_EQ(claim_one().payload, "b");
    store->rollback();
    EXPECT_EQ(ok(store->counts("")).running, 1) << "nothing was open";
}

TEST_P(WorkStore, what_is_not_committed_ends_with_its_connection) {
    auto other = open_again();
    done(other->begin());
    (void)ok(other->enqueue({.kind = "test"}, start));
    other.reset();
    EXPECT_EQ(ok(store->counts("")), JobCounts());
}

TEST_P(WorkStore, one_that_fails_takes_back_its_own_part_of_the_batch_alone) {
    done(store->begin());
    add("before");
    const Job job = claim_one();
    EXPECT_FALSE(store->complete(job.ref, {{.target = "slack", .key = ""}}, false, start));
    EXPECT_FALSE(store->enqueue({.kind = ""}, start));
    EXPECT_FALSE(ok(store->complete({.id = 4711, .fence = 1}, {}, false, start)));
    add("after");
    done(store->commit());
    EXPECT_EQ(row(job.ref.id).state, JobState::running);
    EXPECT_EQ(claim_one().payload, "after");
}

TEST_P(WorkStore, a_batch_does_all_that_single_calls_do) {
    done(store->begin());
    put(github("e1", "one"));
    EXPECT_EQ(put(github("e1", "one")).put, Put::duplicate);
    EXPECT_EQ(put(github("e2", "one")).put, Put::replayed);
    const Job job = claim_one();
    EXPECT_TRUE(ok(store->complete(job.ref, {{.target = "slack", .key = "k"}}, false, start)));
    EXPECT_EQ(ok(store->claim_messages("", 10, 1min, start)).size(), 1);
    done(store->put_schedule("s", "every 1m", start));
    EXPECT_TRUE(ok(store->fire("s", start, start + 1min, {.kind = "tick"}, start)));
    done(store->probe());
    done(store->commit());
    EXPECT_EQ(ok(store->counts("")), (JobCounts{.available = 1, .done = 1, .oldest_due = start}));
    EXPECT_EQ(ok(store->quarantined(10)).size(), 1);
}

TEST_P(WorkStore, transactions_do_not_nest) {
    EXPECT_FALSE(store->commit());
    done(store->begin());
    EXPECT_FALSE(store->begin());
    add("a");
    done(store->commit());
    EXPECT_FALSE(store->commit());
    EXPECT_EQ(ok(store->counts("")).available, 1);
}

TEST_P(WorkStore, one_batch_after_another) {
    for (const char* payload : {"a", "b", "c"}) {
        done(store->begin());
        add(payload);
        done(store->commit());
    }
    EXPECT_THAT(payloads(claim()), ElementsAre("a", "b", "c"));
}

}  // namespace
}  // namespace apilab::work
