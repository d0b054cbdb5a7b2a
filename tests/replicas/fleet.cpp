#include "fleet.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <utility>

#include "apilab/radar/service/parts.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/sandbox/credentials.hpp"
#include "apilab/sandbox/webhook/sign.hpp"
#include "apilab/sandbox/world.hpp"
#include "apilab/transport/send.hpp"
#include "apilab/work/schedule_ticker.hpp"

namespace apilab::replicas {

using namespace std::chrono_literals;
using runtime::Task;

namespace {

// It comes by itself once in a month; here it comes when it is told to.
constexpr std::string_view schedule = "every 31d";
constexpr std::string_view hook_secret = "the-secret-of-the-hook";
// What a lost answer to a claim leaves behind has a lease of five minutes.
constexpr Duration patience = 400s;

constexpr std::string_view lockfile = R"({"name":"w","lockfileVersion":3,"packages":{
    "":{"name":"w","dependencies":{"lodash":"^4.17.0"}},
    "node_modules/lodash":{"version":"4.17.11"}}})";

std::string project(int number) {
    return "shop" + std::to_string(number);
}

http::Url at(const std::string& path) {
    return http::Url::parse("http://sandbox.test" + path).value();
}

}  // namespace

Fleet::Fleet(work::tests::PostgresServer& server, std::string schema)
    : server_(server), schema_(std::move(schema)) {
    const sandbox::WorldOptions world;
    sandbox_ =
        sandbox::Sandbox::make(
            scheduler, {.providers = make_providers(sandbox::make_world(world).value(), world)})
            .value();
    out_ = std::make_unique<transport::LoopbackTransport>(scheduler, *sandbox_);
    folder_ = std::filesystem::path(testing::TempDir()) / ("replicas-" + schema_);
    std::filesystem::create_directories(folder_);
    for (int i = 0; i < projects; ++i) {
        std::ofstream(folder_ / (project(i) + ".json")) << lockfile;
    }
    for (auto& [name, value] : sandbox::seed_credentials(1)) {
        credentials_.emplace(std::move(name), std::move(value));
    }
}

Fleet::~Fleet() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

std::unique_ptr<work::PostgresStore> Fleet::open() const {
    return work::PostgresStore::open(server_.url(), {.schema = schema_}).value();
}

radar::Config Fleet::config() const {
    radar::Config config{.store = Secret("postgres://"),
                         .schedule = std::string(schedule),
                         .urls = {.npm = at("/npm"),
                                  .osv = at("/osv"),
                                  .github = at("/github"),
                                  .slack = at("/slack"),
                                  .notion = at("/notion"),
                                  .google = at("/google"),
                                  .google_token = at("/google/token")}};
    config.slack = radar::SlackSink{.token = Secret(credentials_.at("APILAB_SLACK_TOKEN")),
                                    .channel = credentials_.at("APILAB_SLACK_CHANNEL"),
                                    .level = radar::Severity::low};
    config.webhooks = {{.sender = "github", .secrets = {Secret(std::string(hook_secret))}}};
    for (int i = 0; i < projects; ++i) {
        config.watches.push_back(
            {.name = project(i), .path = (folder_ / (project(i) + ".json")).string()});
    }
    config.simulated = true;
    return config;
}

void Fleet::make_all_due() {
    const auto store = open();
    const auto now = scheduler.system_now();
    const auto rows = store->schedules().value();
    for (int i = 0; i < projects; ++i) {
        const auto name = "check." + project(i);
        const auto row = std::ranges::find(rows, name, &work::ScheduleRow::name);
        if (row == rows.end()) {
            EXPECT_TRUE(store->put_schedule(name, schedule, now));
        } else {
            EXPECT_TRUE(store->skip_schedule(name, row->next, now).value());
        }
    }
}

void Fleet::start(int count) {
    for (int i = 0; i < count; ++i) {
        auto& replica = replicas.emplace_back();
        replica.store = open();
        replica.radar = radar::RadarService::create(config(), {.scheduler = scheduler,
                                                               .rng = rng_,
                                                               .transport = *out_,
                                                               .store = *replica.store,
                                                               .folder = {},
                                                               .poll = 50ms})
                            .value();
        replica.in =
            std::make_unique<transport::LoopbackTransport>(scheduler, replica.radar->web());
    }
    for (const auto& replica : replicas) {
        replica.radar->start();
    }
}

void Fleet::stop() {
    for (const auto& replica : replicas) {
        runtime::run(scheduler, replica.radar->stop());
    }
}

Task<void> Fleet::send_until_taken(std::string id, std::size_t to) {
    const std::string body =
        R"({"zen":"Half measures are as bad as nothing at all.","note":")" + id + R"("})";
    while (true) {
        auto request =
            http::Request::post(http::Url::parse("http://127.0.0.1/webhooks/github").value(), body);
        request.header("x-github-event", "watch");
        request.header("x-github-delivery", id);
        request.header("x-hub-signature-256",
                       sandbox::webhook::github_signature(hook_secret, body));
        const auto answer = co_await transport::send(*replicas[to].in, std::move(request));
        if (answer && answer->ok()) {
            co_return;
        }
        ++refused;
        (void)co_await scheduler.sleep_for(50ms);
    }
}

Task<void> Fleet::send_event(std::string id, std::size_t first) {
    runtime::TaskGroup both(scheduler);
    both.spawn(send_until_taken(id, first % replicas.size()));
    both.spawn(send_until_taken(id, (first + 1) % replicas.size()));
    co_await both.join();
}

Task<void> Fleet::send_events(int count) {
    runtime::TaskGroup all(scheduler);
    for (int i = 0; i < count; ++i) {
        all.spawn(send_event("delivery-" + std::to_string(i), static_cast<std::size_t>(i)));
        (void)co_await scheduler.sleep_for(30ms);
    }
    co_await all.join();
}

Task<void> Fleet::restart_server() {
    (void)co_await scheduler.sleep_for(700ms);
    server_.stop_immediately();
    (void)co_await scheduler.sleep_for(500ms);
    const auto started = server_.start();
    EXPECT_TRUE(started) << started.error().to_string();
}

Task<bool> Fleet::until_rest() {
    const auto until = scheduler.now() + patience;
    const auto store = open();
    while (scheduler.now() < until) {
        // A job that failed waits for its time, and is not due until then.
        const auto jobs = store->counts("radar");
        const bool over = jobs && jobs->available + jobs->running == 0;
        if (over && co_await replicas.front().radar->at_rest()) {
            co_return true;
        }
        (void)co_await scheduler.sleep_for(50ms);
    }
    co_return false;
}

Task<void> Fleet::until_fired(std::uint64_t count) {
    const auto until = scheduler.now() + patience;
    while (fired() < count && scheduler.now() < until) {
        (void)co_await scheduler.sleep_for(50ms);
    }
}

std::uint64_t Fleet::fired() const {
    std::uint64_t count = 0;
    for (const auto& replica : replicas) {
        count += replica.radar->parts().ticker.stats().fired;
    }
    return count;
}

int Fleet::said_on_slack() const {
    int count = 0;
    for (const auto& row : sandbox_->journal().rows()) {
        count += row.operation == "chat.postMessage" && row.status == 200 ? 1 : 0;
    }
    return count;
}

}  // namespace apilab::replicas
