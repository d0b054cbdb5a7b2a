#include "apilab/observe/story_observer.hpp"

#include <gtest/gtest.h>

#include "apilab/base/rng.hpp"
#include "apilab/client/client.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"
#include "apilab/transport/scripted_transport.hpp"

namespace apilab::observe {
namespace {

using http::Request;
using http::Response;

class StoryTest : public ::testing::Test {
protected:
    client::Client& with(client::ClientOptions options, StoryOptions how = {}) {
        keeper = std::make_unique<StoryObserver>(
            scheduler, [this](Story story) { stories.push_back(std::move(story)); }, how);
        client =
            *client::Client::create(scheduler, transport, rng, std::move(options), {keeper.get()});
        return *client;
    }
    runtime::VirtualScheduler scheduler;
    transport::ScriptedTransport transport{scheduler};
    SeededRng rng{1};
    std::vector<Story> stories;
    std::unique_ptr<StoryObserver> keeper;
    std::unique_ptr<client::Client> client;
};

TEST_F(StoryTest, has_each_attempt_with_what_was_said_and_no_secret) {
    transport.reply(Response(503));
    transport.reply(Response::json(200, R"({"access_token":"s3cret","id":7})"));
    auto request = Request::post(*http::Url::parse("http://api.test/things?api_key=s3cret"),
                                 R"({"password":"s3cret","name":"x"})", "application/json");
    request.header("authorization", "Bearer s3cret");
    const auto before = scheduler.system_now();
    ASSERT_TRUE(runtime::run(scheduler, with({}).send(request, {.idempotency_key = "k-1"})));
    ASSERT_EQ(stories.size(), 1U);
    const Story& story = stories.front();
    EXPECT_EQ(story.started, before);
    ASSERT_EQ(story.exchanges.size(), story.record.attempts.size());
    for (const auto& exchange : story.exchanges) {
        EXPECT_EQ(exchange.method, "POST");
        EXPECT_EQ(exchange.request_headers.value("authorization"), "***");
        EXPECT_FALSE(exchange.url.contains("s3cret")) << exchange.url;
        EXPECT_FALSE(exchange.request_body.contains("s3cret")) << exchange.request_body;
        EXPECT_TRUE(exchange.request_body.contains("name"));
        EXPECT_FALSE(exchange.response_body.contains("s3cret"));
    }
    EXPECT_EQ(story.exchanges.back().attempt, story.record.attempts.size() - 1);
    EXPECT_TRUE(story.exchanges.back().answered);
}

TEST_F(StoryTest, an_answer_that_never_came_is_none) {
    for (int i = 0; i < 3; ++i) {
        transport.fail_with(
            Error(ErrorKind::connection_lost, "reset").with_outcome(Outcome::unknown));
    }
    ASSERT_FALSE(runtime::run(scheduler, with({}).get("http://api.test/x")));
    ASSERT_EQ(stories.size(), 1U);
    ASSERT_FALSE(stories.front().exchanges.empty());
    EXPECT_FALSE(stories.front().exchanges.front().answered);
}

TEST_F(StoryTest, of_records_only_nothing_is_copied) {
    transport.otherwise(Response(200));
    ASSERT_TRUE(runtime::run(scheduler, with({}, {.exchanges = false}).get("http://api.test/x")));
    ASSERT_EQ(stories.size(), 1U);
    EXPECT_TRUE(stories.front().exchanges.empty());
    EXPECT_EQ(stories.front().record.attempts.size(), 1U);
}

TEST_F(StoryTest, attempts_tell_the_other_side_their_spans) {
    transport.reply(Response(503));
    transport.reply(Response(200));
    auto& traced = with({.tracing = client::TraceOptions{}});
    ASSERT_TRUE(runtime::run(scheduler, traced.get("http://api.test/x")));
    const auto& record = stories.front().record;
    ASSERT_EQ(stories.front().exchanges.size(), 2U);
    EXPECT_TRUE(record.trace.exists());
    EXPECT_EQ(record.parent_span, 0U);
    for (std::size_t i = 0; i < 2; ++i) {
        const auto told = http::TraceContext::parse(
            stories.front().exchanges[i].request_headers.value("traceparent"));
        ASSERT_TRUE(told);
        EXPECT_EQ(told->trace_id(), record.trace.trace_id());
        EXPECT_EQ(told->span, record.attempts[i].span);
        EXPECT_TRUE(told->sampled);
    }
    EXPECT_NE(record.attempts[0].span, record.attempts[1].span);
}

TEST_F(StoryTest, a_call_within_a_trace_goes_on_with_it) {
    transport.otherwise(Response(200));
    auto& traced = with({.tracing = client::TraceOptions{.sample = 1}});
    const http::TraceContext parent{.high = 1, .low = 2, .span = 3, .sampled = false};
    ASSERT_TRUE(runtime::run(
        scheduler, traced.get("http://api.test/x", {.trace = parent, .tracestate = "a=1"})));
    const auto& record = stories.front().record;
    EXPECT_EQ(record.trace.trace_id(), parent.trace_id());
    EXPECT_EQ(record.parent_span, 3U);
    EXPECT_NE(record.trace.span, 3U);
    EXPECT_FALSE(record.trace.sampled) << "its beginner decides";
    EXPECT_EQ(transport.seen().front().request.headers().value("tracestate"), "a=1");
}

}  // namespace
}  // namespace apilab::observe
