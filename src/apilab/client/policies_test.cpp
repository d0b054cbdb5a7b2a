// The policies in one client: each by what it does to a call, then pairs of neighbours, and their
// order as a golden file. Decisions as tables are tested beside each policy; the traps that have
// names in traps_test.cpp.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "apilab/base/file.hpp"
#include "apilab/cache/memory_cache.hpp"
#include "apilab/client/internal/test_calls.hpp"
#include "apilab/testing/matchers.hpp"

namespace apilab::client {
namespace {

using apilab::testing::Harness;
using apilab::testing::IsError;
using apilab::testing::IsOk;
using http::Request;
using http::Response;
using http::WaitCause;
using internal::after;
using internal::answered;
using internal::at_once;
using internal::call_into;
using internal::Ended;
using internal::lost;
using internal::unconnected;
using internal::url;
using internal::with;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Gt;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;

// --- each

TEST(ClientBreaker, leaves_an_origin_alone_and_says_when_to_come_back) {
    Harness harness(with({.retry = {.max_attempts = 1}}));
    for (int i = 0; i < 5; ++i) {
        harness.transport().fail_with(unconnected());
    }
    for (int i = 0; i < 5; ++i) {
        EXPECT_THAT(harness.get(url), IsError(ErrorKind::connect));
    }
    const auto refused = harness.get(url);
    ASSERT_THAT(refused, IsError(ErrorKind::breaker_open));
    EXPECT_EQ(refused.error().outcome(), Outcome::not_sent);
    EXPECT_EQ(refused.error().ending(), Ending::breaker);
    EXPECT_THAT(refused.error().retry_after(), ::testing::Ge(seconds(5)));
    EXPECT_THAT(harness.transport().seen(), SizeIs(5));
    EXPECT_THAT(harness.log().story(),
                ElementsAre(HasSubstr("the breaker is open, next probe in 5")));
    harness.transport().otherwise(Response(200));
    EXPECT_THAT(harness.get("http://other.test/"), IsOk());
    harness.scheduler().advance(seconds(6));
    EXPECT_THAT(harness.get(url), IsOk());
    EXPECT_THAT(harness.get(url), IsOk());
}

TEST(ClientBreaker, says_which_origins_are_left_alone) {
    Harness harness(with({.retry = {.max_attempts = 1}}));
    EXPECT_THAT(harness.client().breakers(), SizeIs(0));
    for (int i = 0; i < 5; ++i) {
        harness.transport().fail_with(unconnected());
        EXPECT_THAT(harness.get(url), IsError(ErrorKind::connect));
    }
    const auto breakers = harness.client().breakers();
    ASSERT_THAT(breakers, SizeIs(1));
    EXPECT_EQ(breakers[0].origin, http::Url::parse(url)->origin());
    EXPECT_EQ(breakers[0].state, policy::CircuitBreaker::State::open);
    EXPECT_GT(breakers[0].probe_in, seconds(0));
    EXPECT_THAT(Harness(with({.breaker = std::nullopt})).client().breakers(), SizeIs(0));
}

TEST(ClientLimiter, says_what_is_left_of_each_quota_and_what_is_frozen) {
    Harness harness(with({.retry = {.max_attempts = 1}}));
    harness.transport().reply(Response(200, "", {{"ratelimit", "\"d\";r=9;t=30"}}));
    harness.transport().reply(Response(429, "", {{"retry-after", "60"}}));
    ASSERT_THAT(harness.get(url), IsOk());
    (void)harness.get("http://other.test/");
    const auto limits = harness.client().limits();
    ASSERT_THAT(limits, SizeIs(2));
    EXPECT_EQ(limits[0].remaining, 9);
    EXPECT_EQ(limits[0].frozen, seconds(0));
    EXPECT_EQ(limits[1].origin, "http://other.test");
    EXPECT_EQ(limits[1].frozen, seconds(60));
    Harness bare(with({.retry = {.max_attempts = 1}, .limiter = std::nullopt}));
    bare.transport().reply(Response(429, "", {{"retry-after", "60"}}));
    (void)bare.get(url);
    ASSERT_THAT(bare.client().limits(), SizeIs(1)) << "frozen, without a limiter";
    EXPECT_EQ(bare.client().limits()[0].frozen, seconds(60));
}

TEST(ClientBulkhead, so_many_are_under_way_and_the_others_wait_their_turn) {
    Harness harness(with({.bulkhead = policy::BulkheadOptions{.concurrent = 2}}));
    for (int i = 0; i < 6; ++i) {
        harness.transport().reply(Response(200), seconds(1));
    }
    const auto began = harness.scheduler().now();
    const auto all = at_once(harness, 6);
    EXPECT_EQ(answered(all), 6U);
    for (std::size_t i = 0; i < all.size(); ++i) {
        EXPECT_EQ(all[i].at - began, seconds(1 + i / 2)) << i;
    }
    EXPECT_EQ(harness.log().last().waits.at(0).cause, WaitCause::bulkhead);
}

TEST(ClientBulkhead, waiting_counts_against_the_deadline) {
    Harness harness(with({.bulkhead = policy::BulkheadOptions{.concurrent = 1}}));
    harness.transport().reply(Response(200), seconds(10)).otherwise(Response(200));
    const auto all = at_once(harness, 2, {.deadline = seconds(12)});
    EXPECT_EQ(answered(all), 2U);
    Harness hurried(with({.bulkhead = policy::BulkheadOptions{.concurrent = 1}}));
    hurried.transport().reply(Response(200), seconds(4)).otherwise(Response(200));
    const auto began = hurried.scheduler().now();
    Ended inside;
    Ended outside;
    const auto act = [](Harness& its, Ended& one, Ended& two) -> runtime::Task<void> {
        runtime::TaskGroup group(its.scheduler());
        group.spawn(call_into(its, url, {}, one));
        group.spawn(call_into(its, url, {.deadline = seconds(3)}, two));
        co_await group.join();
    };
    runtime::run(hurried.scheduler(), act(hurried, inside, outside));
    ASSERT_THAT(*outside.result, IsError(ErrorKind::overloaded));
    EXPECT_EQ(outside.result->error().ending(), Ending::deadline);
    EXPECT_EQ(outside.at - began, seconds(3));
}

TEST(ClientLimiter, keeps_to_the_quota_that_an_answer_announces) {
    Harness harness;
    harness.transport().reply(Response(200, "", {{"ratelimit", "\"d\";r=1;t=30"}}));
    harness.transport().otherwise(Response(200));
    const auto began = harness.scheduler().now();
    ASSERT_THAT(harness.get(url), IsOk());
    ASSERT_THAT(harness.get(url), IsOk());
    EXPECT_EQ(harness.scheduler().now(), began);
    ASSERT_THAT(harness.get(url), IsOk());
    EXPECT_EQ(harness.scheduler().now() - began, seconds(30));
    EXPECT_EQ(harness.log().last().waits.at(0).cause, WaitCause::rate_limit);
    EXPECT_EQ(explain(harness.log().last().waits.at(0)),
              "waited 30 s before attempt 1 (rate limit)");
}

TEST(ClientLimiter, writes_to_github_are_a_second_apart_and_reads_are_not) {
    Harness harness;
    harness.transport().otherwise(Response(201));
    const auto began = harness.scheduler().now();
    const CallOptions github{.operation = {.provider = "github"}};
    for (int i = 0; i < 3; ++i) {
        ASSERT_THAT(harness.post("http://api.test/repos/a/b/issues", "{}", github), IsOk());
        ASSERT_THAT(harness.get("http://api.test/repos/a/b", github), IsOk());
    }
    EXPECT_EQ(harness.scheduler().now() - began, seconds(2));
}

TEST(ClientHedge, the_faster_of_two_counts_and_the_other_is_cancelled) {
    Harness harness(with({.hedge = policy::HedgeOptions{.latencies_min = 3}}));
    for (int i = 0; i < 3; ++i) {
        harness.transport().reply(Response(200), milliseconds(100));
        ASSERT_THAT(harness.get(url), IsOk());
    }
    harness.transport().reply(Response(200, "slow"), seconds(9));
    harness.transport().reply(Response(200, "fast"), milliseconds(100));
    const auto began = harness.scheduler().now();
    const auto reply = harness.get(url);
    ASSERT_THAT(reply, IsOk());
    EXPECT_EQ(reply->body(), "fast");
    EXPECT_EQ(harness.scheduler().now() - began, milliseconds(200));
    EXPECT_THAT(harness.log().story(),
                ElementsAre("no answer for 100 ms -> a second attempt beside it (hedge, budget "
                            "486/500)",
                            "200 -> done"));
    const auto& attempts = harness.log().last().attempts;
    ASSERT_THAT(attempts, SizeIs(2));
    EXPECT_TRUE(attempts[0].hedge);
    EXPECT_EQ(attempts[1].error, ErrorKind::cancelled);
    EXPECT_EQ(attempts[0].number, 1);
    EXPECT_EQ(attempts[1].number, 1);
}

TEST(ClientHedge, where_the_first_is_faster_the_second_was_for_nothing) {
    Harness harness(with({.hedge = policy::HedgeOptions{.latencies_min = 1}}));
    harness.transport().reply(Response(200), milliseconds(100));
    ASSERT_THAT(harness.get(url), IsOk());
    harness.transport().reply(Response(200, "first"), milliseconds(150));
    harness.transport().reply(Response(200, "second"), seconds(9));
    EXPECT_EQ(harness.get(url)->body(), "first");
}

TEST(ClientHedge, who_still_waits_for_a_permit_has_none) {
    Harness harness(with({.hedge = policy::HedgeOptions{.latencies_min = 1},
                          .bulkhead = policy::BulkheadOptions{.concurrent = 1}}));
    harness.transport().reply(Response(200), milliseconds(100));
    ASSERT_THAT(harness.get(url), IsOk());
    for (int i = 0; i < 3; ++i) {
        harness.transport().reply(Response(200), milliseconds(90));
    }
    EXPECT_EQ(answered(at_once(harness, 3)), 3U);
    EXPECT_THAT(harness.transport().seen(), SizeIs(4));
}

TEST(ClientHedge, a_refusal_because_of_a_limit_wins_against_nobody) {
    Harness harness(with({.hedge = policy::HedgeOptions{.latencies_min = 1}}));
    const CallOptions github{.operation = {.provider = "github"}};
    harness.transport().reply(Response(200), milliseconds(100));
    ASSERT_THAT(harness.get(url, github), IsOk());
    harness.transport().reply(Response(200, "first"), seconds(2));
    harness.transport().reply(Response(403, "", {{"retry-after", "9"}}), milliseconds(10));
    EXPECT_EQ(harness.get(url, github)->body(), "first");
}

TEST(ClientHedge, a_call_that_is_refused_at_once_ends_at_once) {
    Harness harness(with({.retry = {.max_attempts = 1},
                          .hedge = policy::HedgeOptions{.latencies_min = 1},
                          .breaker = policy::CircuitBreakerOptions{.connection_failures = 1}}));
    harness.transport().reply(Response(200), milliseconds(100));
    ASSERT_THAT(harness.get(url), IsOk());
    harness.transport().fail_with(unconnected());
    EXPECT_THAT(harness.get(url), IsError(ErrorKind::connect));
    const auto began = harness.scheduler().now();
    EXPECT_THAT(harness.get(url), IsError(ErrorKind::breaker_open));
    EXPECT_EQ(harness.scheduler().now(), began);
}

TEST(ClientHedge, a_write_has_none) {
    Harness harness(with({.hedge = policy::HedgeOptions{.latencies_min = 1}}));
    harness.transport().reply(Response(200), milliseconds(100));
    ASSERT_THAT(harness.post(url, "{}"), IsOk());
    harness.transport().reply(Response(200), seconds(9));
    ASSERT_THAT(harness.post(url, "{}"), IsOk());
    EXPECT_THAT(harness.transport().seen(), SizeIs(2));
}

TEST(ClientCoalescing, equal_questions_at_one_time_have_one_answer) {
    Harness harness(with({.coalesce = true}));
    harness.transport().reply(Response(503), seconds(1)).reply(Response(200, "same"), seconds(1));
    const auto all = at_once(harness, 5);
    ASSERT_EQ(answered(all), 5U);
    for (const auto& one : all) {
        EXPECT_EQ((*one.result)->body(), "same");
    }
    EXPECT_THAT(harness.transport().seen(), SizeIs(2));
    EXPECT_THAT(harness.log().story(), ElementsAre("asked already by c-000001 -> its answer"));
    EXPECT_THAT(harness.log().calls(),
                Contains(::testing::Field(&http::CallRecord::attempts, SizeIs(2))));
    harness.transport().otherwise(Response(200, "new"));
    EXPECT_EQ(harness.get(url)->body(), "new") << "a later call asks anew";
}

TEST(ClientRedirects, are_followed_and_told) {
    Harness harness;
    harness.transport().reply(Response(301, "", {{"location", "http://b.test/new?token=x"}}));
    harness.transport().reply(Response(200, "there"));
    auto request = Request::get(*http::Url::parse(url)).header("authorization", "Bearer t");
    const auto reply = harness.send(std::move(request));
    ASSERT_THAT(reply, IsOk());
    EXPECT_EQ(reply->body(), "there");
    EXPECT_THAT(harness.log().story(),
                ElementsAre("301 -> http://b.test/new (credentials dropped)", "200 -> done"));
    EXPECT_FALSE(harness.transport().seen()[1].request.headers().contains("authorization"));
    EXPECT_EQ(harness.log().last().attempts.back().hop, 1);
    EXPECT_EQ(harness.log().last().attempts.back().number, 1);
}

TEST(ClientRedirects, a_get_that_a_post_became_bears_no_key) {
    Harness harness;
    harness.transport().reply(Response(303, "", {{"location", "/made"}})).otherwise(Response(200));
    ASSERT_THAT(harness.post(url, "{}", {.idempotency_key = "k-1"}), IsOk());
    EXPECT_EQ(harness.transport().seen()[0].idempotency_key, "k-1");
    EXPECT_EQ(harness.transport().seen()[1].idempotency_key, "");
}

TEST(ClientRedirects, where_they_are_off_are_the_answer) {
    Harness harness(with({.redirects = std::nullopt}));
    harness.transport().reply(Response(301, "", {{"location", "/new"}}));
    EXPECT_EQ(harness.get(url)->status(), 301);
}

TEST(ClientRedirects, one_that_may_not_be_followed_is_an_error) {
    Harness harness;
    harness.transport().otherwise(Response(302, "", {{"location", "http://127.0.0.1/"}}));
    const auto reply = harness.get(url);
    ASSERT_THAT(reply, IsError(ErrorKind::protocol));
    EXPECT_EQ(reply.error().outcome(), Outcome::answered);
    EXPECT_THAT(reply.error().to_string(), HasSubstr("private network"));
    EXPECT_THAT(harness.transport().seen(), SizeIs(1)) << "asking again would not help";
}

TEST(ClientDeadline, of_a_call_may_be_longer_than_the_clients) {
    Harness harness;
    harness.transport().reply(Response(429, "", {{"retry-after", "59"}}));
    harness.transport().reply(Response(429, "", {{"retry-after", "59"}})).otherwise(Response(200));
    const auto reply = harness.get(url, {.deadline = std::chrono::minutes(5)});
    ASSERT_THAT(reply, IsOk());
    EXPECT_EQ(reply->status(), 200);
}

// --- pairs

TEST(ClientPolicies, a_retry_asks_the_breaker_again) {
    Harness harness(with({.breaker = policy::CircuitBreakerOptions{.connection_failures = 2}}));
    for (int i = 0; i < 9; ++i) {
        harness.transport().fail_with(unconnected());
    }
    const auto reply = harness.get(url);
    ASSERT_THAT(reply, IsError(ErrorKind::breaker_open));
    EXPECT_EQ(reply.error().attempts(), 2);
    EXPECT_EQ(reply.error().first_cause(), "refused");
    EXPECT_THAT(harness.transport().seen(), SizeIs(2));
}

TEST(ClientPolicies, a_429_freezes_the_bucket_and_does_not_trip_the_breaker) {
    Harness harness(with({.breaker = policy::CircuitBreakerOptions{.calls_min = 1}}));
    harness.transport().reply(Response(429, "", {{"retry-after", "2"}})).otherwise(Response(200));
    ASSERT_THAT(harness.get(url), IsOk());
    EXPECT_EQ(harness.log().last().attempts.size(), 2U);
}

TEST(ClientPolicies, a_frozen_bucket_holds_no_permit_that_others_could_use) {
    Harness harness(with({.bulkhead = policy::BulkheadOptions{.concurrent = 1}}));
    harness.transport().reply(Response(403, "", {{"retry-after", "5"}}), seconds(1));
    harness.transport().otherwise(Response(200));
    const CallOptions github{.operation = {.provider = "github"}};
    std::vector<Ended> all(3);
    const auto act = [](Harness& its, CallOptions github,
                        std::vector<Ended>& into) -> runtime::Task<void> {
        runtime::TaskGroup group(its.scheduler());
        // The first is refused, the second waits for its permit when the bucket freezes, and the
        // third is of another bucket.
        group.spawn(call_into(its, "http://api.test/repos/a/a", github, into[0]));
        group.spawn(call_into(its, "http://api.test/repos/a/b", github, into[1]));
        group.spawn(
            after(its, seconds(2), call_into(its, "http://api.test/search/a", github, into[2])));
        co_await group.join();
    };
    const auto began = harness.scheduler().now();
    runtime::run(harness.scheduler(), act(harness, github, all));
    EXPECT_EQ(answered(all), 3U);
    EXPECT_EQ(all[2].at - began, seconds(2));
    EXPECT_GE(all[1].at - began, seconds(6));
}

TEST(ClientPolicies, an_empty_budget_means_no_hedge_and_no_harm) {
    Harness harness(with({.budget = policy::RetryBudgetOptions{.capacity = 14},
                          .hedge = policy::HedgeOptions{.latencies_min = 1}}));
    harness.transport()
        .reply(Response(503), milliseconds(10))
        .reply(Response(503), milliseconds(10));
    ASSERT_THAT(harness.get(url), IsOk());  // the budget is spent
    harness.transport().reply(Response(200, "slow"), seconds(5));
    EXPECT_EQ(harness.get(url)->body(), "slow");
    EXPECT_THAT(harness.transport().seen(), SizeIs(3));
}

TEST(ClientPolicies, a_share_budget_bounds_the_retries_of_calls_under_way) {
    Harness harness(with({.budget = policy::RetryBudgetOptions{.kind = policy::BudgetKind::ratio,
                                                               .ratio = 0.2,
                                                               .ratio_floor = 0},
                          .breaker = std::nullopt}));
    for (int i = 0; i < 10; ++i) {
        harness.transport().reply(Response(503), seconds(1));
    }
    harness.transport().otherwise(Response(503));
    (void)at_once(harness, 10);
    std::size_t retries = 0;
    for (const auto& call : harness.log().calls()) {
        retries += call.attempts.size() - 1;
    }
    EXPECT_THAT(retries, ::testing::Le(5U));
    EXPECT_THAT(retries, Gt(0U));
}

// --- the order

// Regenerate: APILAB_UPDATE_GOLDEN=1 build/dev/bin/test_client --gtest_filter='*golden*'
TEST(Client, describes_its_policies_as_in_the_golden_file) {
    const std::string file = APILAB_SOURCE_DIR "/src/apilab/client/describe_golden.txt";
    Harness plain;
    Harness all(with({.budget = policy::RetryBudgetOptions{.kind = policy::BudgetKind::ratio},
                      .hedge = policy::HedgeOptions{},
                      .cache = CacheOptions{.store = *cache::MemoryCache::make()},
                      .coalesce = true,
                      .redirects = std::nullopt}));
    const auto text = "# The defaults.\n" + plain.client().describe() +
                      "\n# Everything, with a share budget, and redirects off.\n" +
                      all.client().describe();
    if (std::getenv("APILAB_UPDATE_GOLDEN") != nullptr) {
        ASSERT_TRUE(write_file_atomically(file, text));
    }
    EXPECT_EQ(text, read_file(file, 1 << 20).value_or("there is no file"));
}

}  // namespace
}  // namespace apilab::client
