#include "apilab/radar/service/service_log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apilab/base/scrubber.hpp"
#include "apilab/http/json.hpp"
#include "apilab/observe/log_observer.hpp"
#include "apilab/radar/internal/test_parts.hpp"
#include "apilab/work/signature.hpp"
#include "apilab/work/work_trace.hpp"

namespace apilab::radar {
namespace {

using namespace std::chrono_literals;
using internal::TestParts;
using testing::HasSubstr;
using testing::Not;

class ServiceLogTest : public testing::Test {
protected:
    [[nodiscard]] std::string field(std::string_view name) const {
        const auto document = http::JsonDocument::parse(lines.back()).value();
        const auto value = document.root()[name];
        return value.missing()     ? "-"
               : value.is_string() ? std::string(value.string_or(""))
                                   : value.to_text();
    }
    runtime::VirtualScheduler clock;
    std::vector<std::string> lines;
    ServiceLog log{clock, [this](std::string_view line) { lines.emplace_back(line); }};
    const std::string trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
};

TEST_F(ServiceLogTest, a_webhook_a_job_and_an_effect_have_their_ids_and_one_trace) {
    log.webhook({.path = "/webhooks/github",
                 .source = "github",
                 .sender_id = "g-1",
                 .type = "push",
                 .bytes = 7,
                 .status = 200,
                 .put = work::PutResult{.event = 3, .job = 4},
                 .trace_context = trace,
                 .took = 3ms});
    EXPECT_EQ(lines.back(),
              R"({"time":"2026-01-01T00:00:00.000Z","level":"info","event":"webhook",)"
              R"("request_id":"w-000001","path":"/webhooks/github","source":"github",)"
              R"("delivery_id":"g-1","type":"push","status":200,"stored":"stored","event_id":3,)"
              R"("job_id":4,"bytes":7,"duration_ms":3,)"
              R"("trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","span_id":"00f067aa0ba902b7"})");
    const work::Job job{.ref = {.id = 4},
                        .queue = "radar",
                        .kind = "github",
                        .idempotency_key = "github:g-1",
                        .attempt = 2,
                        .event = 3,
                        .trace_context = trace};
    log.job({.job = job, .outcome = "retry", .reason = "HTTP 503", .took = 2s});
    EXPECT_EQ(field("level"), "warn");
    EXPECT_EQ(field("job_id"), "4");
    EXPECT_EQ(field("event_id"), "3");
    EXPECT_EQ(field("key"), "github:g-1");
    EXPECT_EQ(field("attempt"), "2");
    EXPECT_EQ(field("reason"), "HTTP 503");
    EXPECT_EQ(field("trace_id"), "4bf92f3577b34da6a3ce929d0e0e4736");
    const work::Message message{.ref = {.id = 9},
                                .target = "slack",
                                .key = "slack:webshop:1",
                                .payload = "secret text",
                                .job = 4,
                                .trace_context = trace};
    log.effect(message, {.state = work::MessageState::escalated, .sends = 2});
    EXPECT_EQ(field("level"), "error");
    EXPECT_EQ(field("message_id"), "9");
    EXPECT_EQ(field("job_id"), "4");
    EXPECT_EQ(field("trace_id"), "4bf92f3577b34da6a3ce929d0e0e4736");
    EXPECT_THAT(lines.back(), Not(HasSubstr("secret text")));
}

TEST_F(ServiceLogTest, levels_say_who_should_look) {
    const auto level = [&](int status, std::optional<work::Put> put = {}) {
        log.webhook({.status = status,
                     .put = put ? std::optional(work::PutResult{.put = *put}) : std::nullopt});
        return field("level");
    };
    EXPECT_EQ(level(200, work::Put::stored), "info");
    EXPECT_EQ(level(200, work::Put::replayed), "warn");
    EXPECT_EQ(level(401), "warn");
    EXPECT_EQ(level(503), "error");
    log.run({.watch = "webshop", .complete = true}, "1 new", trace);
    EXPECT_EQ(field("level"), "info");
    log.run({.watch = "webshop", .complete = false}, "", trace);
    EXPECT_EQ(field("level"), "warn");
    log.run({.watch = "webshop", .error = "no file"}, "", trace);
    EXPECT_EQ(field("level"), "error");
    log.backup(fail(ErrorKind::io, "the disk is full"));
    EXPECT_EQ(field("level"), "error");
    log.alarm({.what = work::ReceiverAlarm::What::conflict, .path = "/webhooks/github"});
    EXPECT_EQ(field("what"), "conflict");
}

TEST_F(ServiceLogTest, a_line_is_bounded_and_holds_no_secret_and_no_second_line) {
    Scrubber::of_process().add(Secret("ghp_very_secret_4711"));
    const std::string long_text(10'000, 'x');
    const work::Job job{.kind = "check"};
    log.job({.job = job, .outcome = "dead", .reason = "a\nb ghp_very_secret_4711 " + long_text});
    EXPECT_LT(lines.back().size(), 1000);
    EXPECT_THAT(lines.back(), Not(HasSubstr("ghp_very")));
    EXPECT_THAT(lines.back(), Not(HasSubstr("\n")));
    EXPECT_TRUE(http::JsonDocument::parse(lines.back()));
    ServiceLog human(
        clock, [this](std::string_view line) { lines.emplace_back(line); },
        ServiceLog::Format::human);
    human.say(ServiceLog::Level::warn, "notion", "one\ntwo");
    EXPECT_EQ(lines.back(), R"(2026-01-01T00:00:00.000Z warn  notion message="one\ntwo")");
    ServiceLog nobody(clock, nullptr);
    nobody.say(ServiceLog::Level::info, "x", "y");
}

// --- the trace from a webhook over its job to the calls of both

class Outside final : public work::OutboxTarget {
public:
    Outside(client::Client& client, const Clock& clock) : client_(client), clock_(clock) {}
    [[nodiscard]] runtime::Task<work::SendOutcome> send(work::Message message) override {
        const auto answer =
            co_await client_.post("http://slack.test/post", "{}", {.trace = trace_of(message)});
        co_return work::outcome_of(answer, clock_.system_now());
    }

private:
    client::Client& client_;
    const Clock& clock_;
};

runtime::Task<work::JobOutcome> handle(client::Client* client, work::Job job) {
    (void)co_await client->get("http://npm.test/lodash", {.trace = trace_of(job)});
    co_return work::JobOutcome::done(
        {{.target = "slack", .key = "k", .trace_context = job.trace_context}});
}

TEST(ServiceTrace, goes_from_a_webhook_to_the_requests_of_its_job_and_of_its_messages) {
    std::vector<std::string> lines;
    TestParts* here = nullptr;
    std::optional<ServiceLog> log;
    TestParts::Options options;
    options.prepare = [&here](const work::Incoming& in, work::NewJob& job) {
        job.trace_context = work::delivery_trace(in.event, here->rng).traceparent();
    };
    options.receiver.on_request = [&log](const auto& news) { log->webhook(news); };
    options.runner.told = [&log](const auto& news) { log->job(news); };
    options.outbox.settled = [&log](const auto& message, const auto& change) {
        log->effect(message, change);
    };
    TestParts rig(std::move(options));
    here = &rig;
    log.emplace(rig.scheduler, [&lines](std::string_view line) { lines.emplace_back(line); });
    rig.transport.otherwise(http::Response(200, "{}"));
    Outside outside(*rig.client, rig.scheduler);
    ASSERT_TRUE(rig.outbox->add("slack", outside));
    rig.runner->handle("github", [&rig](work::Job job) { return handle(rig.client.get(), job); });

    auto request =
        http::Request::post(http::Url::parse("http://127.0.0.1/webhooks/github").value(), "{}");
    const auto* sender = work::find_sender("github");
    const auto signer = work::SignatureSigner::create(sender->scheme, rig.secret);
    for (const auto& [name, value] :
         *signer->sign(request.body(), "g-1", rig.scheduler.system_now())) {
        request.header(name, value);
    }
    request.header("x-github-delivery", "g-1").header("x-github-event", "push");
    request.header("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
    runtime::TaskGroup group(rig.scheduler);
    group.spawn(rig.runner->run());
    group.spawn(rig.outbox->run());
    const auto answer = runtime::run(rig.scheduler, rig.receiver->call(std::move(request), {}));
    ASSERT_EQ(answer->status(), 200);
    rig.scheduler.advance(5s);
    rig.runner->stop();
    rig.outbox->stop();
    runtime::run(rig.scheduler, group.join());

    ASSERT_EQ(rig.transport.seen().size(), 2);
    for (const auto& seen : rig.transport.seen()) {
        const auto trace = http::TraceContext::parse(seen.request.headers().value("traceparent"));
        ASSERT_TRUE(trace) << seen.request.url().to_string();
        EXPECT_EQ(trace->trace_id(), "4bf92f3577b34da6a3ce929d0e0e4736");
    }
    ASSERT_EQ(lines.size(), 4) << "webhook, began, done, effect";
    for (const auto& line : lines) {
        EXPECT_THAT(line, HasSubstr(R"("trace_id":"4bf92f3577b34da6a3ce929d0e0e4736")"));
    }
    for (const auto& entry : rig.calls.calls()) {
        EXPECT_EQ(entry.story.record.trace.trace_id(), "4bf92f3577b34da6a3ce929d0e0e4736");
        EXPECT_NE(entry.story.record.parent_span, 0);
    }
}

}  // namespace
}  // namespace apilab::radar
