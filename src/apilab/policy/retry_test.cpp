#include "apilab/policy/retry.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "apilab/http/date.hpp"

namespace apilab::policy {
namespace {

using http::DecisionRecord;
using http::Effect;
using http::RetryReason;
using std::chrono::milliseconds;
using std::chrono::seconds;
using Verdict = DecisionRecord::Verdict;

const SteadyTime start{std::chrono::hours(5)};
const SystemTime wall = *http::parse_iso_time("2026-11-22T10:00:00Z");

struct Trial {
    RetryOptions options{};
    CallFacts call{.origin = "http://h"};
    int number = 1;
    RetryBudget* budget = nullptr;

    DecisionRecord after(const AttemptOutcome& outcome) const {
        RetryPolicy policy(options, budget);
        SeededRng rng(3);
        return policy.decide(number, call, outcome, rng);
    }
    DecisionRecord after_status(int status, const http::Headers& headers = {},
                                std::string_view body = {}) const {
        return after(
            {.status = status, .headers = &headers, .body = body, .at = start, .system_at = wall});
    }
    DecisionRecord after_error(ErrorKind kind, Outcome outcome) const {
        return after({.error = kind, .outcome = outcome, .at = start, .system_at = wall});
    }
};

TEST(Retry, a_conflict_about_a_key_in_use_is_asked_again) {
    Trial trial;
    trial.call.effect = Effect::write;
    EXPECT_EQ(trial.after_status(409).ending, Ending::permanent);
    trial.call.has_key = true;
    EXPECT_EQ(trial.after_status(409).verdict, Verdict::retried);
    EXPECT_EQ(trial.after_status(422).ending, Ending::permanent);
}

TEST(Retry, classifies_every_status_by_effect) {
    struct Row {
        int status;
        bool read;
        bool write;
    };
    for (const Row& row : std::initializer_list<Row>{{400, false, false},
                                                     {401, false, false},
                                                     {403, false, false},
                                                     {404, false, false},
                                                     {405, false, false},
                                                     {408, true, false},
                                                     {409, false, false},
                                                     {410, false, false},
                                                     {422, false, false},
                                                     {425, true, false},
                                                     {429, true, true},
                                                     {451, false, false},
                                                     {500, true, false},
                                                     {501, false, false},
                                                     {502, true, false},
                                                     {503, true, false},
                                                     {504, true, false}}) {
        for (const Effect effect : {Effect::read, Effect::idempotent, Effect::write}) {
            Trial trial;
            trial.call.effect = effect;
            const auto decision = trial.after_status(row.status);
            const bool expected = effect == Effect::write ? row.write : row.read;
            EXPECT_EQ(decision.verdict == Verdict::retried, expected)
                << row.status << " " << to_string(effect) << ": " << explain(decision);
        }
    }
}

TEST(Retry, a_write_with_unknown_outcome_is_never_sent_again_without_a_key) {
    Trial trial;
    trial.call.effect = Effect::write;
    for (const auto kind : {ErrorKind::connection_lost, ErrorKind::timeout, ErrorKind::protocol}) {
        const auto decision = trial.after_error(kind, Outcome::unknown);
        EXPECT_EQ(decision.verdict, Verdict::gave_up);
        EXPECT_EQ(decision.ending, Ending::non_idempotent);
    }
    trial.call.has_key = true;
    EXPECT_EQ(trial.after_error(ErrorKind::timeout, Outcome::unknown).verdict, Verdict::retried);
}

TEST(Retry, what_was_not_sent_is_sent_again_whatever_the_effect) {
    Trial trial;
    trial.call.effect = Effect::write;
    trial.call.body_replayable = false;
    for (const auto kind :
         {ErrorKind::resolve, ErrorKind::connect, ErrorKind::connection_lost, ErrorKind::timeout}) {
        const auto decision = trial.after_error(kind, Outcome::not_sent);
        EXPECT_EQ(decision.verdict, Verdict::retried) << to_string(kind);
        EXPECT_EQ(decision.reason, RetryReason::not_sent);
    }
}

TEST(Retry, a_failed_certificate_check_is_permanent) {
    const auto decision = Trial().after_error(ErrorKind::tls, Outcome::not_sent);
    EXPECT_EQ(decision.ending, Ending::permanent);
}

TEST(Retry, max_attempts_counts_the_first) {
    Trial trial{.options = {.max_attempts = 2}};
    EXPECT_EQ(trial.after_status(503).verdict, Verdict::retried);
    trial.number = 2;
    EXPECT_EQ(trial.after_status(503).ending, Ending::attempts);
    EXPECT_EQ((Trial{.options = {.max_attempts = 1}}).after_status(503).ending, Ending::attempts);
}

// Full jitter may be next to nothing: right after a lost connection, and a second offence after a
// refusal. No seed of a hundred comes back in less than half the base.
TEST(Retry, a_limit_that_announces_nothing_is_given_half_a_second_at_least) {
    const CallFacts call{.origin = "http://h"};
    const http::Headers none;
    const AttemptOutcome refused{.status = 429, .headers = &none, .at = start, .system_at = wall};
    std::set<Duration> waits;
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
        RetryPolicy policy(RetryOptions{}, nullptr);
        SeededRng rng(seed);
        waits.insert(policy.decide(1, call, refused, rng).wait);
    }
    EXPECT_GE(*waits.begin(), milliseconds(500));
    EXPECT_LE(*waits.rbegin(), seconds(1));
    EXPECT_GT(waits.size(), 90U) << "they shall not all come back at once";
}

TEST(Retry, the_announced_wait_is_a_floor) {
    const auto decision = Trial().after_status(503, {{"retry-after", "7"}});
    EXPECT_EQ(decision.verdict, Verdict::retried);
    EXPECT_EQ(decision.wait_cause, http::WaitCause::retry_after);
    EXPECT_GE(decision.wait, seconds(7));
    EXPECT_LE(decision.wait, seconds(7) + milliseconds(250));
}

TEST(Retry, a_longer_backoff_is_not_cut_down_to_the_announced_wait) {
    Trial trial{.options = {.throttled = {.kind = BackoffKind::constant, .base = seconds(5)}}};
    const auto decision = trial.after_status(429, {{"retry-after", "1"}});
    EXPECT_GE(decision.wait, seconds(5));
    EXPECT_EQ(decision.wait_cause, http::WaitCause::backoff);
}

TEST(Retry, a_date_is_measured_against_the_servers_own_clock) {
    const auto decision =
        Trial().after_status(503, {{"date", "Sun, 22 Nov 2026 08:00:00 GMT"},
                                   {"retry-after", "Sun, 22 Nov 2026 08:00:04 GMT"}});
    EXPECT_GE(decision.wait, seconds(4));
    EXPECT_LT(decision.wait, seconds(5));
}

TEST(Retry, ten_years_return_at_once_with_the_value) {
    const auto decision = Trial().after_status(429, {{"retry-after", "315360000"}});
    EXPECT_EQ(decision.verdict, Verdict::gave_up);
    EXPECT_EQ(decision.ending, Ending::patience);
    EXPECT_EQ(decision.wait, seconds(315360000));
}

TEST(Retry, a_wait_past_the_deadline_is_not_begun) {
    Trial trial;
    trial.call.deadline = start + seconds(3);
    EXPECT_EQ(trial.after_status(503, {{"retry-after", "2"}}).verdict, Verdict::retried);
    const auto decision = trial.after_status(503, {{"retry-after", "3"}});
    EXPECT_EQ(decision.ending, Ending::deadline);
    EXPECT_GE(decision.wait, seconds(3));
}

TEST(Retry, an_unreadable_retry_after_is_ignored_and_counted) {
    const auto decision = Trial().after_status(503, {{"retry-after", "soon"}});
    EXPECT_EQ(decision.verdict, Verdict::retried);
    EXPECT_TRUE(decision.retry_after_garbage);
    EXPECT_LE(decision.wait, milliseconds(50));
}

TEST(Retry, an_empty_budget_ends_the_call_and_success_refunds) {
    RetryBudget budget({.capacity = 14});
    Trial trial{.budget = &budget};
    EXPECT_EQ(trial.after_status(503).verdict, Verdict::retried);
    const auto refused = trial.after_status(503);
    EXPECT_EQ(refused.ending, Ending::budget);
    EXPECT_EQ(refused.budget_left, 0);

    RetryBudget fresh({});
    RetryPolicy policy({}, &fresh);
    SeededRng rng(1);
    const CallFacts call{};
    EXPECT_EQ(policy.decide(1, call, {.status = 503, .at = start}, rng).verdict, Verdict::retried);
    EXPECT_EQ(fresh.tokens(), 486);
    EXPECT_EQ(policy.decide(2, call, {.status = 200, .at = start}, rng).verdict,
              Verdict::succeeded);
    EXPECT_EQ(fresh.tokens(), 500);
}

TEST(Retry, a_github_403_is_a_limit_only_when_it_says_so) {
    Trial trial;
    trial.call.provider = "github";
    EXPECT_EQ(trial.after_status(403).ending, Ending::permanent);
    EXPECT_EQ(trial.after_status(403, {{"retry-after", "1"}}).reason, RetryReason::throttled);
    const auto exhausted = trial.after_status(
        403, {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "1795341605"}});  // wall + 5 s
    EXPECT_EQ(exhausted.verdict, Verdict::retried);
    EXPECT_GE(exhausted.wait, seconds(6));
    const auto secondary =
        trial.after_status(403, {}, R"({"message":"You have exceeded a secondary rate limit."})");
    EXPECT_EQ(secondary.verdict, Verdict::retried);
    EXPECT_GE(secondary.wait, seconds(60));
    trial.call.provider = "npm";
    EXPECT_EQ(trial.after_status(403, {{"retry-after", "1"}}).ending, Ending::permanent);
}

TEST(Retry, a_delete_that_was_applied_and_lost_ends_as_done) {
    RetryPolicy policy({}, nullptr);
    SeededRng rng(1);
    const CallFacts call{.method = "DELETE", .effect = http::Effect::idempotent};
    const AttemptOutcome lost{.error = ErrorKind::connection_lost, .outcome = Outcome::unknown};
    EXPECT_EQ(policy.decide(1, call, lost, rng).verdict, Verdict::retried);
    const auto decision = policy.decide(2, call, {.status = 404}, rng);
    EXPECT_EQ(decision.verdict, Verdict::succeeded);
    EXPECT_TRUE(decision.applied_before);

    RetryPolicy fresh({}, nullptr);
    EXPECT_EQ(fresh.decide(1, call, {.status = 404}, rng).ending, Ending::permanent)
        << "nothing was lost: it was never there";
    RetryPolicy other({}, nullptr);
    const CallFacts get{.method = "GET"};
    (void)other.decide(1, get, lost, rng);
    EXPECT_EQ(other.decide(2, get, {.status = 404}, rng).ending, Ending::permanent);
}

TEST(Retry, what_stripe_says_of_sending_again_is_the_last_word) {
    Trial trial;
    trial.call = {.provider = "stripe", .effect = http::Effect::write};
    EXPECT_EQ(trial.after_status(500, {{"stripe-should-retry", "true"}}).verdict, Verdict::retried);
    EXPECT_EQ(trial.after_status(429, {{"stripe-should-retry", "false"}}).ending,
              Ending::permanent);
    EXPECT_EQ(trial.after_status(500).ending, Ending::non_idempotent);
    trial.call.provider = "generic";
    EXPECT_EQ(trial.after_status(500, {{"stripe-should-retry", "true"}}).ending,
              Ending::non_idempotent);
}

TEST(Retry, a_conflict_goes_better_later_only_where_the_provider_says_so) {
    Trial trial;
    EXPECT_EQ(trial.after_status(409).ending, Ending::permanent);
    trial.call.provider = "notion";
    EXPECT_EQ(trial.after_status(409).verdict, Verdict::retried);
    trial.call.effect = http::Effect::write;
    EXPECT_EQ(trial.after_status(409).ending, Ending::non_idempotent);
}

TEST(Retry, slacks_no_inside_a_200_is_a_refusal) {
    Trial trial;
    trial.call = {.provider = "slack", .effect = http::Effect::write};
    const auto decision = trial.after_status(200, {}, R"({"ok":false,"error":"rate_limited"})");
    EXPECT_EQ(decision.verdict, Verdict::retried);
    EXPECT_EQ(decision.reason, RetryReason::throttled);
}

TEST(Retry, options_out_of_range_are_refused_by_name) {
    EXPECT_THAT(RetryOptions{.max_attempts = 0}.validate().error().to_string(),
                testing::HasSubstr("retry.max_attempts is 0"));
    EXPECT_THAT(RetryOptions{.max_attempts = 11}.validate().error().to_string(),
                testing::HasSubstr("outside 1 to 10"));
    EXPECT_FALSE(RetryOptions{.patience = std::chrono::hours(2)}.validate());
    EXPECT_FALSE(RetryOptions{.spread = std::chrono::minutes(2)}.validate());
    RetryOptions nested;
    nested.throttled.base = Duration::zero();
    EXPECT_THAT(nested.validate().error().to_string(),
                testing::HasSubstr("retry.throttled: backoff.base"));
    EXPECT_TRUE(RetryOptions{}.validate());
}

}  // namespace
}  // namespace apilab::policy
