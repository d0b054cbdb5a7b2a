#include "apilab/client/client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apilab/runtime/task_group.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"
#include "apilab/testing/harness.hpp"
#include "apilab/testing/matchers.hpp"

namespace apilab::client {
namespace {

using apilab::testing::Harness;
using apilab::testing::HarnessOptions;
using apilab::testing::IsError;
using apilab::testing::IsErrorSaying;
using apilab::testing::IsOk;
using http::Response;
using http::WaitCause;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;

const std::string url = "http://api.test/things";

Error lost(Outcome outcome) {
    return Error(ErrorKind::connection_lost, "reset by peer").with_outcome(outcome);
}

TEST(Client, a_transient_failure_is_retried_and_every_decision_is_recorded) {
    Harness harness;
    harness.transport().reply(Response(503)).reply(Response(200, "ok"));
    const auto reply = harness.get(url);
    ASSERT_THAT(reply, IsOk());
    EXPECT_EQ(reply->body(), "ok");
    const auto& record = harness.log().last();
    EXPECT_THAT(record.attempts, SizeIs(2));
    ASSERT_THAT(record.waits, SizeIs(1));
    EXPECT_EQ(record.waits[0].cause, WaitCause::backoff);
    EXPECT_EQ(record.waits[0].elapsed, record.waits[0].planned);
    EXPECT_THAT(harness.log().story(), ElementsAre(StartsWith("503 -> retry in"), "200 -> done"));
    EXPECT_EQ(reply->record()->attempts.size(), 2U);
}

// A wire that notes the limits it was given.
struct LimitsSeen final : runtime::Service {
    runtime::Task<Result<http::Response>> call(http::Request /*request*/,
                                               runtime::CallContext context) override {
        seen.push_back(context.timeouts.first_byte);
        co_return Response(200);
    }
    std::vector<Duration> seen;
};

TEST(Client, keeps_its_own_limits_where_it_is_called_as_a_service_by_who_says_nothing_of_them) {
    runtime::VirtualScheduler scheduler;
    SeededRng rng(1);
    LimitsSeen wire;
    ClientOptions options;
    options.timeouts.first_byte = seconds(2);
    const auto client = Client::create(scheduler, wire, rng, options).value();
    const auto ask = [&](runtime::CallContext context) {
        return runtime::run(scheduler, client->call(http::Request::get(*http::Url::parse(url)),
                                                    std::move(context)));
    };
    EXPECT_THAT(ask({}), IsOk());
    runtime::CallContext own;
    own.timeouts.first_byte = seconds(7);
    EXPECT_THAT(ask(own), IsOk());
    EXPECT_THAT(wire.seen, ElementsAre(seconds(2), seconds(7)));
}

TEST(Client, attempts_are_bounded_and_the_last_answer_comes_back) {
    Harness harness;
    harness.transport().otherwise(Response(503, "down"));
    const auto reply = harness.get(url);
    ASSERT_THAT(reply, IsOk());
    EXPECT_EQ(reply->status(), 503);
    EXPECT_THAT(harness.transport().seen(), SizeIs(3));
    const auto as_error = reply->error_for_status();
    ASSERT_THAT(as_error, IsError(ErrorKind::status));
    EXPECT_EQ(as_error.error().ending(), Ending::attempts);
    EXPECT_EQ(as_error.error().attempts(), 3);
}

TEST(Client, a_refusal_is_waited_out_as_announced) {
    Harness harness;
    harness.transport().reply(Response(429, "", {{"retry-after", "3"}})).reply(Response(200));
    ASSERT_THAT(harness.get(url), IsOk());
    const auto& seen = harness.transport().seen();
    EXPECT_GE(seen[1].time - seen[0].time, seconds(3));
    EXPECT_EQ(harness.log().last().waits[0].cause, WaitCause::retry_after);
}

TEST(Client, a_write_with_unknown_outcome_is_not_sent_again) {
    Harness harness;
    harness.transport().fail_with(lost(Outcome::unknown)).reply(Response(200));
    const auto reply = harness.post(url, "{}");
    ASSERT_THAT(reply, IsError(ErrorKind::connection_lost));
    EXPECT_EQ(reply.error().outcome(), Outcome::unknown);
    EXPECT_EQ(reply.error().ending(), Ending::non_idempotent);
    EXPECT_THAT(harness.transport().seen(), SizeIs(1));
}

TEST(Client, a_post_declared_read_is_retried) {
    Harness harness;
    harness.transport().fail_with(lost(Outcome::unknown)).reply(Response(200));
    EXPECT_THAT(harness.post(url, "{}", {.operation = {.effect = http::Effect::read}}), IsOk());
}

TEST(Client, a_write_with_a_key_carries_the_same_key_on_every_attempt) {
    Harness harness;
    harness.transport().fail_with(lost(Outcome::unknown)).reply(Response(201));
    ASSERT_THAT(harness.post(url, "{}", {.idempotency_key = "k-1"}), IsOk());
    const auto& seen = harness.transport().seen();
    ASSERT_THAT(seen, SizeIs(2));
    EXPECT_EQ(seen[0].idempotency_key, "k-1");
    EXPECT_EQ(seen[1].idempotency_key, "k-1");
    EXPECT_EQ(seen[1].request.body(), "{}");
}

TEST(Client, no_attempt_and_no_wait_passes_the_deadline) {
    Harness harness;
    harness.transport().otherwise(Response(429, "", {{"retry-after", "3"}}));
    const auto before = harness.scheduler().now();
    const auto reply = harness.get(url, {.deadline = seconds(5)});
    ASSERT_THAT(reply, IsOk());
    const auto error = reply->error_for_status();
    ASSERT_THAT(error, IsError(ErrorKind::rate_limited));
    EXPECT_EQ(error.error().ending(), Ending::deadline);
    EXPECT_GE(error.error().retry_after(), seconds(3));
    EXPECT_LT(harness.scheduler().now() - before, seconds(5));
    for (const auto& seen : harness.transport().seen()) {
        EXPECT_LT(seen.time, before + seconds(5));
    }
}

TEST(Client, a_server_that_never_answers_ends_at_the_deadline) {
    Harness harness;
    harness.transport().never_answer();
    const auto before = harness.scheduler().now();
    const auto reply = harness.get(url, {.deadline = seconds(4)});
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().outcome(), Outcome::unknown);
    EXPECT_EQ(reply.error().ending(), Ending::deadline);
    EXPECT_EQ(harness.scheduler().now() - before, seconds(4));
}

TEST(Client, the_first_cause_is_kept) {
    Harness harness;
    harness.transport()
        .fail_with(Error(ErrorKind::connect, "refused").with_outcome(Outcome::not_sent))
        .fail_with(lost(Outcome::unknown))
        .fail_with(lost(Outcome::unknown));
    const auto reply = harness.get(url);
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().first_cause(), "refused");
    EXPECT_EQ(reply.error().attempts(), 3);
    EXPECT_EQ(reply.error().ending(), Ending::attempts);
}

runtime::Task<void> get_into(Client& client, std::string address, SteadyTime& done, Clock& clock) {
    const auto reply = co_await client.get(std::move(address));
    EXPECT_TRUE(reply && reply->ok());
    done = clock.now();
}

runtime::Task<void> two_calls(Harness& harness, SteadyTime& first, SteadyTime& second) {
    runtime::TaskGroup group(harness.scheduler());
    group.spawn(get_into(harness.client(), url, first, harness.scheduler()));
    co_await harness.scheduler().sleep_for(seconds(1));
    group.spawn(get_into(harness.client(), url, second, harness.scheduler()));
    co_await group.join();
}

TEST(Client, after_a_refusal_the_other_calls_of_that_origin_wait_too) {
    Harness harness;
    harness.transport().reply(Response(429, "", {{"retry-after", "5"}})).otherwise(Response(200));
    const auto start = harness.scheduler().now();
    SteadyTime first;
    SteadyTime second;
    runtime::run(harness.scheduler(), two_calls(harness, first, second));
    EXPECT_GE(first - start, seconds(5));
    EXPECT_GE(second - start, seconds(5));
    const auto waited_for_the_bucket = [](const http::CallRecord& call) {
        return call.waits[0].cause == WaitCause::rate_limit;
    };
    EXPECT_EQ(std::ranges::count_if(harness.log().calls(), waited_for_the_bucket), 1);
}

TEST(Client, retries_of_all_calls_share_one_budget) {
    HarnessOptions options;
    options.client.budget = policy::RetryBudgetOptions{.capacity = 28};
    Harness harness(options);
    harness.transport().otherwise(Response(503));
    for (int i = 0; i < 5; ++i) {
        ASSERT_THAT(harness.get(url), IsOk());
    }
    EXPECT_THAT(harness.transport().seen(), SizeIs(7));  // 5 first attempts and 28/14 retries
    EXPECT_EQ(harness.log().last().ending, Ending::budget);
    EXPECT_THAT(harness.get("http://other.test/"), IsOk());
    EXPECT_EQ(harness.log().last().attempts.size(), 3U);  // another origin has its own
}

runtime::Task<void> cancelled_get(Client& client, std::string address,
                                  std::optional<Error>& error) {
    auto reply = co_await client.get(std::move(address));
    if (!reply) {
        error = reply.error();
    }
}

runtime::Task<void> cancel_after(Harness& harness, Duration when, std::optional<Error>& error) {
    runtime::TaskGroup group(harness.scheduler());
    group.spawn(cancelled_get(harness.client(), url, error));
    co_await harness.scheduler().sleep_for(when);
    group.cancel();
    co_await group.join();
}

TEST(Client, cancelling_during_a_wait_ends_the_call_and_keeps_what_is_known) {
    Harness harness;
    harness.transport().reply(Response(429, "", {{"retry-after", "30"}}));
    std::optional<Error> error;
    runtime::run(harness.scheduler(), cancel_after(harness, seconds(2), error));
    ASSERT_TRUE(error);
    EXPECT_EQ(error->kind(), ErrorKind::cancelled);
    EXPECT_EQ(error->ending(), Ending::cancelled);
    EXPECT_EQ(error->outcome(), Outcome::answered);
}

TEST(Client, cancelling_during_an_attempt_says_that_the_outcome_is_unknown) {
    Harness harness;
    harness.transport().never_answer();
    std::optional<Error> error;
    runtime::run(harness.scheduler(), cancel_after(harness, seconds(2), error));
    ASSERT_TRUE(error);
    EXPECT_EQ(error->kind(), ErrorKind::cancelled);
    EXPECT_EQ(error->outcome(), Outcome::unknown);
    EXPECT_THAT(harness.transport().seen(), SizeIs(1));
}

TEST(Client, default_headers_are_sent_unless_the_request_has_them) {
    HarnessOptions options;
    options.client.headers = {{"accept", "application/json"}, {"x-a", "1"}};
    Harness harness(options);
    harness.transport().otherwise(Response(200));
    ASSERT_THAT(
        harness.send(http::Request::get(*http::Url::parse(url)).header("Accept", "text/html")),
        IsOk());
    const auto& headers = harness.transport().seen()[0].request.headers();
    EXPECT_EQ(headers.value("accept"), "text/html");
    EXPECT_EQ(headers.value("x-a"), "1");
}

TEST(Client, a_malformed_url_is_an_error_before_anything_is_sent) {
    Harness harness;
    EXPECT_THAT(harness.get("ftp://x/"), IsError(ErrorKind::invalid_argument));
    EXPECT_THAT(harness.transport().seen(), SizeIs(0));
}

TEST(Client, an_option_of_a_call_out_of_its_range_is_named_and_nothing_is_sent) {
    Harness harness;
    const auto with = [](const runtime::Timeouts& timeouts) {
        CallOptions options;
        options.timeouts = timeouts;
        return options;
    };
    const auto say = [&](CallOptions options) {
        const auto reply =
            runtime::run(harness.scheduler(), harness.client().get(url, std::move(options)));
        return reply ? std::string("sent") : reply.error().to_string();
    };
    EXPECT_THAT(say(with({.attempt = seconds(0)})), HasSubstr("timeouts.attempt is 0 us"));
    EXPECT_THAT(say(with({.connect = seconds(-1)})), HasSubstr("timeouts.connect"));
    EXPECT_THAT(say(with({.idle = std::chrono::hours(2)})), HasSubstr("timeouts.idle"));
    CallOptions late;
    late.deadline = std::chrono::hours(2);
    EXPECT_THAT(say(late), HasSubstr("deadline"));
    EXPECT_THAT(harness.transport().seen(), SizeIs(0));
}

TEST(Client, beside_another_one_knows_what_that_one_was_told_and_keeps_its_own_rules) {
    Harness harness;
    testing::CallLog log;
    ClientOptions once{.id_prefix = "e"};
    once.retry.max_attempts = 1;
    const auto beside = Client::create_beside(harness.client(), once, {&log});
    ASSERT_THAT(beside, IsOk());
    harness.transport()
        .reply(Response(503))
        .reply(Response(429, "", {{"retry-after", "5"}}))
        .otherwise(Response(200));
    EXPECT_EQ(runtime::run(harness.scheduler(), (*beside)->get(url))->status(), 503);
    EXPECT_EQ(runtime::run(harness.scheduler(), (*beside)->get(url))->status(), 429);
    const auto start = harness.scheduler().now();
    EXPECT_EQ(harness.get(url)->status(), 200);
    EXPECT_GE(harness.scheduler().now() - start, seconds(5)) << "the other one was told";
    EXPECT_EQ((*beside)->limits(), harness.client().limits());
    EXPECT_EQ(log.last().id, "e-000002");
    EXPECT_EQ(harness.log().last().id, "c-000001");
    EXPECT_THAT(Client::create_beside(harness.client(), {.id_prefix = "E 1"}),
                IsErrorSaying(HasSubstr("id_prefix")));
}

TEST(ClientOptions, contradictions_are_refused_by_name) {
    EXPECT_THAT(ClientOptions{.deadline = seconds(10)}.validate(),
                IsErrorSaying(HasSubstr("timeouts.attempt (30 s) is longer than the deadline")));
    EXPECT_THAT(ClientOptions{.budget = std::nullopt}.validate(),
                IsErrorSaying(HasSubstr("retry has no budget")));
    EXPECT_THAT((ClientOptions{.budget = std::nullopt, .retry_without_budget = true}.validate()),
                IsOk());
    EXPECT_THAT(ClientOptions{.deadline = Duration::zero()}.validate(),
                IsErrorSaying(HasSubstr("deadline is 0 us, outside")));
    EXPECT_THAT(ClientOptions{.origins_max = 0}.validate(),
                IsErrorSaying(HasSubstr("origins_max")));
    EXPECT_THAT(ClientOptions{}.validate(), IsOk());
}

}  // namespace
}  // namespace apilab::client
