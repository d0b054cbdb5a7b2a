#include "apilab/observe/log_observer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "apilab/base/rng.hpp"
#include "apilab/client/client.hpp"
#include "apilab/http/json.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"
#include "apilab/transport/scripted_transport.hpp"

namespace apilab::observe {
namespace {

using http::JsonDocument;
using http::Response;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

// A client with a log, over a scripted other side.
struct Logged {
    explicit Logged(LogOptions options = {})
        : log(
              scheduler, [this](std::string_view line) { lines.emplace_back(line); },
              std::move(options)),
          client(*client::Client::create(scheduler, transport, rng,
                                         {.request_id_header = "x-request-id"}, {&log})) {}
    runtime::VirtualScheduler scheduler;
    transport::ScriptedTransport transport{scheduler};
    SeededRng rng{1};
    std::vector<std::string> lines;
    LogObserver log;
    std::unique_ptr<client::Client> client;

    Result<Response> get(const std::string& url) {
        return runtime::run(scheduler,
                            client->get(url, {.operation = {.provider = "github",
                                                            .name = "get_thing",
                                                            .url_template = "/things/{id}"}}));
    }
};

TEST(LogObserver, every_attempt_and_every_operation_is_one_line) {
    Logged logged;
    logged.transport.reply(Response(503)).reply(Response(200));
    (void)logged.get("http://api.test/things/7?token=abc");
    ASSERT_THAT(logged.lines, SizeIs(3));
    const auto first = JsonDocument::parse(logged.lines[0]);
    ASSERT_TRUE(first);
    EXPECT_EQ(first->root()["event"].string(), "attempt");
    EXPECT_EQ(first->root()["request_id"].string(), "c-000001.1");
    EXPECT_EQ(first->root()["url_template"].string(), "/things/{id}");
    EXPECT_EQ(first->root()["outcome"].string(), "answered");
    EXPECT_EQ(first->root()["status"].integer(), 503);
    const auto second = JsonDocument::parse(logged.lines[1]);
    EXPECT_EQ(second->root()["attempt"].integer(), 2);
    EXPECT_EQ(second->root()["wait_cause"].string(), "backoff");
    const auto call = JsonDocument::parse(logged.lines[2]);
    EXPECT_EQ(call->root()["event"].string(), "operation");
    EXPECT_EQ(call->root()["attempts"].integer(), 2);
    EXPECT_EQ(call->root()["status"].integer(), 200);
}

TEST(LogObserver, the_id_in_the_log_is_the_one_that_was_sent) {
    Logged logged;
    logged.transport.reply(Response(503)).reply(Response(200));
    (void)logged.get("http://api.test/things/7");
    const auto& seen = logged.transport.seen();
    ASSERT_THAT(seen, SizeIs(2));
    EXPECT_EQ(seen[0].request.headers().value("x-request-id"), "c-000001.1");
    EXPECT_EQ(seen[1].request.headers().value("x-request-id"), "c-000001.2");
}

TEST(LogObserver, a_lost_reply_is_unknown_not_failed) {
    Logged logged;
    logged.transport.fail_with(
        Error(ErrorKind::connection_lost, "reset").with_outcome(Outcome::unknown));
    (void)runtime::run(logged.scheduler, logged.client->post("http://api.test/things", "{}"));
    ASSERT_THAT(logged.lines, SizeIs(2));
    for (const auto& line : logged.lines) {
        const auto event = JsonDocument::parse(line);
        EXPECT_EQ(event->root()["outcome"].string(), "unknown");
        EXPECT_TRUE(event->root()["status"].is_null());
        EXPECT_EQ(event->root()["error"].string(), "connection_lost");
    }
}

TEST(LogObserver, a_field_that_nobody_allowed_is_not_written) {
    Logged logged({.fields = {"event", "status"}});
    logged.transport.reply(Response(200));
    (void)logged.get("http://api.test/things/7");
    EXPECT_EQ(logged.lines[0], R"({"event":"attempt","status":200})");
    Logged standard;
    standard.transport.fail_with(
        Error(ErrorKind::connect, "the message").with_outcome(Outcome::not_sent));
    (void)standard.get("http://api.test/things/7");
    EXPECT_THAT(standard.lines.front(), Not(HasSubstr("the message")));
}

TEST(LogObserver, a_registered_secret_is_scrubbed_wherever_it_stands) {
    Logged logged({.secrets = {Secret("T0P-S3CRET"), Secret("")}});
    logged.transport.reply(Response(200));
    (void)runtime::run(logged.scheduler,
                       logged.client->get("http://api.test/hooks/T0P-S3CRET/T0P%2dS3CRET"));
    EXPECT_THAT(logged.lines[0], HasSubstr("/hooks/***/***"));
    EXPECT_THAT(logged.lines[0], Not(HasSubstr("T0P")));
}

TEST(LogObserver, a_secret_of_the_process_is_scrubbed_too) {
    Scrubber::of_process().add(Secret("known-to-the-process"));
    Logged logged;
    logged.transport.reply(Response(200));
    (void)runtime::run(logged.scheduler,
                       logged.client->get("http://api.test/hooks/known-to-the-process"));
    EXPECT_THAT(logged.lines[0], HasSubstr("/hooks/***"));
}

// Both lines of a call that failed once, in the form for people.
std::vector<std::string> human(LogOptions options) {
    options.format = LogOptions::Format::human;
    Logged logged(std::move(options));
    logged.transport.reply(Response(503), std::chrono::microseconds(12'450)).reply(Response(200));
    (void)logged.get("http://api.test/things/7");
    return logged.lines;
}

TEST(LogObserver, the_human_form_stands_in_columns) {
    const auto lines = human({});
    ASSERT_THAT(lines, SizeIs(3));
    EXPECT_EQ(lines[0],
              "00:00:00.012 warn  c-000001.1   GET    503     12.4 ms github /things/{id}");
    EXPECT_THAT(lines[1], HasSubstr(" info  c-000001.2   GET    200        0 ms github"));
    EXPECT_THAT(lines[1], HasSubstr(" ms of backoff"));
    EXPECT_THAT(lines[2], HasSubstr(" warn  c-000001     GET    200"));
    EXPECT_THAT(lines[2], EndsWith("2 attempts: 200 -> done"));
}

TEST(LogObserver, the_human_form_leaves_out_what_is_not_allowed) {
    const auto lines = human({.fields = {"request_id", "status"}});
    EXPECT_EQ(lines[0], "c-000001.1   503");
}

TEST(LogObserver, the_human_form_has_colours_only_when_told) {
    EXPECT_THAT(human({})[0], Not(HasSubstr("\x1b")));
    EXPECT_THAT(human({.color = true})[0], HasSubstr("\x1b[33mwarn"));
}

TEST(LogObserver, text_from_outside_commands_no_terminal) {
    Logged logged({.format = LogOptions::Format::human, .fields = {"url_template"}});
    logged.transport.reply(Response(200));
    (void)runtime::run(logged.scheduler,
                       logged.client->get("http://api.test/x",
                                          {.operation = {.url_template = "a\x1b[2J\nb\xC2\x9B"}}));
    EXPECT_EQ(logged.lines[0], R"(a\x1b[2J\x0ab\x9b)");
}

TEST(LogObserver, levels_tell_what_failed_from_what_was_retried) {
    Logged logged({.fields = {"level", "event"}});
    logged.transport.reply(Response(200)).reply(Response(404)).otherwise(Response(503));
    (void)logged.get("http://api.test/a");
    (void)logged.get("http://api.test/b");
    (void)logged.get("http://api.test/c");
    EXPECT_EQ(logged.lines[0], R"({"level":"info","event":"attempt"})");
    EXPECT_EQ(logged.lines[1], R"({"level":"info","event":"operation"})");
    EXPECT_EQ(logged.lines[2], R"({"level":"warn","event":"attempt"})");
    EXPECT_EQ(logged.lines[3], R"({"level":"warn","event":"operation"})");
    EXPECT_EQ(logged.lines.back(), R"({"level":"error","event":"operation"})");
}

TEST(LogObserver, a_traced_call_has_its_ids_and_each_attempt_a_span_of_its_own) {
    Logged logged({.fields = {"trace_id", "span_id", "follows"}});
    http::CallRecord call{.id = "c-1"};
    call.trace = {.high = 1, .low = 0xabc, .span = 7, .sampled = true};
    call.follows = "c-0";
    call.attempts.push_back({.number = 1, .status = 200, .span = 8});
    call.status = 200;
    logged.log.on_attempt(call, call.attempts[0]);
    logged.log.on_call(call);
    EXPECT_EQ(logged.lines[0], R"({"trace_id":"00000000000000010000000000000abc",)"
                               R"("span_id":"0000000000000008","follows":"c-0"})");
    EXPECT_EQ(logged.lines[1], R"({"trace_id":"00000000000000010000000000000abc",)"
                               R"("span_id":"0000000000000007","follows":"c-0"})");
}

TEST(LogObserver, headers_are_written_where_asked_and_only_harmless_values) {
    Logged logged({.fields = {"event"}, .headers = {"content-type", "authorization", "x-none"}});
    logged.transport.reply(Response(200, "{}", {{"content-type", "application/json"}}));
    auto request = http::Request::get(*http::Url::parse("http://api.test/things/7"));
    request.header("authorization", "Bearer T0P-S3CRET");
    (void)runtime::run(logged.scheduler, logged.client->send(std::move(request)));
    EXPECT_EQ(logged.lines[0], R"({"event":"attempt","request_headers":{"authorization":"***"},)"
                               R"("response_headers":{"content-type":"application/json"}})");
    EXPECT_EQ(logged.lines[1], R"({"event":"operation"})");
    EXPECT_FALSE(Logged().log.wants_exchanges());
}

TEST(LogObserver, several_waits_before_an_attempt_are_one_number) {
    Logged logged({.fields = {"wait_ms", "wait_cause"}});
    const SteadyTime start{std::chrono::seconds(10)};
    http::CallRecord call{.id = "c-1"};
    const auto ms = [](int count) { return std::chrono::milliseconds(count); };
    call.waits = {
        {.cause = http::WaitCause::refresh, .started = start, .elapsed = ms(5)},
        {.cause = http::WaitCause::rate_limit, .started = start + ms(5), .elapsed = ms(20)},
        {.after_attempt = 1, .started = start + ms(90), .elapsed = ms(1)}};
    call.attempts.push_back({.number = 1, .started = start + ms(25), .status = 503});
    logged.log.on_attempt(call, call.attempts[0]);
    EXPECT_EQ(logged.lines[0], R"({"wait_ms":25,"wait_cause":"rate_limit"})");
    call.attempts.push_back({.number = 1, .hop = 1, .started = start + ms(50), .status = 503});
    logged.log.on_attempt(call, call.attempts[1]);
    EXPECT_EQ(logged.lines[1], "{}");
}

TEST(LogObserver, a_sample_keeps_or_leaves_whole_operations_and_says_how_many) {
    Logged logged({.fields = {"event", "operation_id", "left_out"}, .sample = 0.25});
    logged.transport.otherwise(Response(200));
    for (int i = 0; i < 400; ++i) {
        (void)logged.get("http://api.test/things/7");
    }
    std::map<std::string, int> lines;
    std::int64_t left_out = 0;
    const auto count = [&](std::string_view line) {
        const auto event = JsonDocument::parse(line);
        ++lines[std::string(event->root()["operation_id"].string_or(""))];
        left_out += event->root()["left_out"].integer().value_or(0);
    };
    for (const auto& line : logged.lines) {
        count(line);
    }
    for (const auto& [id, number] : lines) {
        EXPECT_EQ(number, 2) << id;
    }
    EXPECT_GT(lines.size(), 50U);
    EXPECT_LT(lines.size(), 150U);
    const std::size_t before = logged.lines.size();
    logged.log.report_left_out();
    logged.log.report_left_out();
    ASSERT_LE(logged.lines.size(), before + 1);
    if (logged.lines.size() > before) {
        count(logged.lines.back());
    }
    EXPECT_EQ(static_cast<std::size_t>(left_out), 400 - before / 2);
    EXPECT_EQ(logged.log.left_out(), 400 - before / 2);
}

TEST(LogObserver, a_sample_of_nothing_keeps_what_failed_or_was_retried) {
    Logged logged({.fields = {"event", "request_id", "status"}, .sample = 0});
    logged.transport.reply(Response(200)).reply(Response(503)).reply(Response(200));
    logged.transport.reply(Response(404));
    for (int i = 0; i < 3; ++i) {
        (void)logged.get("http://api.test/things/7");
    }
    EXPECT_THAT(logged.lines,
                ElementsAre(R"({"event":"attempt","request_id":"c-000002.1","status":503})",
                            R"({"event":"attempt","request_id":"c-000002.2","status":200})",
                            R"({"event":"operation","status":200})",
                            R"({"event":"attempt","request_id":"c-000003.1","status":404})",
                            R"({"event":"operation","status":404})"));
}

// A redirect that is answered well, and then not: the first attempt was held back.
TEST(LogObserver, an_attempt_that_was_held_back_is_written_after_all) {
    Logged logged({.fields = {"time", "hop", "status"}, .headers = {"location"}, .sample = 0});
    logged.transport.reply(Response(302, "", {{"location", "/elsewhere"}}));
    logged.transport.reply(Response(404), std::chrono::milliseconds(50));
    (void)logged.get("http://api.test/things/7");
    ASSERT_THAT(logged.lines, SizeIs(3));
    EXPECT_THAT(logged.lines[0], StartsWith(R"({"time":"2026-01-01T00:00:00.000Z","status":302)"));
    EXPECT_THAT(logged.lines[0], HasSubstr(R"("response_headers":{"location":)"));
    EXPECT_THAT(logged.lines[1],
                StartsWith(R"({"time":"2026-01-01T00:00:00.050Z","status":404,"hop":1)"));
}

TEST(LogObserver, the_sample_of_a_trace_is_that_of_its_id) {
    Logged logged({.fields = {"event"}, .sample = 0.5});
    http::CallRecord call{.id = "c-1"};
    call.status = 200;
    call.trace = {.high = 1, .low = std::uint64_t{0xff} << 48U};
    logged.log.on_call(call);
    EXPECT_THAT(logged.lines, SizeIs(1));
    call.trace.low = std::uint64_t{0x7f} << 48U;
    logged.log.on_call(call);
    EXPECT_THAT(logged.lines, SizeIs(1));
}

TEST(LogObserver, text_from_outside_cannot_forge_a_line) {
    Logged logged({.fields = {"url_template"}});
    logged.transport.reply(Response(200));
    (void)runtime::run(
        logged.scheduler,
        logged.client->get("http://api.test/x", {.operation = {.url_template = "a\"}\n{\"event"}}));
    EXPECT_EQ(logged.lines[0], R"({"url_template":"a\"}\n{\"event"})");
}

}  // namespace
}  // namespace apilab::observe
