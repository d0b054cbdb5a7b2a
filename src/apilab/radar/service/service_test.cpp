// The running radar over the sandbox, under virtual time: what it does by itself, how it ends, and
// who answers which path.
#include "apilab/radar/service/service.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "apilab/base/try.hpp"

#include "apilab/radar/service/config_load.hpp"
#include "apilab/radar/service/state.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"
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
        auto loaded = load_config(
            {.text = "simulated = true\n[slack]\nchannel = 'C00000003'\nlevel = 'low'\n",
             .environment = {{"RADAR_SLACK_TOKEN", "xoxb-stub"},
                             {"RADAR_GITHUB_WEBHOOK_SECRET", "hook"},
                             {"APILAB_NPM_URL", "http://sandbox.test/npm"},
                             {"APILAB_OSV_URL", "http://sandbox.test/osv"},
                             {"APILAB_GITHUB_URL", "http://sandbox.test/github"},
                             {"APILAB_SLACK_URL", "http://sandbox.test/slack"}},
             .flags = {{"watch", "shop=" + (folder / "package-lock.json").string(), "--watch"}}});
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

}  // namespace
}  // namespace apilab::radar
