#include "apilab/observe/trace_exporter.hpp"

#include <gtest/gtest.h>

#include <array>

#include "apilab/base/scrubber.hpp"
#include "apilab/http/json.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"
#include "apilab/transport/scripted_transport.hpp"

namespace apilab::observe {
namespace {

using http::Response;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

http::CallRecord traced(std::uint64_t span = 1) {
    http::CallRecord call;
    call.id = "c-000001";
    call.method = "GET";
    call.url_template = "/things";
    call.origin = "http://api.test";
    call.trace = {.high = 1, .low = 2, .span = span, .sampled = true};
    call.status = 200;
    return call;
}

class Exporter : public ::testing::Test {
protected:
    void SetUp() override { make({}); }
    void make(TraceExporterOptions options) {
        exporter = *TraceExporter::create(scheduler, collector, rng,
                                          *http::Url::parse("http://127.0.0.1:4318/v1/traces"),
                                          std::move(options));
    }
    void calls(int count) {
        for (int call = 1; call <= count; ++call) {
            exporter->on_call(traced(static_cast<std::uint64_t>(call)));
        }
    }
    void close(Duration limit = seconds(10)) { runtime::run(scheduler, exporter->close(limit)); }
    [[nodiscard]] std::size_t spans(std::size_t request) const {
        const auto document =
            *http::JsonDocument::parse(collector.seen().at(request).request.body());
        return document.root().at_pointer("/resourceSpans/0/scopeSpans/0/spans").size();
    }
    [[nodiscard]] Duration between(std::size_t first, std::size_t second) const {
        return collector.seen().at(second).time - collector.seen().at(first).time;
    }

    runtime::VirtualScheduler scheduler;
    transport::ScriptedTransport collector{scheduler};
    SeededRng rng{7};
    std::unique_ptr<TraceExporter> exporter;
};

TEST_F(Exporter, calls_are_gathered_until_the_interval_is_over) {
    collector.otherwise(Response::json(200, "{}"));
    calls(3);
    scheduler.advance(milliseconds(4'999));
    EXPECT_TRUE(collector.seen().empty());
    scheduler.advance(milliseconds(1));
    ASSERT_EQ(collector.seen().size(), 1U);
    const auto& sent = collector.seen()[0].request;
    EXPECT_EQ(sent.method(), "POST");
    EXPECT_EQ(sent.url().to_string(), "http://127.0.0.1:4318/v1/traces");
    EXPECT_EQ(sent.headers().value("content-type"), "application/json");
    EXPECT_EQ(spans(0), 3U);
    EXPECT_EQ(exporter->counts().exported, 3U);
    EXPECT_EQ(exporter->waiting(), 0U);
}

TEST_F(Exporter, a_full_batch_goes_at_once) {
    make({.batch_max = 2});
    collector.otherwise(Response::json(200, "{}"));
    calls(5);
    scheduler.advance(milliseconds(1));
    ASSERT_EQ(collector.seen().size(), 2U);
    EXPECT_EQ(spans(0), 2U);
    scheduler.advance(seconds(5));
    ASSERT_EQ(collector.seen().size(), 3U);
    EXPECT_EQ(spans(2), 1U);
}

TEST_F(Exporter, what_is_not_sampled_or_in_no_trace_or_goes_to_the_collector_is_left_out) {
    auto unsampled = traced();
    unsampled.trace.sampled = false;
    auto outside = traced();
    outside.trace = {.sampled = true};
    auto own = traced();
    own.origin = "http://127.0.0.1:4318";
    own.url_template = "/v1/traces";
    for (const auto& call : {unsampled, outside, own}) {
        exporter->on_call(call);
    }
    scheduler.advance(minutes(1));
    EXPECT_TRUE(collector.seen().empty());
    EXPECT_EQ(exporter->counts().dropped(), 0U);
}

TEST_F(Exporter, what_the_queue_has_no_room_for_is_counted_also_while_a_batch_is_under_way) {
    make({.queue_max = 3, .batch_max = 2});
    collector.reply(Response(200), seconds(1)).otherwise(Response(200));
    calls(2);
    scheduler.advance(milliseconds(1));
    calls(3);
    EXPECT_EQ(exporter->waiting(), 3U);
    EXPECT_EQ(exporter->counts().dropped_full, 2U);
    close();
    EXPECT_EQ(exporter->counts().exported, 3U);
    calls(1);
    EXPECT_EQ(exporter->counts().dropped_full, 3U);
}

TEST_F(Exporter, a_collector_that_is_busy_is_asked_again_when_it_says) {
    collector.reply(Response(503).header("retry-after", "7"))
        .reply(Response(429).header("retry-after", "9999999"))
        .reply(Response(200));
    calls(1);
    scheduler.advance(minutes(30));
    ASSERT_EQ(collector.seen().size(), 3U);
    EXPECT_EQ(between(0, 1), seconds(7));
    EXPECT_EQ(between(1, 2), minutes(10));
    EXPECT_EQ(collector.seen()[0].request.body(), collector.seen()[2].request.body());
    EXPECT_EQ(exporter->counts().retries, 2U);
    EXPECT_EQ(exporter->counts().exported, 1U);
}

TEST_F(Exporter, waits_grow_with_jitter_and_come_to_an_end) {
    make({.backoff_cap = seconds(3)});
    collector.reply(Response(502))
        .fail_with(Error(ErrorKind::connection_lost, "gone"))
        .reply(Response(504))
        .fail_with(Error(ErrorKind::connect, "refused"))
        .reply(Response(503));
    calls(2);
    scheduler.advance(minutes(2));
    ASSERT_EQ(collector.seen().size(), 5U);
    const std::array<Duration, 4> full{seconds(1), seconds(2), seconds(3), seconds(3)};
    for (std::size_t retry = 0; retry < 4; ++retry) {
        EXPECT_GE(between(retry, retry + 1), full[retry] / 2);
        EXPECT_LE(between(retry, retry + 1), full[retry]);
    }
    EXPECT_NE(between(2, 3), between(3, 4));
    EXPECT_EQ(exporter->counts().dropped_failed, 2U);
    EXPECT_EQ(exporter->last_error(), "the collector answered 503");
}

TEST_F(Exporter, a_batch_that_is_refused_is_never_sent_again) {
    for (const int status : {400, 401, 404, 413, 500, 301}) {
        collector.reply(Response(status));
        calls(1);
        scheduler.advance(minutes(10));
    }
    EXPECT_EQ(collector.seen().size(), 6U);
    EXPECT_EQ(exporter->counts().dropped_refused, 6U);
    EXPECT_EQ(exporter->counts().retries, 0U);
}

TEST_F(Exporter, spans_that_a_collector_rejects_are_counted_and_not_sent_again) {
    Scrubber::of_process().add(Secret("exporter-known-secret"));
    collector
        .reply(Response::json(200, R"({"partialSuccess":{"rejectedSpans":"2","errorMessage":)"
                                   R"("no room for exporter-known-secret"}})"))
        .reply(Response::json(200, R"({"partialSuccess":{"rejectedSpans":1}})"))
        .reply(Response::json(200, R"({"partialSuccess":{"rejectedSpans":"-1x"}})"))
        .reply(Response::json(200, "nonsense"));
    for (int batch = 0; batch < 4; ++batch) {
        calls(1);
        scheduler.advance(minutes(1));
    }
    EXPECT_EQ(collector.seen().size(), 4U);
    EXPECT_EQ(exporter->counts().rejected_spans, 3U);
    EXPECT_EQ(exporter->counts().exported, 4U);
    EXPECT_EQ(exporter->last_error(), "no room for ***");
}

TEST_F(Exporter, close_sends_what_waits_at_once) {
    make({.batch_max = 2});
    collector.otherwise(Response(200));
    const auto before = scheduler.now();
    calls(5);
    close();
    EXPECT_EQ(scheduler.now(), before);
    EXPECT_EQ(exporter->counts().exported, 5U);
    close();
    EXPECT_EQ(collector.seen().size(), 3U);
}

TEST_F(Exporter, close_ends_in_time_and_counts_what_is_left) {
    make({.batch_max = 2});
    collector.never_answer();
    calls(5);
    const auto before = scheduler.now();
    close(seconds(3));
    EXPECT_EQ(scheduler.now() - before, seconds(3));
    EXPECT_EQ(exporter->counts().dropped_closed, 5U);
    EXPECT_EQ(exporter->waiting(), 0U);
}

TEST_F(Exporter, close_ends_in_time_while_a_batch_waits_to_be_sent_again) {
    collector.reply(Response(503).header("retry-after", "60"));
    calls(2);
    const auto before = scheduler.now();
    close(seconds(3));
    EXPECT_EQ(scheduler.now() - before, seconds(3));
    EXPECT_EQ(exporter->counts().dropped_closed, 2U);
}

TEST_F(Exporter, a_collector_that_says_nothing_is_given_up_after_the_timeout) {
    collector.never_answer().reply(Response(200));
    calls(1);
    scheduler.advance(seconds(17));
    ASSERT_EQ(collector.seen().size(), 2U);
    EXPECT_GE(between(0, 1), seconds(10));
    EXPECT_EQ(exporter->counts().exported, 1U);
}

TEST_F(Exporter, one_that_goes_without_close_leaves_nothing_behind) {
    collector.never_answer();
    calls(1);
    scheduler.advance(seconds(6));
    exporter.reset();
    scheduler.advance(minutes(1));
    EXPECT_EQ(collector.seen().size(), 1U);
}

TEST_F(Exporter, credentials_go_to_the_collector_and_into_no_message) {
    make({.headers = {{"authorization", Secret("Bearer collector-token")}}});
    collector.reply(Response(401));
    calls(1);
    close();
    EXPECT_EQ(collector.seen()[0].request.headers().value("authorization"),
              "Bearer collector-token");
    EXPECT_EQ(collector.seen()[0].request.hidden_headers(),
              std::vector<std::string>{"authorization"});
    EXPECT_EQ(exporter->last_error().find("collector-token"), std::string::npos);
}

TEST(TraceExporterOptions, what_is_out_of_range_is_named) {
    const auto said = [](const TraceExporterOptions& options) {
        const auto valid = options.validate();
        return valid ? std::string("fine") : valid.error().to_string();
    };
    EXPECT_EQ(said({}), "fine");
    EXPECT_NE(said({.queue_max = 10}).find("queue_max is 10, outside 512"), std::string::npos);
    EXPECT_NE(said({.batch_max = 0}).find("batch_max"), std::string::npos);
    EXPECT_NE(said({.interval = Duration(1)}).find("interval"), std::string::npos);
    EXPECT_NE(said({.timeout = std::chrono::hours(1)}).find("timeout"), std::string::npos);
    EXPECT_NE(said({.attempts_max = 0}).find("attempts_max"), std::string::npos);
    EXPECT_NE(said({.backoff_base = minutes(1)}).find("backoff_base"), std::string::npos);
    EXPECT_NE(said({.backoff_cap = std::chrono::hours(2)}).find("backoff_cap"), std::string::npos);
    EXPECT_NE(said({.retry_after_max = Duration(-1)}).find("retry_after_max"), std::string::npos);
}

}  // namespace
}  // namespace apilab::observe
