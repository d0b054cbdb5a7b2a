#include "work_store.hpp"

namespace apilab::work {
namespace {

using namespace std::chrono_literals;

TEST_P(WorkStore, a_message_is_there_once_for_its_target_and_key) {
    const auto first = ok(store->post({.target = "slack", .key = "k", .payload = "a"}, start));
    EXPECT_FALSE(first.known);
    const auto again = ok(store->post({.target = "slack", .key = "k", .payload = "b"}, start));
    EXPECT_TRUE(again.known);
    EXPECT_EQ(again.id, first.id);
    EXPECT_FALSE(ok(store->post({.target = "notion", .key = "k"}, start)).known);
    const Message kept = message(first.id);
    EXPECT_EQ(kept.payload, "a");
    EXPECT_EQ(kept.state, MessageState::pending);
    EXPECT_EQ(kept.created, start);
    EXPECT_EQ(kept.job, 0);
}

TEST_P(WorkStore, a_message_that_was_applied_is_never_sent_again) {
    const auto posted = ok(store->post({.target = "slack", .key = "k"}, start));
    const Message mine = claim_message(start);
    EXPECT_TRUE(ok(store->settle(
        mine.ref, {.state = MessageState::applied, .sends = 1, .external_id = "170.1"},
        start + 1s)));
    EXPECT_TRUE(ok(store->post({.target = "slack", .key = "k"}, start)).known);
    EXPECT_TRUE(ok(store->claim_messages("", 10, 1min, start + 24h)).empty());
    const Message kept = message(posted.id);
    EXPECT_EQ(kept.state, MessageState::applied);
    EXPECT_EQ(kept.sends, 1);
    EXPECT_EQ(kept.external_id, "170.1");
    EXPECT_EQ(kept.finished, start + 1s);
    EXPECT_EQ(ok(store->next_message_due()), std::nullopt);
}

TEST_P(WorkStore, a_message_comes_with_the_end_of_its_job_or_not_at_all) {
    const auto id = add("a");
    const Job job = claim_one();
    const std::vector<NewMessage> messages{{.target = "slack", .key = "k1"},
                                           {.target = "notion", .key = "k2"}};
    auto bad = messages;
    bad[1].target = "No";
    EXPECT_EQ(field(store->complete(job.ref, bad, false, start)), "target");
    EXPECT_EQ(row(id).state, JobState::running);
    EXPECT_TRUE(ok(store->messages({}, 10)).empty());
    EXPECT_TRUE(ok(store->complete(job.ref, messages, false, start)));
    const auto posted = ok(store->messages({}, 10));
    ASSERT_EQ(posted.size(), 2);
    EXPECT_EQ(posted[0].key, "k2") << "the newest first";
    EXPECT_EQ(posted[0].job, id);
}

TEST_P(WorkStore, messages_are_claimed_by_target_and_the_longest_due_first) {
    (void)ok(store->post({.target = "slack", .key = "late", .send_at = start - 1s}, start));
    (void)ok(store->post({.target = "slack", .key = "early", .send_at = start - 2s}, start));
    (void)ok(store->post({.target = "notion", .key = "other"}, start));
    (void)ok(store->post({.target = "slack", .key = "not yet", .send_at = start + 1s}, start));
    const auto slack_ones = ok(store->claim_messages("slack", 10, 1min, start));
    ASSERT_EQ(slack_ones.size(), 2);
    EXPECT_EQ(slack_ones[0].key, "early");
    EXPECT_EQ(slack_ones[1].key, "late");
    EXPECT_EQ(message(slack_ones[0].ref.id).state, MessageState::sending);
    EXPECT_EQ(ok(store->next_message_due()), start);
    EXPECT_EQ(ok(store->claim_messages("", 1, 1min, start + 1s)).at(0).key, "other");
    EXPECT_EQ(ok(store->next_message_due()), start + 1s);
    EXPECT_EQ(field(store->claim_messages("", 1, 1ms, start)), "lease");
}

TEST_P(WorkStore, one_whose_sender_is_gone_may_have_been_sent) {
    const auto posted = ok(store->post({.target = "slack", .key = "k"}, start));
    const Message lost = claim_message(start);
    EXPECT_EQ(lost.state, MessageState::pending);
    EXPECT_TRUE(ok(store->claim_messages("", 10, 1min, start + 1min - 1ms)).empty());
    EXPECT_EQ(ok(store->next_message_due()), start + 1min);
    const Message mine = claim_message(start + 2min);
    EXPECT_EQ(mine.state, MessageState::unknown);
    EXPECT_EQ(mine.unknown_since, start + 1min) << "it may have been sent until then";
    EXPECT_EQ(mine.sends, 1) << "a send that nobody can tell of counts";
    EXPECT_FALSE(ok(store->settle(lost.ref, {.state = MessageState::applied}, start + 2min)));
    EXPECT_EQ(message(posted.id).state, MessageState::sending);
    EXPECT_TRUE(ok(store->settle(mine.ref, {.state = MessageState::reconciled}, start + 2min)));
    EXPECT_EQ(message(posted.id).state, MessageState::reconciled);
    EXPECT_FALSE(ok(store->settle(mine.ref, {.state = MessageState::failed}, start + 2min)));
}

TEST_P(WorkStore, an_unknown_one_waits_for_its_look_up_and_keeps_what_is_known_of_it) {
    const auto posted = ok(store->post({.target = "slack", .key = "k"}, start));
    const MessageChange unknown{.state = MessageState::unknown,
                                .due = start + 30s,
                                .sends = 1,
                                .look_ups = 2,
                                .unknown_since = start + 1s,
                                .external_id = "",
                                .reason = "timeout: first_byte"};
    EXPECT_TRUE(ok(store->settle(claim_message(start).ref, unknown, start + 1s)));
    EXPECT_FALSE(message(posted.id).finished);
    EXPECT_TRUE(ok(store->claim_messages("", 10, 1min, start + 29s)).empty());
    const Message mine = claim_message(start + 30s);
    EXPECT_EQ(mine.state, MessageState::unknown);
    EXPECT_EQ(mine.sends, 1);
    EXPECT_EQ(mine.look_ups, 2);
    EXPECT_EQ(mine.unknown_since, start + 1s);
    EXPECT_EQ(mine.reason, "timeout: first_byte");
    const Message again = claim_message(start + 90s);
    EXPECT_EQ(again.unknown_since, start + 1s) << "and not since the look-up was lost";
}

TEST_P(WorkStore, a_look_up_that_was_lost_is_no_send) {
    (void)ok(store->post({.target = "slack", .key = "k"}, start));
    EXPECT_TRUE(ok(store->settle(claim_message(start).ref,
                                 {.state = MessageState::unknown,
                                  .due = start,
                                  .sends = 1,
                                  .look_ups = 2,
                                  .unknown_since = start},
                                 start)));
    (void)claim_message(start);
    const Message mine = claim_message(start + 1min);
    EXPECT_EQ(mine.sends, 1);
    EXPECT_EQ(mine.look_ups, 2);
}

TEST_P(WorkStore, what_had_no_effect_is_sent_again) {
    (void)ok(store->post({.target = "slack", .key = "k"}, start));
    EXPECT_TRUE(ok(store->settle(
        claim_message(start).ref,
        {.state = MessageState::pending, .due = start + 5s, .sends = 1, .reason = "HTTP 429"},
        start)));
    EXPECT_EQ(ok(store->next_message_due()), start + 5s);
    EXPECT_EQ(claim_message(start + 5s).state, MessageState::pending);
}

TEST_P(WorkStore, what_was_left_to_people_may_be_settled_once_more) {
    const auto posted = ok(store->post({.target = "slack", .key = "k"}, start));
    EXPECT_TRUE(ok(
        store->settle(claim_message(start).ref, {.state = MessageState::escalated}, start + 1s)));
    const MessageRef ref = message(posted.id).ref;
    const MessageChange again{.state = MessageState::pending, .due = start + 2s};
    EXPECT_FALSE(ok(store->settle({.id = ref.id, .fence = ref.fence - 1}, again, start + 2s)));
    EXPECT_TRUE(ok(store->settle(ref, again, start + 2s)));
    EXPECT_FALSE(message(posted.id).finished);
    EXPECT_FALSE(ok(store->settle(ref, again, start + 2s))) << "it goes on by itself";
    EXPECT_EQ(claim_message(start + 2s).state, MessageState::pending);
}

TEST_P(WorkStore, a_message_that_is_over_is_not_looked_at_again) {
    for (const MessageState over :
         {MessageState::applied, MessageState::reconciled, MessageState::duplicated,
          MessageState::escalated, MessageState::failed}) {
        const std::string key(to_string(over));
        const auto posted = ok(store->post({.target = "slack", .key = key}, start));
        EXPECT_TRUE(ok(store->settle(claim_message(start).ref, {.state = over}, start)));
        EXPECT_EQ(message(posted.id).state, over);
    }
    EXPECT_EQ(ok(store->next_message_due()), std::nullopt);
    EXPECT_EQ(ok(store->messages({.state = MessageState::failed}, 10)).size(), 1);
    EXPECT_EQ(ok(store->messages({.key = "applied"}, 10)).size(), 1);
    EXPECT_EQ(ok(store->messages({.target = "notion"}, 10)).size(), 0);
}

TEST_P(WorkStore, messages_are_counted_by_state) {
    EXPECT_EQ(ok(store->message_counts("")), MessageCounts());
    for (const MessageState state :
         {MessageState::unknown, MessageState::applied, MessageState::reconciled,
          MessageState::duplicated, MessageState::escalated, MessageState::failed}) {
        const std::string key(to_string(state));
        (void)ok(store->post({.target = "slack", .key = key}, start));
        EXPECT_TRUE(ok(
            store->settle(claim_message(start).ref, {.state = state, .due = start + 1h}, start)));
    }
    (void)ok(store->post({.target = "slack", .key = "sending"}, start));
    (void)claim_message(start);
    (void)ok(store->post({.target = "slack", .key = "pending"}, start));
    (void)ok(store->post({.target = "notion", .key = "k"}, start));
    const MessageCounts slack_ones{.pending = 1,
                                   .sending = 1,
                                   .unknown = 1,
                                   .applied = 1,
                                   .reconciled = 1,
                                   .duplicated = 1,
                                   .escalated = 1,
                                   .failed = 1};
    EXPECT_EQ(ok(store->message_counts("slack")), slack_ones);
    EXPECT_EQ(ok(store->message_counts("notion")), MessageCounts{.pending = 1});
    EXPECT_EQ(ok(store->message_counts("")).pending, 2);
    EXPECT_EQ(ok(store->message_counts("gmail")), MessageCounts());
}

TEST_P(WorkStore, what_cannot_be_a_message_is_refused_by_the_name_of_the_field) {
    const auto refused = [&](const NewMessage& message) {
        return field(store->post(message, start));
    };
    EXPECT_EQ(refused({.target = "", .key = "k"}), "target");
    EXPECT_EQ(refused({.target = "slack", .key = ""}), "key");
    EXPECT_EQ(refused({.target = "slack", .key = std::string(256, 'x')}), "key");
    EXPECT_EQ(field(store->settle({}, {.state = MessageState::sending}, start)), "state");
    EXPECT_EQ(field(store->settle({}, {.sends = -1}, start)), "sends");
    EXPECT_EQ(field(store->settle({}, {.external_id = std::string(256, 'x')}, start)),
              "external_id");
}

}  // namespace
}  // namespace apilab::work
