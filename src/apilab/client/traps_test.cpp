// Traps with names, and bodies that come in pieces.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apilab/auth/bearer_auth.hpp"
#include "apilab/auth/oauth2.hpp"
#include "apilab/client/internal/test_calls.hpp"
#include "apilab/runtime/body.hpp"
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
    SeededRng rng(1);
    auth::OAuth2TokenSource tokens(harness.scheduler(), harness.client(), rng,
                                   {.token_url = *http::Url::parse("http://api.test/token"),
                                    .client_id = "id",
                                    .client_secret = Secret("s")});
    auth::BearerAuth service(harness.client(), tokens, "http://api.test");
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
    const auto act = [](Harness& its, std::string search, std::string core, CallOptions github,
                        std::vector<Ended>& into) -> runtime::Task<void> {
        runtime::TaskGroup group(its.scheduler());
        (void)co_await its.scheduler().sleep_for(seconds(6));
        group.spawn(call_into(its, search, github, into[0]));
        group.spawn(after(its, seconds(1), call_into(its, core, github, into[1])));
        co_await group.join();
    };
    const auto began = harness.scheduler().now();
    runtime::run(harness.scheduler(), act(harness, search, core, github, all));
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

}  // namespace
}  // namespace apilab::client
