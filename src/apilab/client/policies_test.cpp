// The policies in one client: each by what it does to a call, then pairs of neighbours, and the
// traps that have names. Decisions as tables are tested beside each policy.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "apilab/base/file.hpp"
#include "apilab/client/bearer_auth.hpp"
#include "apilab/client/oauth2.hpp"
#include "apilab/runtime/body.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/testing/harness.hpp"
#include "apilab/testing/matchers.hpp"

namespace apilab::client {
namespace {

using apilab::testing::Harness;
using apilab::testing::HarnessOptions;
using apilab::testing::IsError;
using apilab::testing::IsOk;
using http::Request;
using http::Response;
using http::WaitCause;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Gt;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;

const std::string url = "http://api.test/things";

struct Ended {
    std::optional<Result<Response>> result;
    SteadyTime at;
};

runtime::Task<void> call_into(Harness& harness, std::string target, CallOptions options,
                              Ended& ended) {
    ended.result = co_await harness.client().get(std::move(target), std::move(options));
    ended.at = harness.scheduler().now();
}

runtime::Task<void> after(Harness& harness, Duration delay, runtime::Task<void> task) {
    (void)co_await harness.scheduler().sleep_for(delay);
    co_await std::move(task);
}

// So many calls of one URL at once.
std::vector<Ended> at_once(Harness& harness, std::size_t count, const CallOptions& options = {}) {
    std::vector<Ended> all(count);
    const auto act = [](Harness& its, std::vector<Ended>& into,
                        CallOptions how) -> runtime::Task<void> {
        runtime::TaskGroup group(its.scheduler());
        for (auto& ended : into) {
            group.spawn(call_into(its, url, how, ended));
        }
        co_await group.join();
    };
    runtime::run(harness.scheduler(), act(harness, all, options));
    return all;
}

std::size_t answered(const std::vector<Ended>& all) {
    return static_cast<std::size_t>(
        std::ranges::count_if(all, [](const Ended& one) { return one.result->has_value(); }));
}

Error lost(Outcome outcome = Outcome::unknown) {
    return Error(ErrorKind::connection_lost, "reset by peer").with_outcome(outcome);
}
Error unconnected() {
    return Error(ErrorKind::connect, "refused").with_outcome(Outcome::not_sent);
}

HarnessOptions with(ClientOptions client) {
    return {.client = std::move(client)};
}

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
    const auto act = [&](Harness& its, std::vector<Ended>& into) -> runtime::Task<void> {
        runtime::TaskGroup group(its.scheduler());
        // The first is refused, the second waits for its permit when the bucket freezes, and the
        // third is of another bucket.
        group.spawn(call_into(its, "http://api.test/search/a", github, into[0]));
        group.spawn(call_into(its, "http://api.test/search/b", github, into[1]));
        group.spawn(
            after(its, seconds(2), call_into(its, "http://api.test/repos/a/b", github, into[2])));
        co_await group.join();
    };
    const auto began = harness.scheduler().now();
    runtime::run(harness.scheduler(), act(harness, all));
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

// --- traps with names

TEST(ClientTraps, osv_querybatch_is_a_post_that_recovers_from_a_429) {
    Harness harness;
    harness.transport().reply(Response(429, "", {{"retry-after", "1"}})).reply(Response(200));
    const auto reply =
        harness.post("http://api.osv.test/v1/querybatch", "{}", {.operation = {.provider = "osv"}});
    ASSERT_THAT(reply, IsOk());
    EXPECT_EQ(reply->status(), 200);
    EXPECT_EQ(harness.log().last().effect, http::Effect::read);
    harness.transport().fail_with(lost()).reply(Response(200));
    EXPECT_THAT(
        harness.post("http://api.osv.test/v1/querybatch", "{}", {.operation = {.provider = "osv"}}),
        IsOk())
        << "and from a reply that got lost, for it only asks";
}

TEST(ClientTraps, a_key_that_the_provider_does_not_honour_makes_nothing_safe) {
    Harness harness;
    harness.transport().fail_with(lost()).reply(Response(201));
    const auto reply =
        harness.post(url, "{}", {.operation = {.provider = "github"}, .idempotency_key = "k-1"});
    ASSERT_THAT(reply, IsError(ErrorKind::connection_lost));
    EXPECT_EQ(reply.error().ending(), Ending::non_idempotent);
    EXPECT_EQ(reply.error().outcome(), Outcome::unknown);
}

TEST(ClientTraps, a_refresh_through_a_bulkhead_of_one_does_not_wait_for_itself) {
    Harness harness(with({.bulkhead = policy::BulkheadOptions{.concurrent = 1}}));
    harness.transport().reply(Response::json(200, R"({"access_token":"a","expires_in":60})"));
    harness.transport().reply(Response(401));
    harness.transport().reply(Response::json(200, R"({"access_token":"b","expires_in":60})"));
    harness.transport().otherwise(Response(200, "in"));
    OAuth2TokenSource tokens(harness.scheduler(), harness.client(),
                             {.token_url = *http::Url::parse("http://api.test/token"),
                              .client_id = "id",
                              .client_secret = Secret("s")});
    BearerAuth service(harness.client(), tokens, "http://api.test");
    const auto reply =
        runtime::run(harness.scheduler(), service.call(Request::get(*http::Url::parse(url)), {}));
    ASSERT_THAT(reply, IsOk());
    EXPECT_EQ(reply->body(), "in");
}

TEST(ClientTraps, a_coalesced_follower_keeps_its_own_deadline) {
    Harness harness(with({.coalesce = true}));
    harness.transport().reply(Response(200, "late"), seconds(8));
    Ended patient;
    Ended hurried;
    const auto act = [](Harness& its, Ended& one, Ended& two) -> runtime::Task<void> {
        runtime::TaskGroup group(its.scheduler());
        group.spawn(call_into(its, url, {}, one));
        group.spawn(call_into(its, url, {.deadline = seconds(2)}, two));
        co_await group.join();
    };
    const auto began = harness.scheduler().now();
    runtime::run(harness.scheduler(), act(harness, patient, hurried));
    ASSERT_THAT(*hurried.result, IsError(ErrorKind::deadline));
    EXPECT_EQ(hurried.at - began, seconds(2));
    ASSERT_THAT(*patient.result, IsOk());
    EXPECT_EQ(patient.at - began, seconds(8));
}

TEST(ClientTraps, who_asked_first_may_leave_and_the_others_still_get_their_answer) {
    Harness harness(with({.coalesce = true}));
    harness.transport().reply(Response(200, "late"), seconds(8));
    Ended first;
    Ended second;
    const auto act = [](Harness& its, Ended& one, Ended& two) -> runtime::Task<void> {
        runtime::TaskGroup leaving(its.scheduler());
        runtime::TaskGroup staying(its.scheduler());
        leaving.spawn(call_into(its, url, {}, one));
        staying.spawn(call_into(its, url, {}, two));
        (void)co_await its.scheduler().sleep_for(seconds(1));
        leaving.cancel();
        co_await leaving.join();
        co_await staying.join();
    };
    runtime::run(harness.scheduler(), act(harness, first, second));
    EXPECT_THAT(*first.result, IsError(ErrorKind::cancelled));
    ASSERT_THAT(*second.result, IsOk());
    EXPECT_THAT(harness.transport().seen(), SizeIs(1));
}

TEST(ClientTraps, when_the_last_who_asked_leaves_the_question_is_withdrawn) {
    Harness harness(with({.coalesce = true}));
    harness.transport().never_answer();
    const auto began = harness.scheduler().now();
    EXPECT_THAT(harness.get(url, {.deadline = seconds(1)}), IsError(ErrorKind::deadline));
    EXPECT_EQ(harness.scheduler().now() - began, seconds(1));
    harness.transport().otherwise(Response(200));
    EXPECT_THAT(harness.get(url), IsOk()) << "and nobody finds the old one";
}

TEST(ClientTraps, a_frozen_bucket_does_not_pin_the_half_open_probe) {
    Harness harness(with({.retry = {.max_attempts = 1},
                          .breaker = policy::CircuitBreakerOptions{.connection_failures = 1}}));
    const CallOptions github{.operation = {.provider = "github"}};
    const std::string search = "http://api.test/search/x";
    const std::string core = "http://api.test/repos/a/b";
    harness.transport().reply(Response(403, "", {{"retry-after", "30"}}));
    (void)harness.get(search, github);  // its bucket is frozen for half a minute
    harness.transport().fail_with(unconnected());
    (void)harness.get(core, github);  // and now the breaker is open
    harness.transport().otherwise(Response(200));
    std::vector<Ended> all(2);
    const auto act = [&](Harness& its, std::vector<Ended>& into) -> runtime::Task<void> {
        runtime::TaskGroup group(its.scheduler());
        (void)co_await its.scheduler().sleep_for(seconds(6));
        group.spawn(call_into(its, search, github, into[0]));
        group.spawn(after(its, seconds(1), call_into(its, core, github, into[1])));
        co_await group.join();
    };
    const auto began = harness.scheduler().now();
    runtime::run(harness.scheduler(), act(harness, all));
    ASSERT_THAT(*all[1].result, IsOk()) << "the one that may go is the probe";
    EXPECT_EQ(all[1].at - began, seconds(7));
    EXPECT_THAT(*all[0].result, IsOk());
}

TEST(ClientTraps, a_redirect_hop_obeys_the_new_origins_limiter) {
    Harness harness;
    const std::string other = "http://b.test/x";
    harness.transport().reply(Response(429, "", {{"retry-after", "9"}}));
    (void)harness.get(other, {.deadline = seconds(1)});  // the other origin asks for a pause
    harness.transport().reply(Response(302, "", {{"location", other}})).otherwise(Response(200));
    const auto began = harness.scheduler().now();
    ASSERT_THAT(harness.get(url), IsOk());
    EXPECT_GE(harness.scheduler().now() - began, seconds(9));
    EXPECT_EQ(harness.log().last().waits.at(0).cause, WaitCause::rate_limit);
}

TEST(ClientTraps, a_retry_after_of_ten_years_returns_at_once) {
    Harness harness;
    harness.transport().reply(Response(503, "", {{"retry-after", "315360000"}}));
    const auto began = harness.scheduler().now();
    const auto reply = harness.get(url);
    ASSERT_THAT(reply, IsOk());
    EXPECT_EQ(harness.scheduler().now(), began);
    const auto error = reply->error_for_status();
    EXPECT_EQ(error.error().ending(), Ending::patience);
    EXPECT_EQ(error.error().retry_after(), seconds(315360000));
}

TEST(ClientTraps, a_delete_applied_and_lost_ends_as_done) {
    Harness harness;
    harness.transport().fail_with(lost()).reply(Response(404, "not here"));
    const auto reply = harness.send(Request("DELETE", *http::Url::parse(url)));
    ASSERT_THAT(reply, IsOk());
    EXPECT_EQ(reply->status(), 204);
    EXPECT_TRUE(reply->error_for_status());
    EXPECT_THAT(harness.log().story(),
                ElementsAre(StartsWith("connection_lost (unknown) -> retry in"),
                            "404 -> done (an earlier attempt had applied it)"));
}

// --- bodies in pieces

// Can be read only once, as a pipe can.
class Once final : public runtime::BodySource {
public:
    [[nodiscard]] std::optional<std::uint64_t> length() const override { return std::nullopt; }
    [[nodiscard]] bool replayable() const override { return false; }
    [[nodiscard]] runtime::Task<Result<void>> start() override { co_return Result<void>(); }
    [[nodiscard]] runtime::Task<Result<std::string>> read(std::size_t /*max*/) override {
        co_return std::exchange(rest_, "");
    }

private:
    std::string rest_ = "body";
};

Request put() {
    return {"PUT", *http::Url::parse(url)};
}

TEST(ClientStreams, a_body_that_can_be_read_once_is_sent_once) {
    Harness harness;
    harness.transport().reply(Response(503)).otherwise(Response(200));
    const auto once = harness.send(put(), {.upload = std::make_shared<Once>()});
    ASSERT_THAT(once, IsOk());
    EXPECT_EQ(once->status(), 503);
    EXPECT_EQ(harness.log().last().ending, Ending::body_not_replayable);
    Harness other;
    other.transport().reply(Response(503)).otherwise(Response(200));
    const auto again =
        other.send(put(), {.upload = std::make_shared<runtime::StringSource>("body")});
    ASSERT_THAT(again, IsOk());
    EXPECT_EQ(again->status(), 200);
}

TEST(ClientStreams, a_redirect_that_needs_the_body_again_is_not_followed_without_it) {
    Harness harness;
    harness.transport().otherwise(Response(307, "", {{"location", "/other"}}));
    const auto refused = harness.send(put(), {.upload = std::make_shared<Once>()});
    ASSERT_THAT(refused, IsError(ErrorKind::protocol));
    EXPECT_EQ(refused.error().ending(), Ending::redirect);
    Harness other;
    other.transport().reply(Response(303, "", {{"location", "/other"}})).otherwise(Response(200));
    EXPECT_THAT(other.send(put(), {.upload = std::make_shared<Once>()}), IsOk())
        << "what becomes a GET needs none";
}

// --- cancellation

// Cancelled at whatever moment, a call gives everything back: the next one goes at once.
TEST(ClientCancellation, gives_back_permits_turns_and_the_probe_whenever_it_comes) {
    for (int moment = 0; moment <= 120; ++moment) {
        Harness harness(with({.limiter = policy::RateLimiterOptions{.quota = {.concurrent = 1}},
                              .bulkhead = policy::BulkheadOptions{.concurrent = 1},
                              .breaker = policy::CircuitBreakerOptions{.connection_failures = 1}}));
        harness.transport().reply(Response(503), seconds(2)).reply(Response(200), seconds(3));
        harness.transport().otherwise(Response(200));
        const auto act = [](Harness& its, Duration when) -> runtime::Task<void> {
            runtime::TaskGroup group(its.scheduler());
            std::vector<Ended> all(3);
            for (auto& ended : all) {
                group.spawn(call_into(its, url, {}, ended));
            }
            (void)co_await its.scheduler().sleep_for(when);
            group.cancel();
            co_await group.join();
        };
        runtime::run(harness.scheduler(), act(harness, milliseconds(moment * 50)));
        const auto now = harness.scheduler().now();
        const auto reply = harness.get(url);
        ASSERT_THAT(reply, IsOk()) << moment;
        EXPECT_LE(harness.scheduler().now() - now, seconds(5)) << moment;
        EXPECT_THAT(harness.log().last().waits, SizeIs(::testing::Le(1U))) << moment;
    }
}

// --- the order

// Regenerate: APILAB_UPDATE_GOLDEN=1 build/dev/bin/test_client --gtest_filter='*golden*'
TEST(Client, describes_its_policies_as_in_the_golden_file) {
    const std::string file = APILAB_SOURCE_DIR "/src/apilab/client/describe_golden.txt";
    Harness plain;
    Harness all(with({.budget = policy::RetryBudgetOptions{.kind = policy::BudgetKind::ratio},
                      .hedge = policy::HedgeOptions{},
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
