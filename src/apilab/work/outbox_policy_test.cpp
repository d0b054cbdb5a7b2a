#include "apilab/work/outbox_policy.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <vector>

namespace apilab::work {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

const SystemTime start{std::chrono::days(20'000)};
const TargetTraits asks{};
const TargetTraits deaf{.look_up = false};
const TargetTraits keeps_keys{.look_up = false, .key_lives = 24h};

class OutboxPolicyTest : public ::testing::Test {
protected:
    Message message() const {
        return {.ref = {1, 1}, .target = "slack", .key = "k", .due = start, .created = start};
    }
    Message unknown() const {
        Message out = message();
        out.state = MessageState::unknown;
        out.sends = 1;
        out.unknown_since = start;
        return out;
    }
    MessageChange send(const Message& from, const SendOutcome& outcome,
                       const TargetTraits& traits = asks, SystemTime now = start) {
        return policy.after_send(from, outcome, traits, now, rng);
    }
    MessageChange look_up(const Message& from, const LookUpOutcome& outcome, SystemTime now) {
        return policy.after_look_up(from, outcome, now, rng);
    }
    static Message with(Message from, const MessageChange& change) {
        from.state = change.state;
        from.due = change.due;
        from.sends = change.sends;
        from.look_ups = change.look_ups;
        from.unknown_since = change.unknown_since;
        from.external_id = change.external_id;
        from.reason = change.reason;
        return from;
    }

    SeededRng rng{1};
    OutboxPolicy policy{{}};
};

const LookUpOutcome nothing = LookUpOutcome::of({});

// The store refuses such a text, and the effect that is there would never be known.
TEST_F(OutboxPolicyTest, an_id_that_no_store_keeps_does_not_keep_the_effect_from_being_known) {
    for (const std::string& odd :
         {std::string("\xFF"), std::string("a\0b", 3), std::string(256, 'x')}) {
        const auto sent = send(message(), SendOutcome::applied(odd));
        EXPECT_EQ(sent.state, MessageState::applied);
        EXPECT_EQ(sent.external_id, "");
        const auto found = look_up(unknown(), LookUpOutcome::of({odd}), start);
        EXPECT_EQ(found.state, MessageState::reconciled);
        EXPECT_EQ(found.external_id, "");
    }
}

TEST_F(OutboxPolicyTest, a_long_reason_is_cut_between_characters) {
    const auto change = send(message(), SendOutcome::refused(std::string(499, 'a') + "\u00E4rger"));
    EXPECT_EQ(change.reason, std::string(499, 'a'));
}

TEST_F(OutboxPolicyTest, what_was_applied_is_over_and_keeps_the_targets_id) {
    const auto change = send(message(), SendOutcome::applied("171.2"));
    EXPECT_EQ(change.state, MessageState::applied);
    EXPECT_EQ(change.external_id, "171.2");
    EXPECT_EQ(change.sends, 1);
}

TEST_F(OutboxPolicyTest, what_was_not_applied_waits_longer_each_time_and_then_fails) {
    Message m = message();
    for (int i = 1; i < 12; ++i) {
        m = with(m, send(m, SendOutcome::not_applied("busy"), asks, m.due));
        ASSERT_EQ(m.state, MessageState::pending) << i;
        EXPECT_EQ(m.sends, i);
    }
    const auto last = send(m, SendOutcome::not_applied("busy"), asks, m.due);
    EXPECT_EQ(last.state, MessageState::failed);
    EXPECT_EQ(last.reason, "not applied in 12 sends: busy");
}

TEST_F(OutboxPolicyTest, a_message_whose_turn_it_is_not_waits_without_a_send) {
    Message m = message();
    for (int i = 0; i < 50; ++i) {
        const auto change = send(m, SendOutcome::not_yet("another one first", 7min), asks, m.due);
        ASSERT_EQ(change.state, MessageState::pending);
        EXPECT_EQ(change.sends, 0);
        EXPECT_GE(change.due, m.due + 7min);
        m = with(m, change);
    }
    m.sends = 12;
    EXPECT_EQ(send(m, SendOutcome::not_yet("another one first", 7min), asks, m.due).state,
              MessageState::pending);
    EXPECT_EQ(send(m, SendOutcome::not_applied("busy"), asks, m.due).state, MessageState::failed);
}

TEST_F(OutboxPolicyTest, waits_are_between_half_and_the_whole_of_the_backoff_and_capped) {
    Message m = message();
    for (const auto whole : {5s, 10s, 20s, 40s, 80s, 160s, 320s, 600s, 600s}) {
        const auto change = send(m, SendOutcome::not_applied("busy"), asks, start);
        EXPECT_GE(change.due - start, whole / 2);
        EXPECT_LE(change.due - start, whole);
        m = with(m, change);
    }
}

TEST_F(OutboxPolicyTest, a_target_that_asks_for_time_gets_it_up_to_a_day) {
    EXPECT_EQ(send(message(), SendOutcome::not_applied("429", 5min)).due, start + 5min);
    EXPECT_EQ(send(message(), SendOutcome::not_applied("429", 100h)).due, start + 24h);
    EXPECT_GE(send(message(), SendOutcome::not_applied("429", 0s)).due, start + 2500ms);
}

TEST_F(OutboxPolicyTest, what_was_refused_fails_at_once) {
    const auto change = send(message(), SendOutcome::refused("no such channel"));
    EXPECT_EQ(change.state, MessageState::failed);
    EXPECT_EQ(change.reason, "no such channel");
}

TEST_F(OutboxPolicyTest, an_unknown_outcome_is_looked_up_and_not_sent) {
    const Message m = with(message(), send(message(), SendOutcome::unknown("no answer")));
    EXPECT_EQ(m.state, MessageState::unknown);
    EXPECT_EQ(m.unknown_since, start);
    EXPECT_GE(m.due, start + 5s);
    EXPECT_EQ(policy.step(m, asks, m.due), OutboxStep::look_up);
}

TEST_F(OutboxPolicyTest, what_is_found_is_reconciled_and_what_is_found_twice_is_told) {
    const auto once = look_up(unknown(), LookUpOutcome::of({"171.2"}), start + 5s);
    EXPECT_EQ(once.state, MessageState::reconciled);
    EXPECT_EQ(once.external_id, "171.2");
    const auto twice = look_up(unknown(), LookUpOutcome::of({"171.2", "171.3"}), start + 5s);
    EXPECT_EQ(twice.state, MessageState::duplicated);
    EXPECT_EQ(twice.external_id, "171.2 171.3");
}

TEST_F(OutboxPolicyTest, ids_that_a_store_would_refuse_are_left_out) {
    const std::string huge(256, 'x');
    EXPECT_EQ(send(message(), SendOutcome::applied(huge)).external_id, "");
    const std::string half(127, 'a');
    const auto twice = look_up(unknown(), LookUpOutcome::of({half, huge, half, "b"}), start + 5s);
    EXPECT_EQ(twice.external_id, half + " " + half);
    EXPECT_EQ(twice.reason, "found 4 times");
}

TEST_F(OutboxPolicyTest, not_found_counts_only_after_a_minute_and_three_look_ups_spread_over_it) {
    Message m = unknown();
    m = with(m, look_up(m, nothing, start + 5s));
    EXPECT_EQ(m.look_ups, 0) << "too early to say anything";
    EXPECT_GE(m.due, start + 20s);
    m = with(m, look_up(m, nothing, start + 20s));
    EXPECT_EQ(m.look_ups, 1);
    EXPECT_GE(m.due, start + 40s);
    m = with(m, look_up(m, nothing, start + 40s));
    EXPECT_EQ(m.look_ups, 2);
    EXPECT_EQ(m.state, MessageState::unknown);
    m = with(m, look_up(m, nothing, start + 60s - 1ns));
    EXPECT_EQ(m.state, MessageState::unknown);
    m = with(m, look_up(m, nothing, start + 60s));
    EXPECT_EQ(m.state, MessageState::pending);
    EXPECT_EQ(m.look_ups, 0);
    EXPECT_FALSE(m.unknown_since);
    EXPECT_EQ(m.key, "k");
    EXPECT_EQ(policy.step(m, asks, m.due), OutboxStep::send);
}

TEST_F(OutboxPolicyTest, late_look_ups_are_spread_all_the_same) {
    // A clock that jumped ahead by a day.
    Message m = with(unknown(), look_up(unknown(), nothing, start + 24h));
    EXPECT_EQ(m.look_ups, 1);
    EXPECT_GE(m.due, start + 24h + 20s);
    m = with(m, look_up(m, nothing, m.due));
    EXPECT_EQ(m.state, MessageState::unknown);
    EXPECT_GE(m.due, start + 24h + 40s);
}

TEST_F(OutboxPolicyTest, a_clock_that_goes_back_begins_the_window_anew) {
    Message m = unknown();
    m.look_ups = 2;
    m = with(m, look_up(m, nothing, start - 1h));
    EXPECT_EQ(m.look_ups, 0);
    EXPECT_EQ(m.unknown_since, start - 1h);
    EXPECT_LE(m.due, start - 1h + 22s);
}

TEST_F(OutboxPolicyTest, a_look_up_without_an_answer_does_not_count_as_not_found) {
    Message m = unknown();
    for (const auto at : {20s, 40s, 60s, 80s}) {
        m = with(m, look_up(m, LookUpOutcome::unavailable("503"), start + at));
        EXPECT_EQ(m.state, MessageState::unknown);
        EXPECT_EQ(m.look_ups, 0);
    }
}

TEST_F(OutboxPolicyTest, what_stays_unknown_is_for_a_person_and_few_look_ups_are_made_until_then) {
    Message m = unknown();
    m.due = start + 5s;
    int look_ups = 0;
    while (m.state == MessageState::unknown) {
        ASSERT_LT(++look_ups, 100);
        m = with(m, look_up(m, LookUpOutcome::unavailable("down"), m.due));
    }
    EXPECT_EQ(m.state, MessageState::escalated);
    EXPECT_GE(m.due, start + 6h);
    EXPECT_LE(m.due, start + 6h + 11min);
    EXPECT_LT(look_ups, 60);
    EXPECT_EQ(m.reason.substr(0, 27), "no look-up was answered in ") << m.reason;
}

TEST_F(OutboxPolicyTest, a_target_that_nobody_can_ask_is_escalated_at_once) {
    const auto change = send(message(), SendOutcome::unknown("timeout"), deaf);
    EXPECT_EQ(change.state, MessageState::escalated);
    EXPECT_EQ(change.reason, "nobody can say whether it was applied: timeout");
    EXPECT_EQ(policy.step(unknown(), deaf, start), OutboxStep::escalate);
}

TEST_F(OutboxPolicyTest, a_target_with_keys_of_its_own_is_sent_it_again_while_they_live) {
    const Message m = with(message(), send(message(), SendOutcome::unknown("no"), keeps_keys));
    EXPECT_EQ(m.state, MessageState::unknown);
    EXPECT_EQ(policy.step(m, keeps_keys, start + 23h), OutboxStep::send);
    EXPECT_EQ(policy.step(m, keeps_keys, start + 24h), OutboxStep::escalate);
    EXPECT_EQ(policy.step(m, {.look_up = true, .key_lives = 24h}, start + 24h),
              OutboxStep::look_up);
    EXPECT_EQ(send(m, SendOutcome::applied("x"), keeps_keys).state, MessageState::applied);
    EXPECT_EQ(send(m, SendOutcome::unknown("no"), keeps_keys, start + 25h).state,
              MessageState::escalated);
}

TEST_F(OutboxPolicyTest, a_later_refusal_says_nothing_of_the_first_send) {
    const auto busy = send(unknown(), SendOutcome::not_applied("429", 1min), keeps_keys);
    EXPECT_EQ(busy.state, MessageState::unknown);
    EXPECT_EQ(busy.due, start + 1min);
    EXPECT_EQ(send(unknown(), SendOutcome::refused("400"), keeps_keys).state,
              MessageState::escalated);
    const TargetTraits both{.look_up = true, .key_lives = 24h};
    const Message m = with(unknown(), send(unknown(), SendOutcome::refused("400"), both));
    EXPECT_EQ(m.state, MessageState::unknown);
    EXPECT_EQ(policy.step(m, both, m.due), OutboxStep::look_up);
}

TEST_F(OutboxPolicyTest, keys_do_not_send_more_often_than_allowed) {
    Message m = message();
    int sends = 0;
    while (m.state == MessageState::pending || m.state == MessageState::unknown) {
        ASSERT_LE(++sends, 12);
        m = with(m, send(m, SendOutcome::unknown("500"), keeps_keys, m.due));
    }
    EXPECT_EQ(m.state, MessageState::escalated);
    EXPECT_EQ(sends, 12);
}

TEST_F(OutboxPolicyTest, who_died_while_sending_has_sent) {
    Message m = message();
    m.state = MessageState::unknown;  // and the store does not say since when
    EXPECT_EQ(policy.step(m, asks, start), OutboxStep::look_up);
    const auto change = look_up(m, nothing, start);
    EXPECT_EQ(change.state, MessageState::unknown);
    EXPECT_EQ(change.sends, 1);
    EXPECT_EQ(change.unknown_since, start);
}

TEST_F(OutboxPolicyTest, a_message_that_kills_its_sender_each_time_fails_in_the_end) {
    Message m = message();
    m.sends = 11;
    m.state = MessageState::unknown;
    m = with(m, look_up(m, nothing, start));
    for (int i = 0; i < 3; ++i) {
        m = with(m, look_up(m, nothing, m.due));
    }
    EXPECT_EQ(m.state, MessageState::failed);
    EXPECT_THAT(m.reason, HasSubstr("after 12 sends"));
}

TEST_F(OutboxPolicyTest, a_person_decides_what_was_escalated_and_nothing_else) {
    Message m = unknown();
    EXPECT_FALSE(resolve(m, Resolution::send_again, "mara", start));
    m.state = MessageState::escalated;
    const auto there = resolve(m, Resolution::applied, "mara", start).value();
    EXPECT_EQ(there.state, MessageState::reconciled);
    EXPECT_EQ(there.reason, "mara says: applied");
    EXPECT_EQ(resolve(m, Resolution::drop, "mara", start)->state, MessageState::failed);
    const auto again = resolve(m, Resolution::send_again, "mara", start).value();
    EXPECT_EQ(again.state, MessageState::pending);
    EXPECT_EQ(again.sends, 0);
    EXPECT_FALSE(again.unknown_since);
    m.state = MessageState::duplicated;
    EXPECT_FALSE(resolve(m, Resolution::send_again, "mara", start));
    EXPECT_TRUE(resolve(m, Resolution::drop, "mara", start));
    m.state = MessageState::applied;
    EXPECT_FALSE(resolve(m, Resolution::drop, "mara", start));
}

TEST(OutboxPolicyOptions, what_is_out_of_range_is_named) {
    EXPECT_TRUE(OutboxPolicyOptions{}.validate());
    const auto detail = [](const OutboxPolicyOptions& options) {
        const auto valid = options.validate();
        return valid ? std::string("fine") : valid.error().detail();
    };
    EXPECT_EQ(detail({.settle = 999ms}), "settle");
    EXPECT_EQ(detail({.settle = 25h}), "settle");
    EXPECT_EQ(detail({.look_ups = 0}), "look_ups");
    EXPECT_EQ(detail({.first_look_up = 61s}), "first_look_up");
    EXPECT_EQ(detail({.unknown_for_max = 59s}), "unknown_for_max");
    EXPECT_EQ(detail({.sends_max = 0}), "sends_max");
    EXPECT_EQ(detail({.retry_after_max = -1s}), "retry_after_max");
    EXPECT_EQ(detail({.backoff = {.kind = policy::BackoffKind::decorrelated_jitter}}), "backoff");
    EXPECT_EQ(OutboxPolicyOptions{}.describe(),
              "12 sends at most, equal jitter, base 5 s, cap 10 m; unknown: 3 look-ups over 1 m, "
              "a person after 6 h");
}

TEST(OutcomeOf, an_answer_says_one_of_four_things) {
    const auto of = [](int status) {
        return outcome_of(Result<http::Response>(http::Response(status)), start).sent;
    };
    for (const int status : {200, 201, 204}) {
        EXPECT_EQ(of(status), Sent::applied) << status;
    }
    for (const int status : {401, 403, 429}) {
        EXPECT_EQ(of(status), Sent::not_applied) << status;
    }
    for (const int status : {400, 404, 410, 422}) {
        EXPECT_EQ(of(status), Sent::refused) << status;
    }
    for (const int status : {302, 408, 409, 500, 502, 503, 504}) {
        EXPECT_EQ(of(status), Sent::unknown) << status;
    }
    const auto lost = [](Outcome outcome) {
        return outcome_of(fail(Error(ErrorKind::connection_lost, "gone").with_outcome(outcome)),
                          start)
            .sent;
    };
    EXPECT_EQ(lost(Outcome::not_sent), Sent::not_applied);
    EXPECT_EQ(lost(Outcome::unknown), Sent::unknown);
    EXPECT_EQ(lost(Outcome::answered), Sent::unknown);
}

// --- over random sequences

// What chance does to a message: the times of what was done, in order.
struct Step {
    OutboxStep what = OutboxStep::send;
    SystemTime at;
    Sent sent = Sent::unknown;
    Looked looked = Looked::unavailable;
};

struct Draw {
    int outcome = 0;
    int late_ms = 0;
};

std::vector<Step> lived(const OutboxPolicy& policy, const std::vector<Draw>& draws, Rng& rng) {
    Message m{.ref = {1, 1}, .target = "slack", .key = "k", .due = start, .created = start};
    std::vector<Step> steps;
    for (const Draw& draw : draws) {
        if (m.state != MessageState::pending && m.state != MessageState::unknown) {
            break;
        }
        const SystemTime now = m.due + std::chrono::milliseconds(draw.late_ms);
        const OutboxStep what = policy.step(m, {}, now);
        Step step{.what = what, .at = now};
        MessageChange change;
        if (what == OutboxStep::send) {
            step.sent = draw.outcome % 3 == 0 ? Sent::not_applied : Sent::unknown;
            SendOutcome outcome;
            outcome.sent = step.sent;
            change = policy.after_send(m, outcome, {}, now, rng);
        } else {
            step.looked = draw.outcome % 4 == 0 ? Looked::unavailable : Looked::not_found;
            LookUpOutcome outcome;
            outcome.looked = step.looked;
            change = policy.after_look_up(m, outcome, now, rng);
        }
        steps.push_back(step);
        m.state = change.state;
        m.due = change.due;
        m.sends = change.sends;
        m.look_ups = change.look_ups;
        m.unknown_since = change.unknown_since;
    }
    return steps;
}

std::vector<Draw> draws() {
    return *rc::gen::container<std::vector<Draw>>(
        200, rc::gen::build<Draw>(rc::gen::set(&Draw::outcome, rc::gen::inRange(0, 12)),
                                  rc::gen::set(&Draw::late_ms, rc::gen::inRange(0, 30'000))));
}

RC_GTEST_PROP(OutboxProperties, nothing_is_sent_again_before_enough_look_ups_over_the_window, ()) {
    SeededRng rng(*rc::gen::inRange<std::uint64_t>(1, 1'000'000));
    const OutboxPolicyOptions options{.settle = std::chrono::seconds(*rc::gen::inRange(1, 3600)),
                                      .look_ups = *rc::gen::inRange(1, 8),
                                      .first_look_up = 1s,
                                      .unknown_for_max = 24h};
    RC_PRE(options.validate().has_value());
    std::optional<SystemTime> unknown_at;
    std::vector<SystemTime> not_found;
    int sends = 0;
    for (const Step& step : lived(OutboxPolicy(options), draws(), rng)) {
        if (step.what == OutboxStep::look_up) {
            if (step.looked == Looked::not_found) {
                not_found.push_back(step.at);
            }
            continue;
        }
        ++sends;
        if (unknown_at) {
            const auto count = static_cast<std::size_t>(options.look_ups);
            RC_ASSERT(not_found.size() >= count);
            RC_ASSERT(not_found.back() - *unknown_at >= options.settle);
            // The last ones were not made in one breath.
            for (std::size_t i = not_found.size() - count + 1; i < not_found.size(); ++i) {
                RC_ASSERT(not_found[i] - not_found[i - 1] >= options.settle / options.look_ups);
            }
        }
        unknown_at = step.sent == Sent::unknown ? std::optional(step.at) : std::nullopt;
        not_found.clear();
    }
    RC_ASSERT(sends <= options.sends_max);
}

// A world: each unknown send may take place, up to `lag` after it, and shows up in look-ups by
// then.
RC_GTEST_PROP(OutboxProperties, what_shows_within_the_window_is_never_made_twice, ()) {
    SeededRng rng(*rc::gen::inRange<std::uint64_t>(1, 1'000'000));
    const OutboxPolicy policy{{}};
    Message m{.ref = {1, 1}, .target = "slack", .key = "k", .due = start, .created = start};
    std::vector<SystemTime> visible_from;
    for (const Draw& draw : draws()) {
        if (m.state != MessageState::pending && m.state != MessageState::unknown) {
            break;
        }
        const SystemTime now = m.due + std::chrono::milliseconds(draw.late_ms);
        MessageChange change;
        if (policy.step(m, {}, now) == OutboxStep::send) {
            const bool takes_place = draw.outcome % 2 == 0;
            if (takes_place) {
                visible_from.push_back(now + std::chrono::seconds(rng.between(0, 59)));
            }
            change = policy.after_send(m, SendOutcome::unknown("lost"), {}, now, rng);
        } else if (draw.outcome % 4 == 3) {
            change = policy.after_look_up(m, LookUpOutcome::unavailable("down"), now, rng);
        } else {
            std::vector<std::string> ids;
            for (const SystemTime from : visible_from) {
                if (from <= now) {
                    ids.emplace_back("id");
                }
            }
            change = policy.after_look_up(m, LookUpOutcome::of(ids), now, rng);
        }
        m.state = change.state;
        m.due = change.due;
        m.sends = change.sends;
        m.look_ups = change.look_ups;
        m.unknown_since = change.unknown_since;
    }
    RC_ASSERT(visible_from.size() <= 1U);
    RC_ASSERT(m.state != MessageState::duplicated);
    RC_ASSERT(m.state != MessageState::failed || visible_from.empty());
    RC_ASSERT(m.state != MessageState::reconciled || visible_from.size() == 1U);
}

}  // namespace
}  // namespace apilab::work
