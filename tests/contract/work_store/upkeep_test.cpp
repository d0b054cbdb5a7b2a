#include "work_store.hpp"

namespace apilab::work {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;

constexpr RetentionTimes times{.bodies = days(10),
                               .keys = days(30),
                               .done_jobs = days(1),
                               .dead_jobs = days(20),
                               .messages = days(15),
                               .quarantine = days(12)};

TEST_P(WorkStore, a_sweep_removes_what_is_over_and_old_and_leaves_the_rest) {
    const auto event = put(slack("e1", "body"));
    complete(claim_one());
    const auto sweep = [&](Duration later) { return ok(store->sweep(times, 100, start + later)); };
    EXPECT_EQ(sweep(days(1)).rows, 0);
    EXPECT_EQ(sweep(days(1) + 1ms).rows, 1) << "the job";
    EXPECT_EQ(ok(store->counts("")), JobCounts());
    EXPECT_EQ(ok(store->event(event.event))->event.body, "body");
    EXPECT_EQ(sweep(days(10) + 1ms).rows, 1) << "the body";
    const auto kept = ok(store->event(event.event));
    ASSERT_TRUE(kept);
    EXPECT_EQ(kept->event.body, "");
    EXPECT_TRUE(kept->event.headers.empty());
    EXPECT_EQ(put(slack("e1", "body")).put, Put::duplicate) << "its key is known";
    EXPECT_EQ(sweep(days(30)).rows, 0);
    EXPECT_EQ(sweep(days(30) + 1ms).rows, 1) << "the key";
    EXPECT_FALSE(ok(store->event(event.event)));
    EXPECT_EQ(put(slack("e1", "body")).put, Put::stored);
}

TEST_P(WorkStore, a_sweep_never_touches_what_is_open) {
    put(slack("open", "1"));
    put(slack("running", "2"));
    put(slack("dead", "3"), {.kind = "test", .priority = -2});
    const auto dead = claim(start, 1);
    ASSERT_EQ(dead.size(), 1);
    EXPECT_TRUE(ok(store->bury(dead[0].ref, "no", start + days(100))));
    ASSERT_EQ(claim(start, 1).size(), 1);
    add("waits", {.kind = "test", .run_at = start + days(500)});
    (void)ok(store->post({.target = "slack", .key = "pending"}, start));
    (void)ok(store->post({.target = "slack", .key = "sending"}, start));
    ASSERT_EQ(ok(store->claim_messages("", 1, 1min, start)).size(), 1);
    const auto swept = ok(store->sweep(times, 100, start + days(110)));
    EXPECT_EQ(swept.rows, 0);
    EXPECT_FALSE(swept.more);
    EXPECT_EQ(ok(store->counts("")),
              (JobCounts{.available = 2, .running = 1, .dead = 1, .oldest_due = start}));
    EXPECT_EQ(ok(store->event_of("slack", "dead"))->event.body, "3");
    EXPECT_EQ(ok(store->messages({}, 10)).size(), 2);
    EXPECT_EQ(put(slack("dead", "3")).put, Put::revived);
}

TEST_P(WorkStore, an_escalated_message_waits_for_a_person) {
    (void)ok(store->post({.target = "slack", .key = "k"}, start));
    EXPECT_TRUE(
        ok(store->settle(claim_message(start).ref, {.state = MessageState::escalated}, start)));
    EXPECT_EQ(ok(store->sweep(times, 100, start + days(1000))).rows, 0);
    EXPECT_EQ(ok(store->messages({}, 10)).size(), 1);
}

TEST_P(WorkStore, an_event_whose_dead_letter_was_swept_still_has_its_chance) {
    Event event = github("e1", "body");
    event.headers = {{"x-github-event", "push"}};
    const auto first = put(event);
    const Job dead = claim_one();
    EXPECT_TRUE(ok(store->bury(dead.ref, "no", start)));
    const auto now = start + days(20) + 1ms;
    EXPECT_EQ(ok(store->sweep(times, 100, now)).rows, 2) << "the job and the body";
    EXPECT_EQ(put(github("e2", "body")).put, Put::replayed);
    const auto again = put(event);
    EXPECT_EQ(again.put, Put::revived);
    EXPECT_EQ(again.event, first.event);
    EXPECT_NE(again.job, first.job);
    const Job job = claim_one();
    EXPECT_EQ(job.payload, "body");
    EXPECT_EQ(job.idempotency_key, dead.idempotency_key);
    complete(job);
    EXPECT_EQ(put(event).put, Put::duplicate);
    EXPECT_EQ(ok(store->event(first.event))->event.headers, event.headers);
}

TEST_P(WorkStore, a_sweep_takes_small_batches_and_says_whether_there_is_more) {
    for (int i = 0; i < 25; ++i) {
        add("a");
    }
    for (const Job& job : claim()) {
        complete(job);
    }
    const auto now = start + days(2);
    std::vector<std::size_t> rows;
    bool more = true;
    while (more) {
        const auto swept = ok(store->sweep(times, 10, now));
        rows.push_back(swept.rows);
        more = swept.more;
    }
    EXPECT_THAT(rows, testing::ElementsAre(10, 10, 5));
    EXPECT_EQ(field(store->sweep(times, 0, now)), "batch");
}

TEST_P(WorkStore, messages_the_quarantine_and_versions_have_their_own_times) {
    (void)ok(store->post({.target = "slack", .key = "k"}, start));
    EXPECT_TRUE(
        ok(store->settle(claim_message(start).ref, {.state = MessageState::applied}, start)));
    EXPECT_EQ(ok(store->sweep(times, 100, start + days(15))).rows, 0);
    EXPECT_EQ(ok(store->sweep(times, 100, start + days(15) + 1ms)).rows, 1);
    EXPECT_FALSE(ok(store->post({.target = "slack", .key = "k"}, start)).known);

    put(slack("e1", "one"));
    put(slack("e1", "two"));
    EXPECT_EQ(ok(store->sweep(times, 100, start + days(12))).rows, 0);
    EXPECT_EQ(ok(store->sweep(times, 100, start + days(12) + 1ms)).rows, 1);
    EXPECT_TRUE(ok(store->quarantined(10)).empty());
    complete(claim_one());

    add("5", {.kind = "test", .entity = "repo:a", .version = 5});
    complete(claim_one());
    while (ok(store->sweep(times, 100, start + days(30))).rows > 0) {
    }
    add("4", {.kind = "test", .entity = "repo:a", .version = 4});
    EXPECT_TRUE(claim_one().stale);
    (void)ok(store->sweep(times, 100, start + days(30) + 1ms));
    add("3", {.kind = "test", .entity = "repo:a", .version = 3});
    EXPECT_FALSE(claim_one().stale);
}

TEST_P(WorkStore, ids_are_not_used_again) {
    const auto first = add("a");
    complete(claim_one());
    EXPECT_EQ(ok(store->sweep(times, 100, start + days(2))).rows, 1);
    EXPECT_GT(add("b"), first) << "an effect is known by the id of its job";
}

TEST_P(WorkStore, an_open_store_has_all_the_steps_that_are_known) {
    const SchemaState schema = ok(store->schema());
    EXPECT_TRUE(schema.current());
    EXPECT_EQ(schema.present, 3);
    EXPECT_FALSE((SchemaState{.present = 4, .known = 3}).current());
}

TEST_P(WorkStore, a_probe_says_that_it_can_be_written) {
    done(store->probe());
    done(store->probe());
    EXPECT_EQ(ok(store->counts("")), JobCounts());
}

}  // namespace
}  // namespace apilab::work
