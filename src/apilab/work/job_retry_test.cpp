#include "apilab/work/job_retry.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "apilab/base/scrubber.hpp"

namespace apilab::work {
namespace {

using namespace std::chrono_literals;
using Verdict = JobDecision::Verdict;

const SystemTime start{1'700'000'000s};

JobDecision after(const JobOutcome& outcome, JobAttemptFacts facts = {},
                  const JobRetryOptions& options = {}, std::uint64_t seed = 1) {
    SeededRng rng(seed);
    return decide(options, outcome, facts, start, rng);
}

TEST(JobRetry, done_is_done_whatever_attempt_it_was) {
    EXPECT_EQ(after(JobOutcome::done(), {.attempt = 12}).verdict, Verdict::done);
}

TEST(JobRetry, what_is_permanent_is_a_dead_letter_at_the_first_attempt) {
    const auto decision = after(JobOutcome::dead("HTTP 422"), {.attempt = 1});
    EXPECT_EQ(decision.verdict, Verdict::dead);
    EXPECT_EQ(decision.reason, "HTTP 422");
}

TEST(JobRetry, after_the_last_attempt_it_is_dead_and_says_how_many_there_were) {
    EXPECT_EQ(after(JobOutcome::retry("HTTP 503"), {.attempt = 2, .attempts_max = 3}).verdict,
              Verdict::retry);
    const auto decision = after(JobOutcome::retry("HTTP 503"), {.attempt = 3, .attempts_max = 3});
    EXPECT_EQ(decision.verdict, Verdict::dead);
    EXPECT_EQ(decision.reason, "attempt 3 of 3: HTTP 503");
}

TEST(JobRetry, the_first_wait_is_between_the_base_and_three_times_as_long) {
    bool low = false;
    bool high = false;
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        const auto decision = after(JobOutcome::retry("x"), {}, {.base = 10s}, seed);
        EXPECT_GE(decision.delay, 10s);
        EXPECT_LT(decision.delay, 30s);
        EXPECT_EQ(decision.at, start + decision.delay);
        low = low || decision.delay < 15s;
        high = high || decision.delay > 25s;
    }
    EXPECT_TRUE(low && high) << "they are spread over all of it";
}

TEST(JobRetry, each_wait_is_up_to_three_times_the_last_and_none_is_above_the_cap) {
    bool grew = false;
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        const auto decision =
            after(JobOutcome::retry("x"), {.attempt = 5, .last_delay = 10min}, {}, seed);
        EXPECT_LT(decision.delay, 30min);
        grew = grew || decision.delay > 20min;
        EXPECT_LE(after(JobOutcome::retry("x"), {.last_delay = 1h}, {}, seed).delay, 1h);
    }
    EXPECT_TRUE(grew);
}

TEST(JobRetry, a_last_wait_that_cannot_be_is_no_overflow) {
    EXPECT_LE(after(JobOutcome::retry("x"), {.last_delay = Duration::max()}).delay, 1h);
    EXPECT_GE(after(JobOutcome::retry("x"), {.last_delay = Duration::min()}).delay, 5s);
}

TEST(JobRetry, a_hint_is_a_floor_and_is_spread) {
    bool spread = false;
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        const auto decision = after(JobOutcome::retry("429", 2min), {}, {}, seed);
        EXPECT_GE(decision.delay, 2min);
        EXPECT_LE(decision.delay, 2min + 5s);
        spread = spread || decision.delay > 2min + 2s;
    }
    EXPECT_TRUE(spread);
}

TEST(JobRetry, a_hint_that_is_shorter_than_our_own_wait_changes_nothing) {
    const auto own = after(JobOutcome::retry("x"), {.last_delay = 30min});
    const auto hinted = after(JobOutcome::retry("x", 0s), {.last_delay = 30min});
    EXPECT_EQ(own.delay, hinted.delay);
    EXPECT_EQ(after(JobOutcome::retry("x", -1h)).delay, after(JobOutcome::retry("x")).delay);
}

TEST(JobRetry, a_hint_of_a_year_is_bounded_and_one_may_be_above_our_cap) {
    EXPECT_GE(after(JobOutcome::retry("429", 3h)).delay, 3h) << "they know better than our cap";
    EXPECT_LE(after(JobOutcome::retry("429", Duration::max())).delay, 24h + 5s);
    EXPECT_LT(after(JobOutcome::retry("429", 3h), {}, {.hint_max = 0s}).delay, 15s + 5s);
}

TEST(JobRetry, a_time_beyond_the_end_of_time_is_the_end_of_time) {
    SeededRng rng(1);
    const auto decision = decide({}, JobOutcome::retry("x"), {}, SystemTime::max() - 1s, rng);
    EXPECT_EQ(decision.at, SystemTime::max());
}

TEST(JobRetry, a_job_that_fails_for_ever_is_dead_within_half_a_day) {
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        SeededRng rng(seed);
        JobAttemptFacts facts;
        SystemTime now = start;
        for (;; ++facts.attempt) {
            const auto decision = decide({}, JobOutcome::retry("x"), facts, now, rng);
            if (decision.verdict == Verdict::dead) {
                break;
            }
            now = decision.at;
            facts.last_delay = decision.delay;
        }
        EXPECT_EQ(facts.attempt, 12);
        EXPECT_LE(now - start, 12h);
    }
}

TEST(JobRetryOptions, name_what_is_out_of_range) {
    const auto detail = [](const JobRetryOptions& options) {
        const auto valid = options.validate();
        return valid ? std::string() : valid.error().detail();
    };
    EXPECT_EQ(detail({}), "");
    EXPECT_EQ(detail({.base = 0ms}), "base");
    EXPECT_EQ(detail({.base = 2h}), "base");
    EXPECT_EQ(detail({.cap = 25h}), "cap");
    EXPECT_EQ(detail({.hint_max = -1s}), "hint_max");
    EXPECT_EQ(detail({.hint_max = 169h}), "hint_max");
    EXPECT_EQ(detail({.spread = 11min}), "spread");
    EXPECT_EQ(JobRetryOptions{}.describe(),
              "decorrelated jitter, base 5 s, cap 1 h; hints up to 24 h, spread 5 s");
}

TEST(JobOutcome, of_an_error_is_a_retry_only_where_that_might_help) {
    const auto busy =
        JobOutcome::failed(Error(ErrorKind::rate_limited, "limit").with_retry_after(30s));
    EXPECT_EQ(busy.kind(), JobOutcome::Kind::retry);
    EXPECT_EQ(busy.after(), 30s);
    const auto wrong = JobOutcome::failed(Error(ErrorKind::invalid_argument, "no such channel"));
    EXPECT_EQ(wrong.kind(), JobOutcome::Kind::dead);
    EXPECT_THAT(wrong.reason(), testing::HasSubstr("no such channel"));
}

TEST(JobOutcome, a_long_reason_is_cut_between_characters) {
    std::string text(JobOutcome::reason_max - 1, 'x');
    EXPECT_EQ(JobOutcome::dead(text + "y").reason().size(), JobOutcome::reason_max);
    EXPECT_EQ(JobOutcome::dead(text + "\xE2\x82\xAC").reason(), text);
    EXPECT_EQ(cut_reason("\x80\x80\x80", 1), "");
    const auto last = after(JobOutcome::retry(text), {.attempt = 1, .attempts_max = 1});
    EXPECT_EQ(last.reason.size(), JobOutcome::reason_max);
}

TEST(JobOutcome, a_reason_that_repeats_a_secret_is_kept_without_it) {
    const Secret token("xoxb-canary-of-a-reason");
    Scrubber::of_process().add(token);
    EXPECT_EQ(cut_reason("401: xoxb-canary-of-a-reason is no token"), "401: *** is no token");
    EXPECT_EQ(JobOutcome::retry("said xoxb-canary-of-a-reason").reason(), "said ***");
    EXPECT_EQ(cut_reason("it says xoxb-canary-of-a-reason", 15), "it says ***") << "whole, not cut";
}

}  // namespace
}  // namespace apilab::work
