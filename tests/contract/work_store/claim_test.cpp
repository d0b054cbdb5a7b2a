#include "work_store.hpp"

namespace apilab::work {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

TEST_P(WorkStore, a_claimed_job_belongs_to_one_worker_until_its_lease_is_over) {
    const auto id = add("a");
    const Job first = claim_one();
    EXPECT_EQ(row(id).state, JobState::running);
    EXPECT_EQ(row(id).due, start + 1min);
    EXPECT_TRUE(claim(start + 1min - 1ms).empty());
    const Job second = claim_one(start + 1min);
    EXPECT_EQ(second.attempt, 2);
    EXPECT_EQ(second.idempotency_key, first.idempotency_key);
    EXPECT_THAT(outcomes(ok(store->attempts(id))), ElementsAre("lease_lost", "running"));
    EXPECT_EQ(ok(store->attempts(id))[0].ended, start + 1min);
}

TEST_P(WorkStore, whoever_lost_a_job_changes_nothing) {
    const auto id = add("a");
    const Job late = claim_one();
    const Job mine = claim_one(start + 1min);
    const auto now = start + 61s;
    EXPECT_FALSE(ok(store->heartbeat(late.ref, now + 1h)));
    EXPECT_FALSE(ok(store->complete(late.ref, {{.target = "slack", .key = "late"}}, false, now)));
    EXPECT_FALSE(ok(store->retry(late.ref, now, 0s, "late", now)));
    EXPECT_FALSE(ok(store->bury(late.ref, "late", now)));
    EXPECT_FALSE(ok(store->give_back(late.ref, now)));
    EXPECT_EQ(row(id).state, JobState::running);
    EXPECT_EQ(row(id).due, start + 2min);
    EXPECT_EQ(row(id).reason, "");
    EXPECT_TRUE(ok(store->messages({}, 10)).empty());
    EXPECT_TRUE(ok(store->complete(mine.ref, {}, false, now)));
}

TEST_P(WorkStore, done_is_done) {
    add("a");
    const Job job = claim_one();
    complete(job);
    EXPECT_FALSE(ok(store->complete(job.ref, {}, false, start)));
    EXPECT_FALSE(ok(store->heartbeat(job.ref, start + 1h)));
    EXPECT_FALSE(ok(store->retry(job.ref, start, 0s, "", start)));
    EXPECT_FALSE(ok(store->bury(job.ref, "", start)));
    EXPECT_FALSE(ok(store->give_back(job.ref, start)));
    EXPECT_TRUE(claim(start + 24h).empty());
    EXPECT_EQ(row(job.ref.id).state, JobState::done);
    EXPECT_EQ(row(job.ref.id).finished, start);
}

TEST_P(WorkStore, who_comes_after_the_lease_and_before_another_is_in_time) {
    add("a");
    const Job job = claim_one();
    EXPECT_TRUE(ok(store->complete(job.ref, {}, false, start + 1h)));
}

TEST_P(WorkStore, a_job_that_waits_again_is_nobodys) {
    add("a");
    const Job job = claim_one();
    EXPECT_TRUE(ok(store->retry(job.ref, start + 1h, 1h, "", start)));
    EXPECT_FALSE(ok(store->complete(job.ref, {}, false, start)));
    EXPECT_FALSE(ok(store->heartbeat(job.ref, start + 2h)));
}

TEST_P(WorkStore, a_heartbeat_makes_the_lease_longer) {
    add("a");
    const Job job = claim_one();
    EXPECT_TRUE(ok(store->heartbeat(job.ref, start + 2min)));
    EXPECT_TRUE(claim(start + 2min - 1ms).empty());
    EXPECT_EQ(ok(store->next_due("default")), start + 2min);
    EXPECT_EQ(claim(start + 2min).size(), 1);
}

TEST_P(WorkStore, a_job_that_kills_its_worker_every_time_is_a_dead_letter_too) {
    const auto id = add("a", {.kind = "test", .attempts_max = 2});
    EXPECT_EQ(claim().size(), 1);
    EXPECT_EQ(claim(start + 1min).size(), 1);
    EXPECT_TRUE(claim(start + 2min).empty());
    const JobRow dead = row(id);
    EXPECT_EQ(dead.state, JobState::dead);
    EXPECT_EQ(dead.reason, "the lease of its last attempt ran out");
    EXPECT_EQ(dead.finished, start + 2min);
    EXPECT_THAT(outcomes(ok(store->attempts(id))), ElementsAre("lease_lost", "lease_lost"));
}

TEST_P(WorkStore, dead_letters_do_not_use_up_what_was_asked_for) {
    for (int i = 0; i < 5; ++i) {
        add("dead", {.kind = "test", .attempts_max = 1});
    }
    EXPECT_EQ(claim().size(), 5);
    add("alive", {.kind = "test", .run_at = start + 1h});
    EXPECT_THAT(payloads(claim(start + 2h, 2)), ElementsAre("alive"));
    EXPECT_EQ(ok(store->counts("")).dead, 5);
}

TEST_P(WorkStore, lower_priorities_then_the_longest_due_then_the_oldest_come_first) {
    add("third", {.kind = "test", .run_at = start - 1s});
    add("fourth", {.kind = "test", .run_at = start - 1s});
    add("second", {.kind = "test", .run_at = start - 2s});
    add("last", {.kind = "test", .run_at = start - 1h, .priority = 5});
    add("first", {.kind = "test", .priority = -5});
    add("not yet", {.kind = "test", .run_at = start + 1ms, .priority = -9});
    EXPECT_THAT(payloads(claim()), ElementsAre("first", "second", "third", "fourth", "last"));
}

TEST_P(WorkStore, a_claim_takes_so_many_and_no_more) {
    for (const char* payload : {"a", "b", "c"}) {
        add(payload, {.kind = "test", .priority = payload[0] - 'a'});
    }
    EXPECT_THAT(payloads(claim(start, 2)), ElementsAre("a", "b"));
    EXPECT_THAT(payloads(claim(start, 2)), ElementsAre("c"));
}

TEST_P(WorkStore, a_job_whose_worker_died_comes_beside_the_others) {
    add("a");
    EXPECT_EQ(claim().size(), 1);
    add("b");
    EXPECT_THAT(payloads(claim(start + 1min)), ElementsAre("b", "a"));
}

TEST_P(WorkStore, a_queue_is_one_of_several) {
    add("a", {.queue = "q1", .kind = "test"});
    EXPECT_TRUE(claim().empty());
    EXPECT_EQ(ok(store->next_due("default")), std::nullopt);
    EXPECT_EQ(ok(store->next_due("q1")), start);
    EXPECT_EQ(ok(store->claim({.queue = "q1", .worker = "w"}, start)).size(), 1);
}

TEST_P(WorkStore, next_due_is_the_first_of_what_waits_and_of_leases) {
    EXPECT_EQ(ok(store->next_due("default")), std::nullopt);
    add("a", {.kind = "test", .run_at = start + 1h});
    EXPECT_EQ(ok(store->next_due("default")), start + 1h);
    add("b", {.kind = "test", .priority = 7});
    EXPECT_EQ(ok(store->next_due("default")), start);
    const Job job = claim_one();
    EXPECT_EQ(ok(store->next_due("default")), start + 1min) << "when its lease is over";
    complete(job);
    EXPECT_EQ(ok(store->next_due("default")), start + 1h);
}

TEST_P(WorkStore, nothing_of_a_paused_queue_is_claimed_until_it_goes_on) {
    add("a");
    add("b");
    const auto running = claim(start, 1);
    ASSERT_EQ(running.size(), 1);
    done(store->pause("default", "Slack is down", start));
    done(store->pause("default", "still", start + 1h));
    EXPECT_TRUE(claim(start + 24h).empty()) << "not even one whose lease is over";
    EXPECT_EQ(ok(store->next_due("default")), std::nullopt);
    add("c");
    complete(running[0]);
    const auto paused = ok(store->paused());
    ASSERT_EQ(paused.size(), 1);
    EXPECT_EQ(paused[0].queue, "default");
    EXPECT_EQ(paused[0].reason, "still");
    EXPECT_EQ(paused[0].since, start);
    EXPECT_TRUE(ok(store->resume("default")));
    EXPECT_FALSE(ok(store->resume("default")));
    EXPECT_THAT(payloads(claim()), ElementsAre("b", "c"));
}

TEST_P(WorkStore, what_cannot_be_claimed_is_refused_by_the_name_of_the_field) {
    const auto refused = [&](const Claim& claim) { return field(store->claim(claim, start)); };
    EXPECT_EQ(refused({.queue = "A"}), "queue");
    EXPECT_EQ(refused({.limit = 0}), "limit");
    EXPECT_EQ(refused({.limit = 1001}), "limit");
    EXPECT_EQ(refused({.lease = 999ms}), "lease");
    EXPECT_EQ(refused({.lease = 25h}), "lease");
    EXPECT_EQ(refused({.worker = std::string(256, 'x')}), "worker");
    EXPECT_EQ(refused({.limit = 1000, .lease = 24h, .worker = std::string(255, 'x')}), "no error");
}

TEST_P(WorkStore, ids_and_claims_are_there_after_it_was_opened_again) {
    put(slack("e1"));
    put(slack("e2"));
    ASSERT_EQ(claim(start, 1).size(), 1);
    store = open_again();
    EXPECT_EQ(ok(store->counts("")).available, 1);
    EXPECT_EQ(ok(store->counts("")).running, 1);
    EXPECT_EQ(put(slack("e1")).put, Put::duplicate);
    EXPECT_EQ(claim().size(), 1) << "only the one that nobody had claimed";
    EXPECT_EQ(claim(start + 1min).size(), 2) << "both leases ran out";
}

}  // namespace
}  // namespace apilab::work
