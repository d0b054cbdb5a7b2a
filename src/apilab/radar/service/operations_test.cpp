#include "apilab/radar/service/operations.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <cstdlib>
#include <fstream>
#include <optional>
#include <set>
#include <sstream>

#include "apilab/base/scrubber.hpp"
#include "apilab/base/utf8.hpp"
#include "apilab/http/json.hpp"
#include "apilab/radar/internal/metric_text.hpp"
#include "apilab/radar/internal/service_view.hpp"
#include "apilab/radar/internal/test_ground.hpp"
#include "apilab/radar/service/item.hpp"
#include "apilab/radar/service/state.hpp"

namespace apilab::radar {
namespace {

using namespace std::chrono_literals;
using internal::TestGround;
using testing::HasSubstr;
using testing::Not;

runtime::Task<void> call_into(Operations* operations, http::Request request,
                              runtime::CallContext context, std::optional<http::Response>* into) {
    auto answer = co_await operations->call(std::move(request), std::move(context));
    into->emplace(*std::move(answer));
}

// One that waits is all that a writer with `waiting_max` 1 has room for.
runtime::Task<void> call_while_one_waits(TestGround* rig, Operations* operations,
                                         http::Request request, runtime::CallContext context,
                                         std::optional<http::Response>* into) {
    rig->writer->post<bool>([](work::Store&) -> Result<bool> { return true; },
                            [](const Result<bool>&) {});
    co_await call_into(operations, std::move(request), std::move(context), into);
}

class OperationsTest : public testing::Test {
protected:
    http::Response ask(const std::string& path, std::string method = "GET",
                       std::string peer = "127.0.0.1", const std::string& proxy = "") {
        http::Request request(std::move(method),
                              http::Url::parse("http://127.0.0.1:8080" + path).value());
        if (!proxy.empty()) {
            request.header(proxy, "203.0.113.9");
        }
        runtime::CallContext context;
        context.inbound = runtime::Inbound{.peer_address = std::move(peer)};
        std::optional<http::Response> answer;
        runtime::run(rig.scheduler,
                     call_into(&operations, std::move(request), std::move(context), &answer));
        return *std::move(answer);
    }
    [[nodiscard]] std::string check(std::string_view name) {
        const auto answer = ask("/readyz");
        const auto document = http::JsonDocument::parse(answer.body()).value();
        const auto said = std::string(document.root()["checks"][name].string_or("?"));
        EXPECT_EQ(answer.status(), said == "ok" ? 200 : 503) << answer.body();
        return said;
    }
    [[nodiscard]] std::set<std::string> problems() {
        const auto document = http::JsonDocument::parse(ask("/status").body()).value();
        std::set<std::string> all;
        for (const auto problem : document.root()["problems"].elements()) {
            all.insert(std::string(problem["part"].string_or("")) + " " +
                       std::string(problem["name"].string_or("")));
        }
        EXPECT_EQ(document.root()["status"].string_or(""), all.empty() ? "ok" : "degraded");
        return all;
    }
    void keep_run(const std::string& watch, bool complete, std::string error = "") {
        RunRecord run{.watch = watch,
                      .started = rig.scheduler.system_now() - 10s,
                      .finished = rig.scheduler.system_now(),
                      .why = "schedule",
                      .error = std::move(error),
                      .complete = complete};
        run.report = R"({"sources":[{"name":"npm","status":"ok","as_of":"2025-12-31T23:00:00Z"},)"
                     R"({"name":"osv","status":"failed","as_of":null}]})";
        if (complete) {
            run.last_complete = run.finished;
        }
        ASSERT_TRUE(rig.store->put_document(run_kind, watch, run_json(run), {},
                                            rig.scheduler.system_now()));
    }

    TestGround rig;
    Parts parts = rig.parts();
    Operations operations{parts, {.version = "1.2.3"}};
};

TEST_F(OperationsTest, alive_is_whoever_answers_whatever_else_fails) {
    rig.phase.stopping = true;
    const auto other = work::SqliteStore::open(rig.folder / "radar.db").value();
    ASSERT_TRUE(other->begin());
    EXPECT_EQ(ask("/livez").status(), 200);
    EXPECT_EQ(ask("/livez", "HEAD", "203.0.113.9").status(), 200) << "asked by a platform";
    EXPECT_EQ(rig.writer->stats().operations + rig.writer->stats().failed_transactions, 0)
        << "it touched the store";
}

TEST_F(OperationsTest, ready_is_who_runs_and_has_a_store_and_room) {
    EXPECT_EQ(ask("/readyz", "GET", "203.0.113.9").status(), 200);
    rig.phase.started = false;
    EXPECT_EQ(check("phase"), "starting");
    rig.phase = {.started = true, .stopping = true};
    EXPECT_EQ(check("phase"), "stopping");
    rig.phase = {.started = true};
    rig.disk_free = 1000;
    EXPECT_THAT(check("disk"), HasSubstr("0 MiB left, 64 MiB"));
    rig.disk_free = -1;
    EXPECT_EQ(check("disk"), "ok") << "nobody knows";
    rig.scheduler.advance(2s);
    const auto other = work::SqliteStore::open(rig.folder / "radar.db").value();
    ASSERT_TRUE(other->begin());
    EXPECT_THAT(check("store"), HasSubstr("locked"));
    ASSERT_TRUE(other->commit());
    rig.scheduler.advance(2s);
    EXPECT_EQ(check("store"), "ok");
}

TEST_F(OperationsTest, somebody_elses_outage_makes_nobody_unready) {
    for (int i = 0; i < 10; ++i) {
        rig.transport.fail_with(
            Error(ErrorKind::connect, "refused").with_outcome(apilab::Outcome::not_sent));
        (void)runtime::run(rig.scheduler, rig.client->get("http://npm.test/lodash",
                                                          {.operation = {.provider = "npm"}}));
    }
    EXPECT_EQ(ask("/readyz").status(), 200);
    EXPECT_EQ(ask("/status").status(), 200);
    const auto found = problems();
    EXPECT_TRUE(found.contains("breaker npm"));
    EXPECT_TRUE(found.contains("source npm"));
    const auto text = ask("/metrics").body();
    EXPECT_THAT(text,
                HasSubstr(R"(radar_breaker_state{provider="npm",origin="http://npm.test"} 2)"));
    EXPECT_THAT(text, HasSubstr(R"(radar_source_last_success_timestamp_seconds{source="npm"} 0)"));
}

TEST_F(OperationsTest, readiness_costs_one_commit_a_second_however_often_it_is_asked_for) {
    for (int i = 0; i < 50; ++i) {
        EXPECT_EQ(ask("/readyz").status(), 200);
    }
    EXPECT_EQ(rig.writer->stats().transactions, 1);
    rig.scheduler.advance(1s);
    EXPECT_EQ(ask("/readyz").status(), 200);
    EXPECT_EQ(rig.writer->stats().transactions, 2);
}

TEST_F(OperationsTest, of_many_who_ask_for_readiness_at_once_one_asks_the_store) {
    std::vector<std::optional<http::Response>> answers(20);
    runtime::TaskGroup group(rig.scheduler);
    const auto url = http::Url::parse("http://127.0.0.1/readyz").value();
    for (auto& answer : answers) {
        group.spawn(call_into(&operations, http::Request::get(url), {}, &answer));
    }
    runtime::run(rig.scheduler, group.join());
    for (const auto& answer : answers) {
        ASSERT_TRUE(answer);
        EXPECT_EQ(answer->status(), 200);
    }
    EXPECT_EQ(rig.writer->stats().operations, 1);
}

TEST_F(OperationsTest, who_asks_for_readiness_and_goes_away_makes_nobody_unready) {
    std::optional<http::Response> gone;
    runtime::TaskGroup group(rig.scheduler);
    group.spawn(call_into(&operations,
                          http::Request::get(http::Url::parse("http://127.0.0.1/readyz").value()),
                          {}, &gone));
    group.cancel();
    runtime::run(rig.scheduler, group.join());
    EXPECT_EQ(ask("/readyz").status(), 200);
}

TEST_F(OperationsTest, is_not_shown_under_a_name_that_somebody_made_lead_here) {
    for (const auto* path : {"/status", "/metrics"}) {
        runtime::CallContext context;
        context.inbound = runtime::Inbound{.peer_address = "127.0.0.1"};
        std::optional<http::Response> answer;
        const auto url =
            http::Url::parse(std::string("http://rebound.example:8080") + path).value();
        runtime::run(rig.scheduler,
                     call_into(&operations, http::Request::get(url), context, &answer));
        EXPECT_EQ(answer->status(), 403) << path;
    }
}

TEST_F(OperationsTest, words_that_are_cut_are_cut_between_characters) {
    std::string error = "x";
    for (int i = 0; i < 300; ++i) {
        error += "\u00fc";
    }
    keep_run("webshop", false, error);
    const auto body = ask("/status").body();
    EXPECT_THAT(body, HasSubstr("x\u00fc"));
    EXPECT_TRUE(valid_utf8(body));
}

TEST_F(OperationsTest, counts_webhooks_of_notion_whose_token_came_by_itself) {
    EXPECT_THAT(ask("/metrics").body(), Not(HasSubstr(R"(sender="notion")")));
    rig.config.notion = NotionSink{};
    EXPECT_THAT(ask("/metrics").body(), HasSubstr(R"(sender="notion",verdict="stored")"));
}

TEST_F(OperationsTest, a_store_that_a_newer_program_took_over_is_not_ready) {
    const internal::Readiness newer = internal::readiness_of(
        {.phase = {.started = true}, .schema = work::SchemaState{.present = 4, .known = 3}});
    EXPECT_FALSE(newer.ready);
    EXPECT_THAT(internal::readiness_json(newer), HasSubstr("has 4 steps, this program knows 3"));
}

TEST_F(OperationsTest, a_status_says_what_a_person_should_know) {
    EXPECT_TRUE(problems().empty());
    const auto now = rig.scheduler.system_now();
    keep_run("webshop", true);
    keep_run("api", false, "package-lock.json could not be read");
    const auto id =
        rig.store->enqueue({.queue = "radar", .kind = "check", .payload = "{}"}, now)->id;
    const auto job = rig.store->claim({.queue = "radar"}, now)->at(0);
    ASSERT_TRUE(rig.store->bury(job.ref, "HTTP 422: no such channel", now));
    ASSERT_TRUE(rig.store->post({.target = "slack", .key = "k1", .payload = "hidden"}, now));
    const auto message = rig.store->claim_messages("slack", 1, 1min, now)->at(0);
    ASSERT_TRUE(rig.store->settle(
        message.ref, {.state = work::MessageState::escalated, .reason = "still unknown"}, now));
    EXPECT_EQ(problems(), (std::set<std::string>{"effects slack", "jobs dead", "watch api"}));
    const auto text = ask("/status").body();
    const auto status = http::JsonDocument::parse(text).value();
    EXPECT_EQ(status.root().at_pointer("/jobs/dead_letters/0/id").integer(), id);
    EXPECT_EQ(status.root().at_pointer("/effects/for_people/0/reason").string_or(""),
              "still unknown");
    EXPECT_EQ(status.root().at_pointer("/watches/1/name").string_or(""), "webshop");
    EXPECT_EQ(status.root().at_pointer("/watches/1/complete_age_s").number(), 0.0);
    EXPECT_EQ(status.root().at_pointer("/sources/0/last_success").string_or(""),
              "2025-12-31T23:00:00Z")
        << "what the last run had heard";
    EXPECT_EQ(status.root().at_pointer("/version").string_or(""), "1.2.3");
    EXPECT_THAT(text, Not(HasSubstr("hidden")));
    rig.scheduler.advance(25h);
    EXPECT_TRUE(problems().contains("watch webshop")) << "no complete run for a day";
}

TEST_F(OperationsTest, a_report_is_read_again_only_where_it_changed) {
    keep_run("webshop", true);
    const auto first = ask("/metrics").body();
    EXPECT_THAT(first, HasSubstr("radar_watch_last_success_timestamp_seconds{watch=\"webshop\"} "
                                 "1767225600\n"));
    EXPECT_THAT(first, HasSubstr("radar_watch_last_success_timestamp_seconds{watch=\"api\"} 0\n"));
    rig.scheduler.advance(1h);
    keep_run("webshop", true);
    EXPECT_THAT(ask("/metrics").body(),
                HasSubstr("radar_watch_last_success_timestamp_seconds{watch=\"webshop\"} "
                          "1767229200\n"));
    keep_run("gone", true);
    EXPECT_THAT(ask("/metrics").body(), Not(HasSubstr("gone"))) << "nobody watches it any more";
}

TEST_F(OperationsTest, who_asks_from_elsewhere_sees_neither_status_nor_metrics) {
    for (const auto* path : {"/status", "/metrics"}) {
        EXPECT_EQ(ask(path).status(), 200);
        EXPECT_EQ(ask(path, "GET", "::1").status(), 200);
        EXPECT_EQ(ask(path, "GET", "192.168.1.7").status(), 403);
        for (const auto* proxy : {"x-forwarded-for", "forwarded", "via", "fly-client-ip"}) {
            EXPECT_EQ(ask(path, "GET", "127.0.0.1", proxy).status(), 403) << proxy;
        }
    }
    std::optional<http::Response> other;
    runtime::CallContext here;
    here.inbound = runtime::Inbound{.peer_address = "127.0.0.1"};
    const auto made = http::Url::parse("http://evil.example/metrics").value();
    runtime::run(rig.scheduler, call_into(&operations, http::Request::get(made), here, &other));
    EXPECT_EQ(other->status(), 403) << "a name that was made to lead here";
    Operations guarded(
        parts, {.refuse = [](const http::Request& request,
                             const runtime::CallContext&) -> std::optional<http::Response> {
            return request.headers().contains("authorization") ? std::nullopt
                                                               : std::optional(http::Response(401));
        }});
    std::optional<http::Response> answer;
    const auto url = http::Url::parse("http://127.0.0.1/metrics").value();
    runtime::run(rig.scheduler, call_into(&guarded, http::Request::get(url), {}, &answer));
    EXPECT_EQ(answer->status(), 401);
    runtime::run(rig.scheduler,
                 call_into(&guarded, http::Request::get(url).header("authorization", "Bearer x"),
                           {}, &answer));
    EXPECT_EQ(answer->status(), 200);
}

TEST_F(OperationsTest, other_paths_and_methods_are_none) {
    EXPECT_EQ(ask("/readyz/", "GET").status(), 404);
    EXPECT_EQ(ask("/readyz", "POST").status(), 405);
    EXPECT_EQ(ask("/metrics", "DELETE").headers().get("allow"), "GET, HEAD");
    EXPECT_EQ(ask("/status", "HEAD").status(), 200);
    EXPECT_EQ(ask("/status").headers().get("cache-control"), "no-store");
    EXPECT_TRUE(Operations::has("/livez"));
    EXPECT_FALSE(Operations::has("/webhooks/github"));
}

TEST(OperationsWithoutAStore, still_have_metrics_and_a_status) {
    TestGround rig({.writer = {.waiting_max = 1}});
    const Parts parts = rig.parts();
    Operations operations(parts);
    const auto answer = [&](const char* path) {
        runtime::CallContext context;
        context.inbound = runtime::Inbound{.peer_address = "127.0.0.1"};
        std::optional<http::Response> told;
        runtime::run(
            rig.scheduler,
            call_while_one_waits(
                &rig, &operations,
                http::Request::get(http::Url::parse("http://127.0.0.1").value().with(path)),
                context, &told));
        return *told;
    };
    const auto metrics = answer("/metrics");
    EXPECT_EQ(metrics.status(), 200);
    EXPECT_THAT(metrics.body(), HasSubstr("radar_store_up 0\n"));
    EXPECT_THAT(metrics.body(), HasSubstr("radar_jobs_total{outcome=\"done\"} 0\n"));
    const auto status = answer("/status");
    EXPECT_EQ(status.status(), 200);
    EXPECT_THAT(status.body(), HasSubstr(R"("part":"store")"));
    EXPECT_EQ(answer("/readyz").status(), 503);
}

// Every family has something in it.
std::string busy_metrics(TestGround& rig, Operations& operations) {
    rig.transport.reply(http::Response(200, "", {{"ratelimit", "\"d\";r=9;t=30"}}));
    rig.transport.reply(http::Response(429, "", {{"retry-after", "60"}}));
    for (const auto* url : {"http://npm.test/a", "http://slack.test/b"}) {
        (void)runtime::run(rig.scheduler, rig.client->get(url, {.operation = {.provider = "npm"}}));
    }
    const auto now = rig.scheduler.system_now();
    (void)rig.store->enqueue({.queue = "radar", .kind = "check"}, now - 90s);
    (void)rig.store->post({.target = "slack", .key = "k"}, now);
    runtime::CallContext context;
    context.inbound = runtime::Inbound{.peer_address = "127.0.0.1"};
    std::optional<http::Response> answer;
    runtime::run(rig.scheduler,
                 call_into(&operations,
                           http::Request::get(http::Url::parse("http://127.0.0.1/metrics").value()),
                           context, &answer));
    return answer->body();
}

TEST_F(OperationsTest, metrics_say_how_deep_and_how_old_the_queue_is_and_what_budgets_are_left) {
    const auto text = busy_metrics(rig, operations);
    EXPECT_THAT(text, HasSubstr("radar_queue_jobs{state=\"available\"} 1\n"));
    EXPECT_THAT(text, HasSubstr("radar_queue_oldest_age_seconds 90\n"));
    EXPECT_THAT(text, HasSubstr("radar_outbox_messages{target=\"slack\",state=\"pending\"} 1\n"));
    EXPECT_THAT(text,
                HasSubstr("radar_budget_remaining{provider=\"npm\",origin=\"http://npm.test\","
                          "bucket=\"\"} 9\n"));
    EXPECT_THAT(text, HasSubstr("radar_build_info{version=\"1.2.3\",store=\"sqlite\"} 1\n"));
    EXPECT_THAT(text, HasSubstr("http_client_request_duration_seconds_count"));
    EXPECT_THAT(text,
                HasSubstr("radar_webhooks_total{sender=\"github\",verdict=\"unverified\"} 0"));
    EXPECT_THAT(text, HasSubstr("process_start_time_seconds 1767225600\n"));
    EXPECT_THAT(text, Not(HasSubstr("process_resident_memory_bytes 0\n")));
}

TEST_F(OperationsTest, metrics_are_written_as_promtool_wants_them) {
    if (std::system("command -v promtool >/dev/null 2>&1") != 0) {  // NOLINT: a fixed command
        GTEST_SKIP() << "promtool is not installed (apt-get install prometheus)";
    }
    const auto page = rig.folder / "metrics";
    std::ofstream(page) << busy_metrics(rig, operations);
    const auto said = rig.folder / "said";
    const std::string command =
        "promtool check metrics <'" + page.string() + "' >'" + said.string() + "' 2>&1";
    const int code = std::system(command.c_str());  // NOLINT: our own paths
    std::stringstream words;
    words << std::ifstream(said).rdbuf();
    EXPECT_EQ(code, 0) << words.str();
    EXPECT_EQ(words.str(), "");
}

TEST(Metrics, are_bounded_and_never_twice_the_same) {
    internal::MetricText text;
    text.family("a_total", "counter", "Help.");
    for (int i = 0; i < 1000; ++i) {
        text.sample({{"name", std::to_string(i)}}, 1);
    }
    EXPECT_EQ(text.left_out(), 800);
    text.family("b", "gauge", "Help.");
    text.sample({{"name", "one"}}, 1);
    text.sample({{"name", "one"}}, 2);
    EXPECT_EQ(text.left_out(), 801);
    EXPECT_THAT(text.text(), HasSubstr("b{name=\"one\"} 1\n"));
    EXPECT_THAT(text.text(), Not(HasSubstr("\"} 2\n")));
}

TEST_F(OperationsTest, a_secret_is_in_no_answer) {
    const std::string secret = "xoxb-very-secret-token-4711";  // gitleaks:allow
    Scrubber::of_process().add(Secret(secret));
    const auto now = rig.scheduler.system_now();
    keep_run("webshop", false, "401 for token " + secret);
    (void)rig.store->enqueue({.queue = "radar", .kind = "check"}, now);
    const auto job = rig.store->claim({.queue = "radar"}, now)->at(0);
    ASSERT_TRUE(rig.store->bury(job.ref, "said: " + secret, now));
    rig.transport.otherwise(http::Response(200));
    (void)runtime::run(rig.scheduler, rig.client->get("http://npm.test/" + secret));
    for (const auto* path : {"/status", "/metrics"}) {
        EXPECT_THAT(ask(path).body(), Not(HasSubstr(secret))) << path;
        EXPECT_THAT(ask(path).body(), Not(HasSubstr(std::string(rig.secret.reveal())))) << path;
    }
    EXPECT_THAT(ask("/status").body(), HasSubstr("said: ***"));
}

}  // namespace
}  // namespace apilab::radar
