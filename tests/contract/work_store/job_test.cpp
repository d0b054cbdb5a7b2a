#include "work_store.hpp"

namespace apilab::work {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

TEST_P(WorkStore, a_job_comes_as_it_was_given) {
    const auto id = add("payload", {.kind = "index",
                                    .order_key = "o",
                                    .entity = "repo:a",
                                    .version = 7,
                                    .attempts_max = 3,
                                    .trace_context = "00-1-2-01"});
    const Job job = claim_one();
    EXPECT_EQ(job.ref.id, id);
    EXPECT_EQ(job.queue, "default");
    EXPECT_EQ(job.kind, "index");
    EXPECT_EQ(job.payload, "payload");
    EXPECT_EQ(job.idempotency_key, "job:" + std::to_string(id));
    EXPECT_EQ(job.order_key, "o");
    EXPECT_EQ(job.entity, "repo:a");
    EXPECT_EQ(job.version, 7);
    EXPECT_EQ(job.attempt, 1);
    EXPECT_EQ(job.attempts_max, 3);
    EXPECT_EQ(job.last_delay, 0s);
    EXPECT_EQ(job.created, start);
    EXPECT_EQ(job.event, 0);
    EXPECT_EQ(job.source, "");
    EXPECT_EQ(job.trace_context, "00-1-2-01");
    EXPECT_FALSE(job.stale);
}

TEST_P(WorkStore, a_job_that_is_given_back_waits_and_knows_for_how_long) {
    const auto id = add("a");
    EXPECT_TRUE(ok(store->retry(claim_one().ref, start + 10s, 10s, "HTTP 503", start + 1s)));
    EXPECT_EQ(row(id).reason, "HTTP 503");
    EXPECT_EQ(row(id).state, JobState::available);
    EXPECT_EQ(row(id).due, start + 10s);
    EXPECT_TRUE(claim(start + 10s - 1ms).empty());
    const Job again = claim_one(start + 10s);
    EXPECT_EQ(again.attempt, 2);
    EXPECT_EQ(again.last_delay, 10s);
}

TEST_P(WorkStore, the_last_attempt_ends_in_a_dead_letter_with_its_reason_and_attempts) {
    const auto id = add("a", {.kind = "test", .attempts_max = 2});
    EXPECT_TRUE(ok(store->retry(claim_one().ref, start + 1s, 1s, "HTTP 503", start)));
    EXPECT_TRUE(
        ok(store->retry(claim_one(start + 1s).ref, start + 2s, 1s, "HTTP 422", start + 1500ms)));
    EXPECT_TRUE(claim(start + 24h).empty());
    const JobRow dead = row(id);
    EXPECT_EQ(dead.state, JobState::dead);
    EXPECT_EQ(dead.reason, "HTTP 422");
    EXPECT_EQ(dead.job.attempt, 2);
    EXPECT_EQ(dead.finished, start + 1500ms);
    const auto attempts = ok(store->attempts(id));
    ASSERT_THAT(outcomes(attempts), ElementsAre("retry", "dead"));
    EXPECT_EQ(attempts[0].attempt, 1);
    EXPECT_EQ(attempts[0].worker, "w1");
    EXPECT_EQ(attempts[0].started, start);
    EXPECT_EQ(attempts[0].ended, start);
    EXPECT_EQ(attempts[0].reason, "HTTP 503");
    EXPECT_EQ(attempts[1].started, start + 1s);
    EXPECT_EQ(attempts[1].ended, start + 1500ms);
    EXPECT_EQ(ok(store->next_due("default")), std::nullopt);
}

TEST_P(WorkStore, what_can_never_work_is_a_dead_letter_at_once) {
    const auto id = add("a");
    EXPECT_TRUE(ok(store->bury(claim_one().ref, "no such repository", start)));
    EXPECT_EQ(row(id).state, JobState::dead);
    EXPECT_EQ(row(id).reason, "no such repository");
    EXPECT_TRUE(claim(start + 24h).empty());
}

TEST_P(WorkStore, what_a_worker_gives_back_at_its_end_was_no_attempt) {
    const auto id = add("a");
    EXPECT_TRUE(ok(store->give_back(claim_one().ref, start + 5s)));
    EXPECT_EQ(ok(store->next_due("default")), start);
    const Job again = claim_one(start + 5s);
    EXPECT_EQ(again.attempt, 1);
    complete(again);
    EXPECT_THAT(outcomes(ok(store->attempts(id))), ElementsAre("returned", "done"));
}

TEST_P(WorkStore, what_is_given_back_has_its_old_place) {
    const auto first = add("1");
    const auto second = add("2", {.kind = "test", .run_at = start + 2s});
    const Job job = claim_one();
    EXPECT_TRUE(ok(store->give_back(job.ref, start + 5s)));
    EXPECT_EQ(row(first).due, start);
    const auto lost = claim(start + 5s);
    EXPECT_THAT(payloads(lost), ElementsAre("1", "2")) << "and not behind what came after it";
    const auto again = claim(start + 5s + 1min);
    ASSERT_THAT(payloads(again), ElementsAre("1", "2")) << "their worker is gone";
    EXPECT_TRUE(ok(store->give_back(again[1].ref, start + 2min)));
    EXPECT_EQ(row(second).due, start + 2s) << "and not when its lease ended";
    EXPECT_TRUE(ok(store->give_back(again[0].ref, start - 1h)));
    EXPECT_EQ(row(first).due, start - 1h) << "at once, also where the clock was set back";
}

TEST_P(WorkStore, attempts_show_what_runs_and_how_it_went) {
    const auto id = add("a");
    const Job job = claim_one();
    const auto running = ok(store->attempts(id));
    ASSERT_THAT(outcomes(running), ElementsAre("running"));
    EXPECT_EQ(running[0].worker, "w1");
    EXPECT_EQ(running[0].started, start);
    EXPECT_FALSE(running[0].ended);
    EXPECT_TRUE(ok(store->complete(job.ref, {}, false, start + 3s)));
    const auto done = ok(store->attempts(id));
    ASSERT_THAT(outcomes(done), ElementsAre("done"));
    EXPECT_EQ(done[0].ended, start + 3s);
    EXPECT_TRUE(ok(store->attempts(4711)).empty());
}

TEST_P(WorkStore, a_reason_is_kept_short_and_readable) {
    const auto reason_of = [&](std::string_view reason) {
        const auto id = add("a");
        EXPECT_TRUE(ok(store->bury(claim_one().ref, reason, start)));
        return row(id).reason;
    };
    EXPECT_EQ(reason_of(std::string(600, 'x')), std::string(500, 'x'));
    EXPECT_EQ(reason_of(std::string(499, 'x') + "\u20AC"), std::string(499, 'x'));
    EXPECT_EQ(reason_of(std::string_view("a\0b", 3)), "a b");
    EXPECT_EQ(reason_of("a\xFFz"), "a?z");
}

TEST_P(WorkStore, an_older_version_than_was_done_is_stale) {
    add("5", {.kind = "test", .entity = "repo:a", .version = 5});
    complete(claim_one());
    add("4", {.kind = "test", .entity = "repo:a", .version = 4});
    const Job old = claim_one();
    EXPECT_TRUE(old.stale);
    EXPECT_TRUE(ok(store->complete(old.ref, {}, true, start)));
    EXPECT_THAT(outcomes(ok(store->attempts(old.ref.id))), ElementsAre("stale"));
    add("5 again", {.kind = "test", .entity = "repo:a", .version = 5});
    EXPECT_FALSE(claim_one().stale) << "the same is not older";
    add("other", {.kind = "test", .entity = "repo:b", .version = 1});
    EXPECT_FALSE(claim_one().stale);
    add("none", {.kind = "test", .version = 1});
    EXPECT_FALSE(claim_one().stale);
}

TEST_P(WorkStore, only_what_was_done_makes_others_stale) {
    add("9", {.kind = "test", .entity = "repo:a", .version = 9});
    EXPECT_TRUE(ok(store->bury(claim_one().ref, "no", start)));
    add("8", {.kind = "test", .entity = "repo:a", .version = 8});
    const Job job = claim_one();
    EXPECT_FALSE(job.stale);
    EXPECT_TRUE(ok(store->complete(job.ref, {}, true, start))) << "as stale: not done";
    add("7", {.kind = "test", .entity = "repo:a", .version = 7});
    EXPECT_FALSE(claim_one().stale);
}

TEST_P(WorkStore, a_late_old_one_does_not_take_the_version_back) {
    add("5", {.kind = "test", .entity = "repo:a", .version = 5});
    add("6", {.kind = "test", .entity = "repo:a", .version = 6});
    const auto both = claim();
    ASSERT_EQ(both.size(), 2);
    complete(both[1]);
    complete(both[0]);
    add("5 again", {.kind = "test", .entity = "repo:a", .version = 5});
    EXPECT_TRUE(claim_one().stale);
}

TEST_P(WorkStore, a_burst_becomes_one_job_with_the_newest_payload_and_the_first_time) {
    const NewJob job{.kind = "test", .coalesce_key = "repo:a", .run_at = start + 10s};
    const auto first = add("1", job);
    auto later = job;
    later.run_at = start + 99s;
    later.payload = "2";
    const auto second = ok(store->enqueue(later, start));
    EXPECT_TRUE(second.coalesced);
    EXPECT_EQ(second.id, first);
    EXPECT_EQ(add("3", job), first);
    EXPECT_EQ(row(first).coalesced, 2);
    EXPECT_EQ(row(first).due, start + 10s);
    EXPECT_EQ(claim_one(start + 10s).payload, "3");
}

TEST_P(WorkStore, an_older_version_does_not_replace_what_waits) {
    add("5", {.kind = "test", .coalesce_key = "c", .entity = "repo:a", .version = 5});
    add("4", {.kind = "test", .coalesce_key = "c", .entity = "repo:a", .version = 4});
    const Job job = claim_one();
    EXPECT_EQ(job.payload, "5");
    EXPECT_EQ(job.version, 5);
    EXPECT_EQ(row(job.ref.id).coalesced, 1);
}

TEST_P(WorkStore, what_runs_already_takes_nothing_more) {
    add("1", {.kind = "test", .coalesce_key = "c"});
    const Job running = claim_one();
    EXPECT_NE(add("2", {.kind = "test", .coalesce_key = "c"}), running.ref.id);
    EXPECT_EQ(claim_one().payload, "2");
    add("other queue", {.queue = "q2", .kind = "test", .coalesce_key = "c"});
    EXPECT_EQ(ok(store->counts("q2")).available, 1);
}

TEST_P(WorkStore, events_that_go_into_one_job_leave_it_the_newest_body_and_key) {
    const NewJob job{.kind = "test", .coalesce_key = "repo:a"};
    const auto first = put(slack("e1", "one"), job);
    const auto second = put(slack("e2", "two"), job);
    EXPECT_EQ(second.put, Put::stored);
    EXPECT_EQ(second.job, first.job);
    const Job taken = claim_one();
    EXPECT_EQ(taken.payload, "two");
    EXPECT_EQ(taken.idempotency_key, "slack:e2");
    EXPECT_EQ(taken.event, second.event);
    EXPECT_TRUE(ok(store->bury(taken.ref, "no", start)));
    EXPECT_EQ(put(slack("e1", "one"), job).put, Put::revived) << "either wakes it";
    EXPECT_EQ(put(slack("e2", "two"), job).put, Put::duplicate);
}

TEST_P(WorkStore, what_a_tried_job_takes_in_is_another_effect) {
    add("1", {.kind = "test", .coalesce_key = "c"});
    const Job tried = claim_one();
    EXPECT_TRUE(ok(store->retry(tried.ref, start, 0s, "HTTP 502", start)));
    add("2", {.kind = "test", .coalesce_key = "c"});
    const Job job = claim_one();
    EXPECT_EQ(job.ref.id, tried.ref.id);
    EXPECT_EQ(job.payload, "2");
    EXPECT_NE(job.idempotency_key, tried.idempotency_key);
}

TEST_P(WorkStore, dead_letters_are_redriven_by_filter_and_at_a_pace_under_their_own_keys) {
    std::vector<std::int64_t> ids;
    for (const char* payload : {"a", "b", "c", "d"}) {
        ids.push_back(add(payload, {.kind = payload[0] == 'd' ? "other" : "test"}));
    }
    const auto jobs = claim();
    ASSERT_EQ(jobs.size(), 4);
    for (const Job& job : jobs) {
        EXPECT_TRUE(ok(store->bury(job.ref, "HTTP 422: " + job.payload, start)));
    }
    EXPECT_EQ(ok(store->redrive({.kind = "test"}, 10s, 2, start + 1h)), 2);
    EXPECT_EQ(row(ids[0]).due, start + 1h) << "the oldest first";
    EXPECT_EQ(row(ids[1]).due, start + 1h + 10s);
    EXPECT_EQ(row(ids[2]).state, JobState::dead);
    EXPECT_EQ(ok(store->redrive({.reason_has = "422: d"}, 0s, 10, start + 1h)), 1);
    EXPECT_EQ(row(ids[3]).redrives, 1);
    const auto due = claim(start + 1h);
    ASSERT_THAT(payloads(due), ElementsAre("a", "d"));
    const Job& again = due[0];
    EXPECT_EQ(again.attempt, 1);
    EXPECT_EQ(again.last_delay, 0s);
    EXPECT_EQ(again.idempotency_key, jobs[0].idempotency_key);
    EXPECT_FALSE(ok(store->complete(jobs[0].ref, {}, false, start + 1h))) << "an old claim";
    EXPECT_EQ(ok(store->redrive({.id = ids[2]}, 0s, 10, start)), 1);
    EXPECT_EQ(ok(store->redrive({}, 0s, 10, start)), 0) << "none is dead any more";
    EXPECT_EQ(field(store->redrive({}, -1s, 10, start)), "pace");
}

TEST_P(WorkStore, jobs_are_found_by_what_is_known_of_them) {
    put(github("e1"), {.kind = "push"});
    put(slack("e2"), {.queue = "q2", .kind = "message"});
    const auto third = ok(store->enqueue({.kind = "cron"}, start + 1h)).id;
    const auto kinds = [&](const JobFilter& filter) {
        std::vector<std::string> all;
        for (const JobRow& found : ok(store->jobs(filter, 10))) {
            all.push_back(found.job.kind);
        }
        return all;
    };
    EXPECT_THAT(kinds({}), ElementsAre("cron", "message", "push"));
    EXPECT_THAT(kinds({.id = third}), ElementsAre("cron"));
    EXPECT_THAT(kinds({.queue = "q2"}), ElementsAre("message"));
    EXPECT_THAT(kinds({.kind = "push"}), ElementsAre("push"));
    EXPECT_THAT(kinds({.source = "slack"}), ElementsAre("message"));
    EXPECT_THAT(kinds({.type = "push"}), ElementsAre("push"));
    EXPECT_THAT(kinds({.since = start + 1h}), ElementsAre("cron"));
    EXPECT_THAT(kinds({.until = start + 1h}), ElementsAre("message", "push"));
    EXPECT_THAT(kinds({.state = JobState::dead}), ElementsAre());
    EXPECT_EQ(ok(store->jobs({}, 2)).size(), 2);
}

TEST_P(WorkStore, counts_are_of_one_queue_or_of_all) {
    add("1");
    add("2", {.kind = "test", .order_key = "o"});
    add("3", {.kind = "test", .order_key = "o", .run_at = start - 1h});
    add("other", {.queue = "q2", .kind = "test"});
    EXPECT_EQ(ok(store->counts("default")), (JobCounts{.available = 3, .oldest_due = start - 1h}));
    const auto jobs = claim();
    ASSERT_EQ(jobs.size(), 2);
    complete(jobs[0]);
    EXPECT_EQ(ok(store->counts("default")),
              (JobCounts{.available = 1, .running = 1, .done = 1, .oldest_due = start - 1h}));
    EXPECT_TRUE(ok(store->bury(jobs[1].ref, "no", start)));
    EXPECT_EQ(ok(store->counts("default")),
              (JobCounts{.available = 1, .done = 1, .dead = 1, .oldest_due = start - 1h}));
    EXPECT_EQ(ok(store->counts("")),
              (JobCounts{.available = 2, .done = 1, .dead = 1, .oldest_due = start - 1h}));
    EXPECT_EQ(ok(store->counts("empty")), JobCounts());
}

TEST_P(WorkStore, what_cannot_be_a_job_is_refused_by_the_name_of_the_field) {
    const auto refused = [&](const NewJob& job) { return field(store->enqueue(job, start)); };
    const std::string long_text(256, 'x');
    EXPECT_EQ(refused({.queue = "", .kind = "test"}), "queue");
    EXPECT_EQ(refused({}), "kind");
    EXPECT_EQ(refused({.kind = "a b"}), "kind");
    EXPECT_EQ(refused({.kind = "test", .idempotency_key = long_text}), "idempotency_key");
    EXPECT_EQ(refused({.kind = "test", .order_key = long_text}), "order_key");
    EXPECT_EQ(refused({.kind = "test", .coalesce_key = long_text}), "coalesce_key");
    EXPECT_EQ(refused({.kind = "test", .entity = long_text}), "entity");
    EXPECT_EQ(refused({.kind = "test", .attempts_max = 0}), "attempts_max");
    EXPECT_EQ(refused({.kind = "test", .attempts_max = 101}), "attempts_max");
    EXPECT_EQ(refused({.kind = "test", .trace_context = std::string(513, 'x')}), "trace_context");
    EXPECT_EQ(ok(store->counts("")), JobCounts());
}

}  // namespace
}  // namespace apilab::work
