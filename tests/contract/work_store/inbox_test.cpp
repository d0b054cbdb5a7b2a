#include "work_store.hpp"

namespace apilab::work {
namespace {

using namespace std::chrono_literals;

TEST_P(WorkStore, a_new_event_is_stored_and_its_job_has_its_bytes) {
    Event event = github("e1", std::string("\0\xFF{\n\"a\" : 1.0}\0", 15));
    event.headers = {{"x-github-event", "push"}, {"x-odd", "a,b:c\xFF"}, {"x-empty", ""}};
    const auto result = put(event);
    EXPECT_EQ(result.put, Put::stored);
    const auto kept = ok(store->event(result.event));
    ASSERT_TRUE(kept);
    EXPECT_EQ(kept->event.body, event.body);
    EXPECT_EQ(kept->event.headers, event.headers);
    EXPECT_EQ(kept->event.source, "github");
    EXPECT_EQ(kept->event.type, "push");
    EXPECT_FALSE(kept->event.id_is_signed);
    EXPECT_EQ(kept->received, start);
    EXPECT_EQ(kept->deliveries, 1);
    EXPECT_EQ(kept->job, result.job);
    const Job job = claim_one();
    EXPECT_EQ(job.ref.id, result.job);
    EXPECT_EQ(job.payload, event.body);
    EXPECT_EQ(job.event, result.event);
    EXPECT_EQ(job.source, "github");
    EXPECT_EQ(job.type, "push");
    EXPECT_EQ(job.idempotency_key, "github:e1");
}

TEST_P(WorkStore, the_same_id_again_is_counted_and_adds_nothing) {
    const auto first = put(slack("e1"));
    const auto again = ok(store->put(slack("e1"), {.kind = "test"}, start + 5s));
    EXPECT_EQ(again.put, Put::duplicate);
    EXPECT_EQ(again.event, first.event);
    EXPECT_EQ(again.job, first.job);
    const Job job = claim_one();
    EXPECT_EQ(put(slack("e1")).put, Put::duplicate) << "while it runs";
    complete(job);
    EXPECT_EQ(put(slack("e1")).put, Put::duplicate) << "when it is done";
    EXPECT_TRUE(claim().empty());
    const auto kept = ok(store->event(first.event));
    EXPECT_EQ(kept->deliveries, 4);
    EXPECT_EQ(kept->received, start);
    EXPECT_EQ(kept->last_seen, start + 5s);
}

TEST_P(WorkStore, an_id_counts_within_its_source_and_scope) {
    Event scoped = slack("e1", "another");
    scoped.scope = "T1";
    Event foreign = slack("e1");
    foreign.source = "notion";
    EXPECT_EQ(put(slack("e1")).put, Put::stored);
    EXPECT_EQ(put(scoped).put, Put::stored);
    EXPECT_EQ(put(foreign).put, Put::stored);
    EXPECT_EQ(put(scoped).put, Put::duplicate);
    EXPECT_EQ(claim().size(), 3);
}

TEST_P(WorkStore, parts_of_a_key_are_not_glued_together) {
    Event left = slack("c");
    left.scope = "ab";
    Event right = slack("bc");
    right.scope = "a";
    EXPECT_EQ(put(left).put, Put::stored);
    EXPECT_EQ(put(right).put, Put::stored);
}

TEST_P(WorkStore, a_dead_letter_that_is_sent_again_has_another_chance_under_the_same_key) {
    const auto first = put(slack("e1"), {.kind = "test", .attempts_max = 1});
    const Job dead = claim_one();
    EXPECT_TRUE(ok(store->retry(dead.ref, start + 1s, 1s, "HTTP 500", start)));
    EXPECT_EQ(ok(store->counts("")).dead, 1);
    const auto again = ok(store->put(slack("e1"), {.kind = "test"}, start + 1h));
    EXPECT_EQ(again.put, Put::revived);
    EXPECT_EQ(again.job, first.job);
    EXPECT_TRUE(claim(start).empty());
    const Job job = claim_one(start + 1h);
    EXPECT_EQ(job.attempt, 1);
    EXPECT_EQ(job.idempotency_key, dead.idempotency_key);
    EXPECT_NE(job.ref.fence, dead.ref.fence);
    EXPECT_EQ(row(first.job).redrives, 1);
}

TEST_P(WorkStore, a_known_id_with_another_body_is_put_aside_and_the_first_stays) {
    const auto first = put(slack("e1", "one"));
    const auto other = put(slack("e1", "two"));
    EXPECT_EQ(other.put, Put::conflict);
    EXPECT_EQ(other.event, 0);
    EXPECT_EQ(other.job, 0);
    EXPECT_EQ(put(slack("e1", "two")).put, Put::conflict);
    EXPECT_EQ(claim_one().payload, "one");
    const auto aside = ok(store->quarantined(10));
    ASSERT_EQ(aside.size(), 1) << "one entry, however often it comes";
    EXPECT_EQ(aside[0].why, Put::conflict);
    EXPECT_EQ(aside[0].event.body, "two");
    EXPECT_EQ(aside[0].event.sender_id, "e1");
    EXPECT_EQ(aside[0].known, first.event);
    EXPECT_EQ(aside[0].received, start);
}

TEST_P(WorkStore, a_sender_whose_body_changes_is_known_by_its_id_and_the_first_body_stays) {
    Event attempt = slack("e1", "attempt 1");
    attempt.body_changes = true;
    const auto first = put(attempt, {.kind = "test", .attempts_max = 1});
    EXPECT_EQ(first.put, Put::stored);
    attempt.body = "attempt 2";
    EXPECT_EQ(put(attempt).put, Put::duplicate);
    EXPECT_TRUE(ok(store->quarantined(10)).empty());
    EXPECT_TRUE(ok(store->bury(claim_one().ref, "no", start)));
    attempt.body = "attempt 3";
    EXPECT_EQ(put(attempt).put, Put::revived);
    EXPECT_EQ(claim_one().payload, "attempt 1");
    const auto kept = ok(store->event(first.event));
    EXPECT_EQ(kept->event.body, "attempt 1");
    EXPECT_EQ(kept->deliveries, 3);
    attempt.body_changes = false;
    EXPECT_EQ(put(attempt).put, Put::conflict) << "it is said of each delivery";
}

TEST_P(WorkStore, where_ids_are_not_signed_another_body_is_never_a_copy) {
    put(github("e1", "one"));
    Event caught = github("e1", "two");
    caught.body_changes = true;
    EXPECT_EQ(put(caught).put, Put::conflict);
    caught.sender_id = "e2";
    caught.body = "one";
    EXPECT_EQ(put(caught).put, Put::replayed);
}

TEST_P(WorkStore, a_known_body_under_a_new_id_is_a_replay_where_ids_are_not_signed) {
    const auto first = put(github("e1", "caught"));
    complete(claim_one());
    for (const char* id : {"e2", "e3", "e4"}) {
        EXPECT_EQ(put(github(id, "caught")).put, Put::replayed);
    }
    Event scoped = github("e5", "caught");
    scoped.scope = "another";
    EXPECT_EQ(put(scoped).put, Put::replayed) << "nobody signs the scope either";
    EXPECT_TRUE(claim().empty());
    const auto aside = ok(store->quarantined(10));
    ASSERT_EQ(aside.size(), 1) << "one entry for one body, under however many ids";
    EXPECT_EQ(aside[0].why, Put::replayed);
    EXPECT_EQ(aside[0].known, first.event);
    EXPECT_EQ(put(github("e1", "caught")).put, Put::duplicate);
}

TEST_P(WorkStore, a_replay_under_a_known_id_is_a_replay_too) {
    put(github("e1", "one"));
    put(github("e2", "two"));
    EXPECT_EQ(put(github("e1", "two")).put, Put::replayed);
    EXPECT_EQ(put(github("e1", "three")).put, Put::conflict);
}

TEST_P(WorkStore, a_replay_does_not_wake_a_dead_letter) {
    put(github("e1", "caught"), {.kind = "test", .attempts_max = 1});
    EXPECT_TRUE(ok(store->bury(claim_one().ref, "no", start)));
    EXPECT_EQ(put(github("e2", "caught")).put, Put::replayed);
    EXPECT_EQ(ok(store->counts("")).dead, 1);
    EXPECT_EQ(put(github("e1", "caught")).put, Put::revived);
}

TEST_P(WorkStore, the_same_body_under_signed_ids_is_another_event) {
    EXPECT_EQ(put(slack("e1", "same")).put, Put::stored);
    EXPECT_EQ(put(slack("e2", "same")).put, Put::stored);
    Event foreign = github("e3", "same");
    EXPECT_EQ(put(foreign).put, Put::stored) << "of another source";
}

TEST_P(WorkStore, what_is_released_runs_under_a_key_of_its_own) {
    put(slack("e1", "one"));
    const Job first = claim_one();
    complete(first);
    put(slack("e1", "two"));
    const auto aside = ok(store->quarantined(10));
    ASSERT_EQ(aside.size(), 1);
    EXPECT_TRUE(ok(store->release(aside[0].id, {.kind = "test"}, start)));
    EXPECT_FALSE(ok(store->release(aside[0].id, {.kind = "test"}, start)));
    EXPECT_TRUE(ok(store->quarantined(10)).empty());
    const Job job = claim_one();
    EXPECT_EQ(job.payload, "two");
    EXPECT_EQ(job.source, "slack");
    EXPECT_NE(job.idempotency_key, first.idempotency_key);
    EXPECT_EQ(put(slack("e1", "two")).put, Put::duplicate) << "now it is known";
    EXPECT_EQ(put(slack("e1", "one")).put, Put::duplicate);
    EXPECT_TRUE(ok(store->quarantined(10)).empty());
}

TEST_P(WorkStore, what_is_discarded_is_gone_and_nothing_runs) {
    put(github("e1", "caught"));
    complete(claim_one());
    put(github("e2", "caught"));
    const auto aside = ok(store->quarantined(10));
    ASSERT_EQ(aside.size(), 1);
    EXPECT_TRUE(ok(store->discard(aside[0].id)));
    EXPECT_FALSE(ok(store->discard(aside[0].id)));
    EXPECT_TRUE(claim().empty());
    EXPECT_EQ(put(github("e2", "caught")).put, Put::replayed) << "still one";
}

TEST_P(WorkStore, the_archive_shows_the_newest_first_and_a_page_at_a_time) {
    for (const char* id : {"e1", "e2", "e3"}) {
        put(slack(id, id));
    }
    put(github("g1"));
    EXPECT_EQ(ok(store->events("", "", 0, 10)).size(), 4);
    EXPECT_EQ(ok(store->events("github", "", 0, 10)).size(), 1);
    EXPECT_EQ(ok(store->events("", "message", 0, 10)).size(), 3);
    const auto page = ok(store->events("slack", "", 0, 2));
    ASSERT_EQ(page.size(), 2);
    EXPECT_EQ(page[0].event.sender_id, "e3");
    EXPECT_EQ(page[1].event.sender_id, "e2");
    const auto rest = ok(store->events("slack", "", page[1].id, 2));
    ASSERT_EQ(rest.size(), 1);
    EXPECT_EQ(rest[0].event.body, "e1");
    EXPECT_EQ(rest[0].body_size, 2);
}

TEST_P(WorkStore, a_list_of_the_archive_is_the_same_without_the_bodies) {
    Event large = slack("e1", std::string(100'000, 'x'));
    large.headers = {{"x-slack-signature", "v0=1"}};
    put(large);
    put(slack("e2"));
    put(github("g1"));
    EXPECT_EQ(ok(store->list_events("", "", 0, 10)).size(), 3);
    EXPECT_EQ(ok(store->list_events("github", "", 0, 10)).size(), 1);
    EXPECT_EQ(ok(store->list_events("", "message", 0, 10)).size(), 2);
    const auto page = ok(store->list_events("slack", "", 0, 1));
    ASSERT_EQ(page.size(), 1);
    EXPECT_EQ(page[0].event.sender_id, "e2");
    const auto rest = ok(store->list_events("slack", "", page[0].id, 10));
    ASSERT_EQ(rest.size(), 1);
    const auto whole = ok(store->event(rest[0].id));
    EXPECT_EQ(rest[0].event.type, "message");
    EXPECT_EQ(rest[0].event.body, "");
    EXPECT_TRUE(rest[0].event.headers.empty());
    EXPECT_EQ(rest[0].body_size, 100'000);
    EXPECT_EQ(rest[0].received, whole->received);
    EXPECT_EQ(rest[0].job, whole->job);
}

TEST_P(WorkStore, an_event_is_found_by_its_senders_id) {
    put(slack("e1", "plain"));
    Event scoped = slack("e1", "scoped");
    scoped.scope = "T1";
    EXPECT_EQ(ok(store->event_of("slack", "e1"))->event.body, "plain");
    EXPECT_TRUE(ok(store->has_event("slack", "e1")));
    put(scoped);
    EXPECT_EQ(ok(store->event_of("slack", "e1"))->event.body, "scoped") << "the newest";
    EXPECT_FALSE(ok(store->event_of("slack", "e2")));
    EXPECT_FALSE(ok(store->has_event("slack", "e2")));
    EXPECT_FALSE(ok(store->has_event("github", "e1")));
    scoped.sender_id = "e3";
    put(scoped);
    EXPECT_TRUE(ok(store->has_event("slack", "e3"))) << "in a scope";
    put(github("g1", "the same"));
    EXPECT_EQ(put(github("g2", "the same")).put, Put::replayed);
    EXPECT_TRUE(ok(store->has_event("github", "g2"))) << "it came, and is in the quarantine";
    EXPECT_FALSE(ok(store->event_of("github", "g2")));
    EXPECT_FALSE(ok(store->event_of("github", "e1")));
    EXPECT_FALSE(ok(store->event(4711)));
}

TEST_P(WorkStore, an_event_may_name_all_of_its_job) {
    const auto result = put(slack("e1", "the body"), {.queue = "fast",
                                                      .kind = "index",
                                                      .payload = "a part of it",
                                                      .idempotency_key = "mine",
                                                      .priority = -1,
                                                      .attempts_max = 3,
                                                      .trace_context = "00-1-2-01"});
    const auto jobs = ok(store->claim({.queue = "fast", .worker = "w1"}, start));
    ASSERT_EQ(jobs.size(), 1);
    EXPECT_EQ(jobs[0].kind, "index");
    EXPECT_EQ(jobs[0].payload, "a part of it");
    EXPECT_EQ(jobs[0].idempotency_key, "mine");
    EXPECT_EQ(jobs[0].attempts_max, 3);
    EXPECT_EQ(jobs[0].trace_context, "00-1-2-01");
    EXPECT_EQ(jobs[0].event, result.event);
}

TEST_P(WorkStore, what_cannot_be_an_event_is_refused_by_the_name_of_the_field) {
    const auto refused = [&](auto change) {
        Event event = slack("e1");
        change(event);
        return field(store->put(event, {.kind = "test"}, start));
    };
    EXPECT_EQ(refused([](Event& e) { e.source = ""; }), "source");
    EXPECT_EQ(refused([](Event& e) { e.source = "Slack"; }), "source");
    EXPECT_EQ(refused([](Event& e) { e.source = std::string(65, 'a'); }), "source");
    EXPECT_EQ(refused([](Event& e) { e.sender_id = ""; }), "sender_id");
    EXPECT_EQ(refused([](Event& e) { e.sender_id = std::string(256, 'a'); }), "sender_id");
    EXPECT_EQ(refused([](Event& e) { e.sender_id = std::string("a\0b", 3); }), "sender_id");
    EXPECT_EQ(refused([](Event& e) { e.scope = "\xFF"; }), "scope");
    EXPECT_EQ(refused([](Event& e) { e.type = std::string(256, 'a'); }), "type");
    EXPECT_EQ(refused([](Event& e) { e.headers.resize(257); }), "headers");
    EXPECT_EQ(refused([](Event& e) { e.sender_id = std::string(255, 'a'); }), "no error");
    EXPECT_EQ(ok(store->events("", "", 0, 10)).size(), 1);
}

TEST_P(WorkStore, what_would_be_too_much_at_once_is_refused) {
    EXPECT_EQ(field(store->claim_messages("", 0, 1min, start)), "limit");
    EXPECT_EQ(field(store->claim_messages("", 1001, 1min, start)), "limit");
    EXPECT_EQ(field(store->claim({.limit = 1001}, start)), "limit");
    put(slack("e1", "{}"));
    const auto job = ok(store->claim({}, start)).at(0);
    std::vector<NewMessage> many(1001);
    for (std::size_t i = 0; i < many.size(); ++i) {
        many[i] = {.target = "t", .key = std::to_string(i)};
    }
    EXPECT_EQ(field(store->complete(job.ref, many, false, start)), "messages");
    many.pop_back();
    EXPECT_TRUE(ok(store->complete(job.ref, many, false, start)));
}

TEST_P(WorkStore, too_large_a_body_is_refused) {
    store = open_again({.body_max = 4});
    const auto large = store->put(slack("e1", "12345"), {.kind = "test"}, start);
    ASSERT_FALSE(large);
    EXPECT_EQ(large.error().kind(), ErrorKind::too_large);
    EXPECT_EQ(large.error().detail(), "body");
    EXPECT_EQ(put(slack("e1", "1234")).put, Put::stored);
    EXPECT_EQ(field(store->enqueue({.kind = "test", .payload = "12345"}, start)), "payload");
    EXPECT_EQ(field(store->post({.target = "t", .key = "k", .payload = "12345"}, start)),
              "payload");
}

}  // namespace
}  // namespace apilab::work
