// The running radar over the sandbox, under virtual time: what it does by itself, how it ends, and
// who answers which path.
#include "apilab/radar/service/service.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "apilab/auth/renewing_token_source.hpp"
#include "apilab/base/digest.hpp"
#include "apilab/base/try.hpp"
#include "apilab/http/date.hpp"
#include "apilab/radar/service/config_load.hpp"
#include "apilab/radar/service/state.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"
#include "apilab/sandbox/credentials.hpp"
#include "apilab/sandbox/fault.hpp"
#include "apilab/sandbox/sandbox.hpp"
#include "apilab/sandbox/world.hpp"
#include "apilab/transport/loopback_transport.hpp"
#include "apilab/work/schedule_ticker.hpp"
#include "apilab/work/sqlite_store.hpp"
#include "apilab/work/store_writer.hpp"

namespace apilab::radar {
namespace {

using namespace std::chrono_literals;
using runtime::Task;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view lockfile = R"({"name":"w","lockfileVersion":3,"packages":{
    "":{"name":"w","dependencies":{"lodash":"^4.17.0"}},
    "node_modules/lodash":{"version":"4.17.11"}}})";

// Nothing comes back from there, until the call is cancelled.
class Nowhere final : public runtime::Service {
public:
    explicit Nowhere(runtime::Scheduler& scheduler) : scheduler_(scheduler) {}
    Task<Result<http::Response>> call(http::Request /*request*/,
                                      runtime::CallContext /*context*/) override {
        APILAB_CO_CHECK(co_await scheduler_.sleep_until(SteadyTime::max()));
        co_return http::Response(500);
    }

private:
    runtime::Scheduler& scheduler_;
};

class RunningRadarTest : public testing::Test {
protected:
    RunningRadarTest() {
        const sandbox::WorldOptions options;
        box = sandbox::Sandbox::make(
                  scheduler,
                  {.providers = make_providers(sandbox::make_world(options).value(), options)})
                  .value();
        transport = std::make_unique<transport::LoopbackTransport>(scheduler, *box);
        folder = std::filesystem::path(testing::TempDir()) /
                 ("running-radar-" + std::to_string(reinterpret_cast<std::uintptr_t>(this)));
        std::filesystem::create_directories(folder);
        std::ofstream(folder / "package-lock.json") << lockfile;
        store = work::SqliteStore::open(
                    folder / "radar.db",
                    {.synchronous = work::SqliteStoreOptions::Synchronous::off, .busy_timeout = {}})
                    .value();
    }
    ~RunningRadarTest() override {
        store.reset();
        std::error_code ignored;
        std::filesystem::remove_all(folder, ignored);
    }

    Config config() {
        return config({}, "simulated = true\n[slack]\nchannel = 'C00000003'\nlevel = 'low'\n");
    }
    // With these variables and these lines.
    Config config(const std::map<std::string, std::string>& more, const std::string& lines) {
        ConfigSources sources{
            .text = lines,
            .environment = {{"RADAR_SLACK_TOKEN", "xoxb-stub"},
                            {"RADAR_GITHUB_WEBHOOK_SECRET", "hook"},
                            {"APILAB_NPM_URL", "http://sandbox.test/npm"},
                            {"APILAB_OSV_URL", "http://sandbox.test/osv"},
                            {"APILAB_GITHUB_URL", "http://sandbox.test/github"},
                            {"APILAB_SLACK_URL", "http://sandbox.test/slack"},
                            {"APILAB_NOTION_URL", "http://sandbox.test/notion"},
                            {"APILAB_GOOGLE_URL", "http://sandbox.test/google"}},
            .flags = {{"watch", "shop=" + (folder / "package-lock.json").string(), "--watch"}}};
        sources.environment.insert(more.begin(), more.end());
        auto loaded = load_config(sources);
        for (const auto& problem : loaded.problems) {
            ADD_FAILURE() << problem.to_string();
        }
        return *loaded.config;
    }
    Result<std::unique_ptr<RadarService>> make(Config told, runtime::Service& way) {
        return RadarService::create(
            std::move(told),
            {.scheduler = scheduler,
             .rng = rng,
             .transport = way,
             .store = *store,
             .folder = folder,
             .own_thread = false,
             .log = [this](std::string_view line) { log += std::string(line) + "\n"; },
             .poll = 1min});
    }
    int status(RadarService& radar, const std::string& path) {
        const auto url = *http::Url::parse("http://127.0.0.1" + path);
        const auto reply = runtime::run(
            scheduler,
            static_cast<runtime::Service&>(radar.web()).call(http::Request::get(url), {}));
        return reply ? reply->status() : 0;
    }
    // As a browser on this machine.
    std::string page(RadarService& radar, const std::string& path) {
        auto request = http::Request::get(*http::Url::parse("http://localhost" + path));
        request.header("host", "localhost");
        runtime::CallContext context;
        context.inbound = runtime::Inbound{.peer_address = "127.0.0.1"};
        const auto reply = runtime::run(
            scheduler, static_cast<runtime::Service&>(radar.web()).call(request, context));
        return reply ? reply->body() : reply.error().to_string();
    }
    void strike(std::string_view fault) {
        auto parsed = sandbox::parse_fault_text(fault);
        ASSERT_TRUE(parsed) << parsed.error().to_string();
        ASSERT_TRUE(box->faults().add(*std::move(parsed), scheduler.now()));
    }
    std::string data_source() const {
        for (const auto& [name, value] : sandbox::seed_credentials(box->run().seed)) {
            if (name == "APILAB_NOTION_DS") {
                return value;
            }
        }
        return {};
    }
    work::MessageCounts messages() { return store->message_counts("slack").value(); }
    work::JobCounts jobs() { return store->counts("radar").value(); }

    runtime::VirtualScheduler scheduler;
    SeededRng rng{7};
    std::filesystem::path folder;
    std::string log;
    std::unique_ptr<sandbox::Sandbox> box;
    std::unique_ptr<transport::LoopbackTransport> transport;
    std::unique_ptr<work::SqliteStore> store;
};

TEST_F(RunningRadarTest, a_new_project_is_looked_at_at_once_and_slack_is_told_once_over_two_lives) {
    for (int life = 0; life < 2; ++life) {
        auto radar = make(config(), *transport).value();
        radar->start();
        scheduler.advance(10min);
        EXPECT_EQ(messages().applied, 1) << log;
        EXPECT_TRUE(runtime::run(scheduler, radar->at_rest()));
        runtime::run(scheduler, radar->stop());
    }
    EXPECT_EQ(jobs().done, 1) << "the second life found it looked at";
    EXPECT_EQ(store->documents(item_kind, "", 10)->size(), 1U);
    EXPECT_THAT(log, HasSubstr(R"("event":"effect")"));
}

TEST_F(RunningRadarTest, nobody_is_waited_for_longer_than_the_configuration_says) {
    strike(R"({"where":"*:*","what":{"stall":{"at":"accept"}}})");
    auto radar = make(config({},
                             "simulated = true\n[calls]\nfirst_byte = '3s'\nattempt = '5s'\n"
                             "deadline = '5s'\n[slack]\nchannel = 'C00000003'\n"),
                      *transport)
                     .value();
    radar->start();
    scheduler.advance(14s);  // less than the first byte of one attempt has by itself
    const auto calls = page(*radar, "/api/calls");
    // The first byte's limit ends an attempt after 3 s, and the deadline the second one.
    EXPECT_THAT(calls, HasSubstr(R"("ending":"deadline")"));
    EXPECT_THAT(calls, HasSubstr(R"("attempts":2)"));
    EXPECT_THAT(calls, Not(HasSubstr(R"("attempts":1)")));
    EXPECT_THAT(calls, Not(HasSubstr("\"failed\":0")));
    runtime::run(scheduler, radar->stop());
}

TEST_F(RunningRadarTest, who_is_switched_off_is_neither_asked_nor_told_and_the_others_are) {
    const std::string slack = "simulated = true\n[slack]\nchannel = 'C00000003'\nlevel = 'low'\n";
    const auto asked = [&](std::string_view provider) {
        return std::ranges::count(box->journal().rows(), provider, &sandbox::Exchange::provider);
    };
    auto radar = make(config({{"RADAR_OFF", "osv,slack"}}, slack), *transport).value();
    radar->start();
    scheduler.advance(10min);
    EXPECT_EQ(asked("osv"), 0);
    EXPECT_EQ(asked("slack"), 0);
    EXPECT_GT(asked("npm"), 0);
    EXPECT_THAT(page(*radar, "/status"),
                HasSubstr("it is switched off, and neither asked nor told"));
    runtime::run(scheduler, radar->stop());

    auto again = make(config({}, slack), *transport).value();
    again->start();
    scheduler.advance(7h);  // the next time of its schedule
    EXPECT_GT(asked("osv"), 0);
    EXPECT_EQ(asked("slack"), 1) << "what is new still is said now";
    runtime::run(scheduler, again->stop());
}

TEST_F(RunningRadarTest, what_their_support_will_ask_for_is_in_the_log) {
    strike(
        R"({"where":"github:*","what":{"status":422,"headers":{"x-github-request-id":"AB:12"},)"
        R"("body":{"message":"not like this","errors":[{"code":"custom"}]}},"when":{"first":1}})");
    auto radar = make(config(), *transport).value();
    radar->start();
    scheduler.advance(10min);
    runtime::run(scheduler, radar->stop());
    const auto at = log.find(R"("event":"answer")");
    ASSERT_NE(at, std::string::npos) << log;
    EXPECT_THAT(log, testing::ContainsRegex(
                         R"("event":"answer","request_id":"r-0000[0-9]*.1","provider":"github")"));
    EXPECT_THAT(log, HasSubstr(R"("status":422,"provider_request_id":"AB:12","code":"custom",)"
                               R"("message":"not like this")"));
}

TEST_F(RunningRadarTest, a_clock_that_is_wrong_is_told_of) {
    auto right = make(config(), *transport).value();
    right->start();
    scheduler.advance(1min);
    EXPECT_THAT(page(*right, "/metrics"),
                HasSubstr("radar_clock_skew_seconds{origin=\"http://sandbox.test\"} 0\n"));
    EXPECT_THAT(page(*right, "/status"), Not(HasSubstr("one of the two is wrong")));
    runtime::run(scheduler, right->stop());

    strike(R"({"where":"*:*","what":{"auth":"skew:+400s"}})");
    auto wrong = make(config(), *transport).value();
    wrong->start();
    scheduler.advance(7h);
    EXPECT_THAT(page(*wrong, "/metrics"),
                HasSubstr("radar_clock_skew_seconds{origin=\"http://sandbox.test\"} 400\n"));
    EXPECT_THAT(page(*wrong, "/status"), HasSubstr("ahead of ours: one of the two is wrong"));
    runtime::run(scheduler, wrong->stop());
}

TEST_F(RunningRadarTest, everything_is_checked_again_when_its_schedule_says_so) {
    auto radar = make(config(), *transport).value();
    radar->start();
    scheduler.advance(24h + 1min);
    EXPECT_GE(jobs().done, 4);
    EXPECT_EQ(messages().applied, 1) << "nothing was new";
    runtime::run(scheduler, radar->stop());
}

TEST_F(RunningRadarTest, told_to_stop_it_gives_back_what_is_under_way_and_spends_no_attempt) {
    Nowhere nowhere(scheduler);
    auto radar = make(config(), nowhere).value();
    radar->start();
    scheduler.advance(5s);
    EXPECT_EQ(jobs().running, 1);
    EXPECT_FALSE(runtime::run(scheduler, radar->at_rest()));
    const auto began = scheduler.now();
    runtime::run(scheduler, radar->stop());
    EXPECT_LE(scheduler.now() - began, 4s) << "the grace";
    const auto rows = store->jobs({.queue = "radar"}, 10).value();
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0].state, work::JobState::available);
    EXPECT_EQ(rows[0].job.attempt, 0);
}

TEST_F(RunningRadarTest, is_ready_between_its_start_and_its_end_and_alive_all_the_time) {
    auto radar = make(config(), *transport).value();
    EXPECT_EQ(status(*radar, "/livez"), 200);
    EXPECT_EQ(status(*radar, "/readyz"), 503);
    radar->start();
    scheduler.advance(1min);
    EXPECT_EQ(status(*radar, "/readyz"), 200);
    runtime::run(scheduler, radar->stop());
    EXPECT_EQ(status(*radar, "/readyz"), 503);
    EXPECT_EQ(status(*radar, "/livez"), 200);
}

TEST_F(RunningRadarTest,
       webhooks_go_to_the_receiver_and_without_a_dashboard_nothing_else_is_there) {
    auto told = config();
    told.dashboard = false;
    auto radar = make(std::move(told), *transport).value();
    EXPECT_EQ(status(*radar, "/webhooks/github"), 405);
    EXPECT_EQ(status(*radar, "/webhooks/slack"), 404);
    EXPECT_EQ(status(*radar, "/"), 404);
    EXPECT_EQ(status(*radar, "/api/now"), 404);
    runtime::run(scheduler, radar->stop());
    auto open = make(config(), *transport).value();
    EXPECT_EQ(status(*open, "/"), 421) << "the dashboard is there: it asks for a host";
    runtime::run(scheduler, open->stop());
}

TEST_F(RunningRadarTest, a_scraper_on_a_port_of_its_own_sees_the_metrics_and_nothing_else) {
    const auto radar = make(config(), *transport).value();
    runtime::CallContext from_elsewhere;
    from_elsewhere.inbound = runtime::Inbound{.peer_address = "10.1.2.3"};
    const auto ask = [&](runtime::Service& service, const std::string& path) {
        const auto url = *http::Url::parse("http://radar.internal:9091" + path);
        const auto reply =
            runtime::run(scheduler, service.call(http::Request::get(url), from_elsewhere));
        return reply ? reply->status() : 0;
    };
    EXPECT_EQ(ask(radar->metrics(), "/metrics"), 200);
    EXPECT_EQ(ask(radar->metrics(), "/status"), 404);
    EXPECT_EQ(ask(radar->metrics(), "/"), 404);
    EXPECT_NE(ask(radar->web(), "/metrics"), 200) << "the other port is guarded as ever";
    runtime::run(scheduler, radar->stop());
}

TEST_F(RunningRadarTest, each_run_has_a_line_in_the_log) {
    const auto radar = make(config(), *transport).value();
    radar->start();
    scheduler.advance(2min);
    runtime::run(scheduler, radar->stop());
    EXPECT_THAT(log, HasSubstr("\"event\":\"run\""));
    EXPECT_THAT(log, HasSubstr("\"watch\":\"shop\""));
}

TEST_F(RunningRadarTest, a_project_that_is_gone_is_scheduled_no_more) {
    ASSERT_TRUE(store->put_schedule("check.gone", "every 6h", scheduler.system_now()));
    auto radar = make(config(), *transport).value();
    radar->start();
    scheduler.advance(10min);
    runtime::run(scheduler, radar->stop());
    std::vector<std::string> names;
    for (const auto& row : store->schedules().value()) {
        names.push_back(row.name);
    }
    EXPECT_THAT(names, testing::ElementsAre("check.shop"));
}

TEST_F(RunningRadarTest, what_a_provider_changed_is_on_the_page_of_drift) {
    strike(
        R"({"where":"npm:get_packument","what":{"drift":[{"op":"remove","pointer":"/versions"}]}})");
    strike(
        R"({"where":"notion:get_data_source","what":{"drift":[{"op":"null","pointer":"/title"}]}})");
    auto radar = make(config({{"RADAR_NOTION_TOKEN", "ntn_stub"}},
                             "simulated = true\n[notion]\ndata_source = '" + data_source() + "'\n"),
                      *transport)
                     .value();
    radar->start();
    scheduler.advance(10min);
    const auto drift = page(*radar, "/api/drift");
    EXPECT_THAT(drift, HasSubstr(R"("counted":true)"));
    EXPECT_THAT(drift, HasSubstr(R"("operation":"npm get_packument","kind":"missing",)"
                                 R"("pattern":"/versions")"));
    EXPECT_THAT(drift, HasSubstr(R"("operation":"notion get_data_source","kind":"null",)"
                                 R"("pattern":"/title")"));
    EXPECT_THAT(page(*radar, "/metrics"),
                HasSubstr(R"(apilab_drift_total{operation="npm get_packument",kind="missing",)"));
    runtime::run(scheduler, radar->stop());
}

TEST_F(RunningRadarTest, its_reads_and_its_effects_are_told_apart_and_share_their_limits) {
    auto radar = make(config(), *transport).value();
    radar->start();
    scheduler.advance(10min);
    EXPECT_THAT(log, HasSubstr(R"("operation_id":"r-000001")"));
    EXPECT_THAT(log, HasSubstr(R"("operation_id":"e-000001")"));
    EXPECT_THAT(log, Not(HasSubstr(R"("operation_id":"c-)")));
    EXPECT_THAT(page(*radar, "/api/limits"), HasSubstr(R"("provider":"slack")"));
    runtime::run(scheduler, radar->stop());
}

// Counts what is asked of Google's token endpoint.
class TokensCounted final : public runtime::Service {
public:
    explicit TokensCounted(runtime::Service& beyond) : beyond_(beyond) {}
    Task<Result<http::Response>> call(http::Request request,
                                      runtime::CallContext context) override {
        asked += request.url().path() == "/google/token" ? 1 : 0;
        return beyond_.call(std::move(request), std::move(context));
    }
    int asked = 0;

private:
    runtime::Service& beyond_;
};

TEST_F(RunningRadarTest, a_consent_that_died_is_remembered_over_restarts_until_there_is_another) {
    TokensCounted counted(*transport);
    const auto life = [&](const std::string& refresh_token) {
        auto radar = make(config({{"RADAR_GMAIL_CLIENT_ID", "cid"},
                                  {"RADAR_GMAIL_CLIENT_SECRET", "sec"},
                                  {"RADAR_GMAIL_REFRESH_TOKEN", refresh_token}},
                                 "simulated = true\n[gmail]\nfrom = 'me@apilab.example'\n"
                                 "to = ['team@apilab.example']\nschedule = 'every 10m'\n"),
                          counted)
                         .value();
        radar->start();
        scheduler.advance(1h);
        const auto state = radar->parts().gmail_tokens->status().state;
        runtime::run(scheduler, radar->stop());
        return state;
    };
    for (int restart = 0; restart < 3; ++restart) {
        const auto state = life("a-dead-refresh-token");
        // Later lives know it once a mail is due again.
        EXPECT_TRUE(state == auth::CredentialState::needs_consent ||
                    (restart > 0 && state == auth::CredentialState::none));
        EXPECT_EQ(counted.asked, 1) << "in life " << restart;
    }
    EXPECT_EQ(store->message_counts("gmail")->applied, 0);
    const auto mode = std::filesystem::status(folder / "tokens" / "gmail.json").permissions();
    EXPECT_EQ(mode, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    EXPECT_NE(life("seed-refresh-token"), auth::CredentialState::needs_consent);
    EXPECT_GE(counted.asked, 2) << "somebody consented again";
    EXPECT_GT(store->message_counts("gmail")->applied, 0);
    const int asked = counted.asked;
    EXPECT_NE(life("seed-refresh-token"), auth::CredentialState::needs_consent);
    EXPECT_LE(counted.asked, asked + 1) << "a token that is good outlives a restart";
}

// A GitHub that has one delivery to tell of, which nobody answered.
class OneMissed final : public runtime::Service {
public:
    OneMissed(runtime::Service& beyond, SystemTime when) : beyond_(beyond), when_(when) {}
    Task<Result<http::Response>> call(http::Request request,
                                      runtime::CallContext context) override {
        const auto& path = request.url().path();
        if (path.ends_with("/deliveries")) {
            ++looked;
            const auto second = std::chrono::floor<std::chrono::seconds>(when_);
            co_return http::Response(
                200,
                R"([{"id":1,"guid":"g1","event":"push","status_code":0,"redelivery":false,)"
                R"("delivered_at":")" +
                    http::format_iso_time(second) + "\"}]",
                {{"content-type", "application/json"}});
        }
        if (path.ends_with("/attempts")) {
            ++asked;
            co_return http::Response(202, "{}", {{"content-type", "application/json"}});
        }
        co_return co_await beyond_.call(std::move(request), std::move(context));
    }
    int looked = 0;
    int asked = 0;

private:
    runtime::Service& beyond_;
    SystemTime when_;
};

TEST_F(RunningRadarTest, what_did_not_arrive_is_looked_for_and_asked_for_when_it_is_said_to_be) {
    OneMissed github(*transport, scheduler.system_now());
    auto radar = make(config({{"RADAR_GITHUB_TOKEN", "ghp"}},
                             "simulated = true\n[github]\nhook_every = '20s'\n"
                             "hook_settle = '5m'\nhook = "
                             "'http://sandbox.test/github/repos/octo/hello/hooks/1'\n"),
                      github)
                     .value();
    radar->start();
    scheduler.advance(4min);
    EXPECT_GE(github.looked, 10);
    EXPECT_EQ(github.asked, 0) << "it may still be on its way";
    scheduler.advance(3min);
    EXPECT_EQ(github.asked, 1);
    runtime::run(scheduler, radar->stop());
}

// npm sends everybody to somebody else.
class Astray final : public runtime::Service {
public:
    explicit Astray(runtime::Service& beyond) : beyond_(beyond) {}
    Task<Result<http::Response>> call(http::Request request,
                                      runtime::CallContext context) override {
        if (request.url().host() == "elsewhere.test") {
            ++arrived;
            co_return http::Response(200, "{}");
        }
        if (request.url().path().starts_with("/npm/")) {
            ++sent_away;
            co_return http::Response(302, "", {{"location", "http://elsewhere.test/"}});
        }
        co_return co_await beyond_.call(std::move(request), std::move(context));
    }
    int sent_away = 0;
    int arrived = 0;

private:
    runtime::Service& beyond_;
};

TEST_F(RunningRadarTest, who_is_not_configured_is_not_asked_whoever_sends_it_there) {
    Astray astray(*transport);
    auto radar = make(config(), astray).value();
    radar->start();
    scheduler.advance(10min);
    runtime::run(scheduler, radar->stop());
    EXPECT_GT(astray.sent_away, 0);
    EXPECT_EQ(astray.arrived, 0);
}

TEST_F(RunningRadarTest, what_is_open_of_a_project_that_is_gone_is_closed_at_the_start) {
    const auto open_items = [&] {
        return std::ranges::count_if(read_items(*store).value(),
                                     [](const Item& item) { return !item.resolved; });
    };
    auto radar = make(config(), *transport).value();
    radar->start();
    scheduler.advance(10min);
    runtime::run(scheduler, radar->stop());
    ASSERT_EQ(open_items(), 1);
    auto told = config();
    told.watches.clear();
    auto again = make(std::move(told), *transport).value();
    again->start();
    scheduler.advance(1min);
    runtime::run(scheduler, again->stop());
    EXPECT_EQ(open_items(), 0);
}

TEST_F(RunningRadarTest, what_it_cannot_do_is_refused_with_its_option) {
    auto told = config();
    told.shared = Secret("rediss://127.0.0.1");
    EXPECT_EQ(make(std::move(told), *transport).error().detail(), "shared");
    told = config();
    told.retention.keys = 1h;
    EXPECT_EQ(make(std::move(told), *transport).error().detail(), "keys");
    told = config();
    told.schedule = "now and then";
    EXPECT_EQ(make(std::move(told), *transport).error().detail(), "schedule");
}

TEST_F(RunningRadarTest, a_store_that_fails_again_is_told_of_again_and_once_for_each_time) {
    const auto radar = make(config(), *transport).value();
    const auto deliver = [&](int number) {
        const auto body = R"({"n":)" + std::to_string(number) + "}";
        auto request = http::Request::post(*http::Url::parse("http://127.0.0.1/webhooks/github"),
                                           body, "application/json");
        request.header("x-github-event", "push")
            .header("x-github-delivery", std::to_string(number))
            .header("x-hub-signature-256", "sha256=" + to_hex(hmac_sha256(Secret("hook"), body)));
        const auto reply = runtime::run(
            scheduler, static_cast<runtime::Service&>(radar->web()).call(std::move(request), {}));
        return reply ? reply->status() : 0;
    };
    const auto other = work::SqliteStore::open(folder / "radar.db", {.busy_timeout = {}}).value();
    for (int number = 0; number < 6; number += 3) {
        ASSERT_TRUE(other->begin());
        EXPECT_EQ(deliver(number), 503);
        EXPECT_EQ(deliver(number + 1), 503);
        ASSERT_TRUE(other->commit());
        EXPECT_EQ(deliver(number + 2), 200);
    }
    std::size_t told = 0;
    for (auto at = log.find("not stored"); at != std::string::npos;
         at = log.find("not stored", at + 1)) {
        ++told;
    }
    EXPECT_EQ(told, 2U) << log;
}

}  // namespace
}  // namespace apilab::radar
