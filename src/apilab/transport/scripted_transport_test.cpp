#include "apilab/transport/scripted_transport.hpp"

#include <gtest/gtest.h>

#include "apilab/runtime/virtual_scheduler.hpp"
#include "apilab/transport/send.hpp"

namespace apilab::transport {
namespace {

using namespace std::chrono_literals;
using http::Request;
using http::Response;

class ScriptedTransportTest : public testing::Test {
protected:
    Result<Response> send_one(SendOptions options = {}) {
        options.attempt = &attempt_;
        return runtime::run(scheduler_,
                            send(transport_, Request::get(*http::Url::parse("http://h/p?secret")),
                                 std::move(options)));
    }
    runtime::VirtualScheduler scheduler_;
    ScriptedTransport transport_{scheduler_};
    http::AttemptRecord attempt_;
};

TEST_F(ScriptedTransportTest, steps_are_played_in_order_and_then_the_standing_answer) {
    transport_.reply(Response(503))
        .fail_with(Error(ErrorKind::connection_lost, "x").with_outcome(Outcome::unknown))
        .otherwise(Response(200));
    EXPECT_EQ(send_one()->status(), 503);
    EXPECT_EQ(attempt_.status, 503);
    EXPECT_EQ(send_one().error().outcome(), Outcome::unknown);
    EXPECT_EQ(attempt_.error, ErrorKind::connection_lost);
    EXPECT_EQ(send_one()->status(), 200);
    EXPECT_EQ(send_one()->status(), 200);
    EXPECT_EQ(transport_.steps_left(), 0U);
}

TEST_F(ScriptedTransportTest, what_was_asked_and_when_is_remembered) {
    transport_.reply(Response(200), 2s).reply(Response(200));
    const SteadyTime start = scheduler_.now();
    ASSERT_TRUE(send_one({.idempotency_key = "k"}));
    ASSERT_TRUE(send_one());
    ASSERT_EQ(transport_.seen().size(), 2U);
    EXPECT_EQ(transport_.seen()[0].time, start);
    EXPECT_EQ(transport_.seen()[0].idempotency_key, "k");
    EXPECT_EQ(transport_.seen()[1].time, start + 2s);
    EXPECT_EQ(transport_.seen()[1].request.url().path(), "/p");
}

TEST_F(ScriptedTransportTest, a_request_without_a_step_names_itself_without_its_query) {
    const auto answer = send_one();
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind(), ErrorKind::internal);
    EXPECT_EQ(answer.error().message(), "the script has no step for request 1: GET /p");
}

TEST_F(ScriptedTransportTest, a_delay_ends_at_the_limit_that_counts) {
    transport_.reply(Response(200), 20s).never_answer();
    EXPECT_EQ(send_one().error().detail(), "first_byte");
    EXPECT_EQ(attempt_.elapsed, 15s);
    const auto never = send_one({.timeouts = {.first_byte = 0s, .attempt = 7s}});
    EXPECT_EQ(never.error().detail(), "attempt");
    EXPECT_EQ(attempt_.elapsed, 7s);
}

}  // namespace
}  // namespace apilab::transport
