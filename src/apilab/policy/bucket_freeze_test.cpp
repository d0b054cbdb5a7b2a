#include "apilab/policy/bucket_freeze.hpp"

#include <gtest/gtest.h>

#include <set>

namespace apilab::policy {
namespace {

using std::chrono::seconds;

const SteadyTime start{std::chrono::hours(5)};

// Nothing is kept of a single attempt.
Slot none = 0;

AttemptOutcome refused(const http::Headers& headers) {
    return {.status = 429, .headers = &headers, .at = start};
}

TEST(BucketFreeze, one_refusal_holds_every_call_to_that_origin) {
    SeededRng rng(1);
    BucketFreeze freeze({.spread = Duration::zero()}, rng);
    const CallFacts here{.origin = "http://a"};
    const http::Headers headers = {{"retry-after", "3"}};
    freeze.after(here, none, refused(headers));

    const auto action = freeze.before(here, none, start + seconds(1));
    ASSERT_TRUE(std::holds_alternative<WaitUntil>(action));
    EXPECT_EQ(std::get<WaitUntil>(action).until, start + seconds(3));
    EXPECT_TRUE(
        std::holds_alternative<Proceed>(freeze.before({.origin = "http://b"}, none, start)));
    EXPECT_TRUE(std::holds_alternative<Proceed>(freeze.before(here, none, start + seconds(3))));
}

TEST(BucketFreeze, tells_what_is_frozen_and_for_how_long) {
    SeededRng rng(1);
    BucketFreeze freeze({.spread = seconds(1)}, rng);
    const http::Headers headers = {{"retry-after", "3"}};
    freeze.after({.origin = "http://a", .provider = "slack", .bucket = "chat.update"}, none,
                 refused(headers));
    const std::vector<BucketFreeze::Snapshot> expected{
        {.origin = "http://a", .provider = "slack", .bucket = "chat.update", .left = seconds(2)}};
    EXPECT_EQ(freeze.frozen(start + seconds(1)), expected);
    EXPECT_TRUE(freeze.frozen(start + seconds(3)).empty());
}

TEST(BucketFreeze, providers_behind_one_origin_have_limits_of_their_own) {
    SeededRng rng(1);
    BucketFreeze freeze({.spread = Duration::zero()}, rng);
    const http::Headers headers = {{"retry-after", "3"}};
    freeze.after({.origin = "http://a", .provider = "npm"}, none, refused(headers));
    EXPECT_TRUE(std::holds_alternative<Proceed>(
        freeze.before({.origin = "http://a", .provider = "osv"}, none, start)));
    EXPECT_TRUE(std::holds_alternative<WaitUntil>(
        freeze.before({.origin = "http://a", .provider = "npm"}, none, start)));
}

TEST(BucketFreeze, a_later_shorter_wait_does_not_thaw_early) {
    SeededRng rng(1);
    BucketFreeze freeze({.spread = Duration::zero()}, rng);
    const CallFacts here{.origin = "http://a"};
    const http::Headers longer = {{"retry-after", "9"}};
    const http::Headers shorter = {{"retry-after", "1"}};
    freeze.after(here, none, refused(longer));
    freeze.after(here, none, refused(shorter));
    EXPECT_TRUE(std::holds_alternative<WaitUntil>(freeze.before(here, none, start + seconds(8))));
}

TEST(BucketFreeze, who_comes_when_it_thaws_does_not_overtake_those_who_waited) {
    SeededRng rng(1);
    BucketFreeze freeze({.spread = std::chrono::milliseconds(200)}, rng);
    const CallFacts here{.origin = "http://a"};
    const http::Headers headers = {{"retry-after", "3"}};
    freeze.after(here, none, refused(headers));
    Slot waited = 0;
    Slot given_up = 0;
    ASSERT_TRUE(std::holds_alternative<WaitUntil>(freeze.before(here, waited, start)));
    ASSERT_TRUE(std::holds_alternative<WaitUntil>(freeze.before(here, given_up, start)));

    const SteadyTime thawing = start + seconds(3) + std::chrono::milliseconds(10);
    Slot anew = 0;
    const auto action = freeze.before(here, anew, thawing);
    ASSERT_TRUE(std::holds_alternative<WaitUntil>(action));
    EXPECT_GE(std::get<WaitUntil>(action).until, thawing);
    EXPECT_LE(std::get<WaitUntil>(action).until,
              start + seconds(3) + std::chrono::milliseconds(200));
    EXPECT_TRUE(std::holds_alternative<Proceed>(freeze.before(here, waited, thawing)));
    EXPECT_TRUE(std::holds_alternative<Proceed>(freeze.before(here, anew, thawing)));

    freeze.withdraw(here, given_up, thawing);
    Slot last = 0;
    EXPECT_TRUE(std::holds_alternative<Proceed>(freeze.before(here, last, thawing)))
        << "nobody waits any more";
}

TEST(BucketFreeze, a_call_that_cannot_wait_that_long_is_refused_at_once) {
    SeededRng rng(1);
    BucketFreeze freeze({.spread = Duration::zero()}, rng);
    const CallFacts here{.origin = "http://a", .deadline = start + seconds(5)};
    const http::Headers headers = {{"retry-after", "30"}};
    freeze.after(here, none, refused(headers));
    const auto action = freeze.before(here, none, start);
    ASSERT_TRUE(std::holds_alternative<Refuse>(action));
    const Error& error = std::get<Refuse>(action).error;
    EXPECT_EQ(error.kind(), ErrorKind::rate_limited);
    EXPECT_EQ(error.outcome(), Outcome::not_sent);
    EXPECT_EQ(error.retry_after(), seconds(30));
}

TEST(BucketFreeze, a_hostile_wait_freezes_no_longer_than_the_limit) {
    SeededRng rng(1);
    BucketFreeze freeze({.spread = Duration::zero()}, rng);
    const CallFacts here{.origin = "http://a"};
    const http::Headers headers = {{"retry-after", "99999999"}};
    freeze.after(here, none, refused(headers));
    EXPECT_TRUE(
        std::holds_alternative<Proceed>(freeze.before(here, none, start + std::chrono::hours(1))));
}

TEST(BucketFreeze, only_refusals_freeze) {
    SeededRng rng(1);
    BucketFreeze freeze({.spread = Duration::zero()}, rng);
    const CallFacts here{.origin = "http://a"};
    const http::Headers headers = {{"retry-after", "3"}};
    freeze.after(here, none, {.status = 503, .headers = &headers, .at = start});
    freeze.after(here, none, {.status = 200, .headers = &headers, .at = start});
    const http::Headers silent;
    freeze.after(here, none, refused(silent));
    EXPECT_TRUE(std::holds_alternative<Proceed>(freeze.before(here, none, start)));
}

TEST(BucketFreeze, those_who_wait_do_not_come_back_together) {
    SeededRng rng(1);
    BucketFreeze freeze({.spread = seconds(1)}, rng);
    const CallFacts here{.origin = "http://a"};
    const http::Headers headers = {{"retry-after", "3"}};
    freeze.after(here, none, refused(headers));
    std::set<SteadyTime> moments;
    for (int i = 0; i < 20; ++i) {
        const auto action = freeze.before(here, none, start);
        const auto until = std::get<WaitUntil>(action).until;
        EXPECT_GE(until, start + seconds(3));
        EXPECT_LE(until, start + seconds(4));
        moments.insert(until);
    }
    EXPECT_GE(moments.size(), 15U);
}

TEST(BucketFreeze, a_short_deadline_leaves_time_for_the_request_behind_the_wait) {
    SeededRng rng(1);
    BucketFreeze freeze({.spread = seconds(10)}, rng);
    const http::Headers headers = {{"retry-after", "3"}};
    const CallFacts here{.origin = "http://a", .deadline = start + seconds(7)};
    freeze.after(here, none, refused(headers));
    SteadyTime latest = start;
    for (int i = 0; i < 100; ++i) {
        latest = std::max(latest, std::get<WaitUntil>(freeze.before(here, none, start)).until);
    }
    EXPECT_LE(latest, start + seconds(6));
    EXPECT_GT(latest, start + seconds(5)) << "and what there is, is used";
}

TEST(BucketFreeze, remembers_no_more_than_its_limit) {
    SeededRng rng(1);
    BucketFreeze freeze({.spread = Duration::zero(), .buckets_max = 1}, rng);
    const http::Headers headers = {{"retry-after", "3"}};
    freeze.after({.origin = "http://a"}, none, refused(headers));
    freeze.after({.origin = "http://b"}, none, refused(headers));
    EXPECT_TRUE(
        std::holds_alternative<Proceed>(freeze.before({.origin = "http://a"}, none, start)));
    EXPECT_TRUE(
        std::holds_alternative<WaitUntil>(freeze.before({.origin = "http://b"}, none, start)));
}

}  // namespace
}  // namespace apilab::policy
