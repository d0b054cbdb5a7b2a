#include "work_store.hpp"

namespace apilab::work {
namespace {

using namespace std::chrono_literals;

TEST_P(WorkStore, a_schedule_is_kept_and_changes_only_with_its_spec) {
    done(store->put_schedule("weekly", "cron 0 9 * * 1", start + 1h));
    done(store->put_schedule("often", "every 1m", start));
    done(store->put_schedule("weekly", "cron 0 9 * * 1", start + 99h));
    auto rows = ok(store->schedules());
    ASSERT_EQ(rows.size(), 2);
    EXPECT_EQ(rows[0].name, "often");
    EXPECT_EQ(rows[1].name, "weekly");
    EXPECT_EQ(rows[1].spec, "cron 0 9 * * 1");
    EXPECT_EQ(rows[1].next, start + 1h) << "the same spec: a restart does not move it";
    EXPECT_FALSE(rows[1].last);
    EXPECT_FALSE(rows[1].paused);
    done(store->put_schedule("weekly", "cron 0 8 * * 1", start + 2h));
    EXPECT_EQ(ok(store->schedules())[1].next, start + 2h);
    EXPECT_TRUE(ok(store->remove_schedule("weekly")));
    EXPECT_FALSE(ok(store->remove_schedule("weekly")));
    EXPECT_EQ(ok(store->schedules()).size(), 1);
    EXPECT_EQ(field(store->put_schedule("Not", "every 1m", start)), "name");
}

TEST_P(WorkStore, of_several_that_fire_one_does_it) {
    done(store->put_schedule("often", "every 1m", start));
    const auto other = open_again();
    const NewJob job{.kind = "tick"};
    EXPECT_TRUE(ok(store->fire("often", start, start + 1min, job, start + 1s)));
    EXPECT_FALSE(ok(other->fire("often", start, start + 1min, job, start + 1s)));
    EXPECT_EQ(ok(store->counts("")).available, 1);
    const auto rows = ok(store->schedules());
    EXPECT_EQ(rows[0].next, start + 1min);
    EXPECT_EQ(rows[0].last, start + 1s);
    EXPECT_FALSE(ok(store->fire("none", start, start + 1min, job, start)));
    EXPECT_TRUE(ok(other->fire("often", start + 1min, start + 2min, job, start + 1min)));
}

TEST_P(WorkStore, a_schedule_is_moved_on_without_a_run_by_one) {
    done(store->put_schedule("often", "every 1m", start));
    EXPECT_TRUE(ok(store->fire("often", start, start + 1min, {.kind = "tick"}, start + 1s)));
    const auto other = open_again();
    EXPECT_FALSE(ok(store->skip_schedule("often", start, start + 1h)));
    EXPECT_TRUE(ok(store->skip_schedule("often", start + 1min, start + 1h)));
    EXPECT_FALSE(ok(other->skip_schedule("often", start + 1min, start + 1h)));
    EXPECT_FALSE(ok(store->skip_schedule("none", start, start + 1h)));
    const auto rows = ok(store->schedules());
    EXPECT_EQ(rows[0].next, start + 1h);
    EXPECT_EQ(rows[0].last, start + 1s) << "it was fired then, and not since";
    EXPECT_EQ(rows[0].spec, "every 1m");
    EXPECT_EQ(ok(store->counts("")).available, 1);
}

TEST_P(WorkStore, a_schedule_stays_where_its_job_is_refused) {
    done(store->put_schedule("often", "every 1m", start));
    EXPECT_EQ(field(store->fire("often", start, start + 1min, {.kind = ""}, start)), "kind");
    EXPECT_EQ(ok(store->schedules())[0].next, start);
}

TEST_P(WorkStore, a_paused_schedule_is_not_fired) {
    done(store->put_schedule("often", "every 1m", start));
    EXPECT_TRUE(ok(store->pause_schedule("often", true)));
    EXPECT_FALSE(ok(store->pause_schedule("none", true)));
    EXPECT_TRUE(ok(store->schedules())[0].paused);
    EXPECT_FALSE(ok(store->fire("often", start, start + 1min, {.kind = "tick"}, start)));
    EXPECT_FALSE(ok(store->skip_schedule("often", start, start + 1min)));
    EXPECT_TRUE(ok(store->pause_schedule("often", false)));
    EXPECT_TRUE(ok(store->fire("often", start, start + 1min, {.kind = "tick"}, start)));
}

}  // namespace
}  // namespace apilab::work
