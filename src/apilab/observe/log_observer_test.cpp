#include "apilab/observe/log_observer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apilab/base/rng.hpp"
#include "apilab/client/client.hpp"
#include "apilab/http/json.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"
#include "apilab/transport/scripted_transport.hpp"

namespace apilab::observe {
namespace {

using http::JsonDocument;
using http::Response;
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

TEST(LogObserver, the_human_form_has_the_same_fields) {
    Logged logged({.format = LogOptions::Format::human,
                   .fields = {"event", "request_id", "method", "url_template", "status", "error"}});
    logged.transport.reply(Response(200));
    (void)logged.get("http://api.test/things/7");
    EXPECT_THAT(logged.lines[0], StartsWith("attempt method=GET url_template=/things/{id}"));
    EXPECT_THAT(logged.lines[0], HasSubstr("request_id=c-000001.1 status=200"));
    EXPECT_THAT(logged.lines[0], Not(HasSubstr("error")));
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
