// Replicas of a radar over the sandbox, whose limits count by account: together they keep what one
// would, and each keeps its share while nobody can tell what the others do.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "apilab/radar/internal/shared_way.hpp"
#include "apilab/radar/service/service.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"
#include "apilab/sandbox/credentials.hpp"
#include "apilab/sandbox/sandbox.hpp"
#include "apilab/sandbox/world.hpp"
#include "apilab/shared/memory_budget_store.hpp"
#include "apilab/transport/loopback_transport.hpp"
#include "apilab/work/sqlite_store.hpp"

namespace apilab::radar {
namespace {

using namespace std::chrono_literals;
using runtime::Task;
using testing::HasSubstr;

// Two that send as fast as each of them may are above it after a few seconds.
constexpr std::string_view limits = R"(
name = "one-account"
description = "limits of an account, as Slack and Notion count them"
[[limits.slack]]
kind = "token_bucket"
limit = 1
window = "1s"
burst = 3
operations = ["chat.postMessage"]
[[limits.notion]]
kind = "token_bucket"
limit = 3
window = "1s"
burst = 5
)";

constexpr std::string_view lockfile = R"({"name":"w","lockfileVersion":3,"packages":{
    "":{"name":"w","dependencies":{"lodash":"^4.17.0"}},
    "node_modules/lodash":{"version":"4.17.11"}}})";

constexpr int projects = 12;

// Redis that is killed and comes back.
class Mortal final : public shared::BudgetStore {
public:
    explicit Mortal(runtime::Scheduler& scheduler) : store_(scheduler) {}
    Task<Result<shared::BudgetGrant>> lease(shared::BudgetAsk ask) override {
        names.insert(ask.name);
        replicas.insert(ask.replica);
        if (dead) {
            co_return fail(ErrorKind::io, "Redis: connection refused");
        }
        co_return co_await store_.lease(std::move(ask));
    }
    Task<Result<void>> hold(std::string name, Duration wait) override {
        if (dead) {
            co_return fail(ErrorKind::io, "Redis: connection refused");
        }
        co_return co_await store_.hold(std::move(name), wait);
    }
    bool dead = false;
    std::set<std::string> names;
    std::set<std::string> replicas;

private:
    shared::MemoryBudgetStore store_;
};

struct Replica {
    std::unique_ptr<work::SqliteStore> store = work::SqliteStore::open(":memory:").value();
    std::unique_ptr<RadarService> radar;
};

class RadarReplicas : public testing::Test {
protected:
    RadarReplicas() {
        const sandbox::WorldOptions world;
        sandbox::SandboxOptions options;
        options.scenario = sandbox::parse_scenario(limits).value();
        options.providers = sandbox::make_providers(sandbox::make_world(world).value(), world);
        box = sandbox::Sandbox::make(scheduler, std::move(options)).value();
        transport = std::make_unique<transport::LoopbackTransport>(scheduler, *box);
        folder = std::filesystem::path(testing::TempDir()) /
                 ("radar-replicas-" + std::to_string(reinterpret_cast<std::uintptr_t>(this)));
        std::filesystem::create_directories(folder);
        for (auto& [name, value] : sandbox::seed_credentials(1)) {
            credentials.emplace(std::move(name), std::move(value));
        }
    }
    ~RadarReplicas() override {
        std::error_code ignored;
        std::filesystem::remove_all(folder, ignored);
    }

    // Each replica has projects of its own: `from` to `from + projects - 1`.
    Config config(int from) {
        const auto at = [](const std::string& path) {
            return *http::Url::parse("http://sandbox.test" + path);
        };
        const auto secret = [this](const char* name) { return Secret(credentials.at(name)); };
        Config config{.urls = {.npm = at("/npm"),
                               .osv = at("/osv"),
                               .github = at("/github"),
                               .slack = at("/slack"),
                               .notion = at("/notion"),
                               .google = at("/google"),
                               .google_token = at("/google/token")}};
        config.github_token = secret("APILAB_GITHUB_TOKEN");
        config.slack = SlackSink{.token = secret("APILAB_SLACK_TOKEN"),
                                 .channel = credentials.at("APILAB_SLACK_CHANNEL"),
                                 .level = Severity::low};
        config.notion = NotionSink{.token = secret("APILAB_NOTION_TOKEN"),
                                   .data_source = credentials.at("APILAB_NOTION_DS")};
        config.simulated = true;
        for (int i = from; i < from + projects; ++i) {
            const auto name = "shop" + std::to_string(i);
            const auto file = folder / (name + ".json");
            std::ofstream(file) << lockfile;
            config.watches.push_back({.name = name, .path = file.string()});
        }
        return config;
    }
    void start(int count, shared::BudgetStore* budgets) {
        for (int i = 0; i < count; ++i) {
            auto& replica = replicas.emplace_back();
            replica.radar = RadarService::create(config(i * projects), {.scheduler = scheduler,
                                                                        .rng = rng,
                                                                        .transport = *transport,
                                                                        .store = *replica.store,
                                                                        .folder = folder,
                                                                        .own_thread = false,
                                                                        .poll = 1s,
                                                                        .budgets = budgets})
                                .value();
            replica.radar->start();
        }
    }
    void stop() {
        for (auto& replica : replicas) {
            runtime::run(scheduler, replica.radar->stop());
        }
    }
    [[nodiscard]] int refused() const {
        int count = 0;
        for (const auto& row : box->journal().rows()) {
            count += row.status == 429 ? 1 : 0;
        }
        return count;
    }
    [[nodiscard]] std::int64_t applied(const std::string& target) const {
        std::int64_t count = 0;
        for (const auto& replica : replicas) {
            count += replica.store->message_counts(target).value().applied;
        }
        return count;
    }
    std::string page(RadarService& radar, const std::string& path) {
        auto request = http::Request::get(*http::Url::parse("http://127.0.0.1" + path));
        request.header("host", "127.0.0.1");
        runtime::CallContext context;
        context.inbound = runtime::Inbound{.peer_address = "127.0.0.1"};
        const auto reply = runtime::run(
            scheduler,
            static_cast<runtime::Service&>(radar.web()).call(std::move(request), context));
        return reply ? reply->body() : reply.error().to_string();
    }

    runtime::VirtualScheduler scheduler;
    SeededRng rng{7};
    std::filesystem::path folder;
    std::map<std::string, std::string, std::less<>> credentials;
    std::unique_ptr<sandbox::Sandbox> box;
    std::unique_ptr<transport::LoopbackTransport> transport;
    Mortal store{scheduler};
    std::vector<Replica> replicas;
};

TEST_F(RadarReplicas, that_share_a_budget_are_never_refused) {
    start(2, &store);
    scheduler.advance(5min);
    EXPECT_EQ(refused(), 0);
    EXPECT_EQ(applied("slack"), 2 * projects);
    EXPECT_EQ(applied("notion"), 2 * projects);
    EXPECT_EQ(store.replicas.size(), 2U) << "each has a name of its own";
    for (const auto& replica : replicas) {
        const auto& stats = replica.radar->parts().budgets->stats();
        EXPECT_GE(stats.permits, 2U * projects);
        EXPECT_EQ(stats.alone, 0U);
        EXPECT_EQ(stats.refused, 0U);
    }
    stop();
}

TEST_F(RadarReplicas, without_one_they_are_refused_so_that_the_test_before_tells_something) {
    start(2, nullptr);
    scheduler.advance(5min);
    EXPECT_GT(refused(), 0);
    EXPECT_EQ(replicas[0].radar->parts().budgets, nullptr);
    stop();
}

TEST_F(RadarReplicas, have_a_share_each_while_nobody_can_be_asked_and_say_so) {
    start(2, &store);
    scheduler.advance(3s);
    ASSERT_EQ(replicas[0].radar->parts().budgets->stats().replicas, 2);
    store.dead = true;
    scheduler.advance(5min);
    EXPECT_EQ(applied("slack"), 2 * projects);
    EXPECT_LE(refused(), 4) << "where a share's burst comes on top";
    EXPECT_GT(replicas[0].radar->parts().budgets->stats().alone, 0U);
    const auto status = page(*replicas[0].radar, "/status");
    EXPECT_THAT(status, HasSubstr("each replica spends its share, one of 2"));
    EXPECT_THAT(status, HasSubstr(R"("shared":{"replicas":2,)"));
    const auto metrics = page(*replicas[0].radar, "/metrics");
    EXPECT_THAT(metrics, HasSubstr("radar_shared_up 0\n"));
    EXPECT_THAT(metrics, HasSubstr(R"(radar_shared_permits_total{by="share"} )"));
    store.dead = false;
    // People's columns are read every quarter of an hour.
    scheduler.advance(16min);
    EXPECT_THAT(page(*replicas[0].radar, "/metrics"), HasSubstr("radar_shared_up 1\n"));
    stop();
}

TEST_F(RadarReplicas, spend_by_account_and_by_path_what_the_providers_say) {
    const auto all = internal::shared_budgets(config(0));
    ASSERT_EQ(all.size(), 3U);
    EXPECT_THAT(all[0].name, testing::StartsWith("github:"));
    EXPECT_EQ(all[0].origin, "http://sandbox.test");
    EXPECT_EQ(all[0].path_prefix, "/github/");
    EXPECT_LE(all[0].quota.permits + all[0].quota.burst, 5000) << "in any hour";
    EXPECT_EQ(all[1].path_prefix, "/slack/api/chat.postMessage");
    EXPECT_EQ(all[2].path_prefix, "/notion/v1/");
    for (const auto& budget : all) {
        EXPECT_THAT(budget.name, testing::Not(HasSubstr(credentials.at("APILAB_SLACK_TOKEN"))));
        EXPECT_TRUE(budget.quota.validate());
    }
    auto other = config(0);
    other.slack->token = Secret("xoxb-of-somebody-else");
    other.notion.reset();
    other.github_token.reset();
    other.urls.slack = *http::Url::parse("https://slack.com");
    const auto fewer = internal::shared_budgets(other);
    ASSERT_EQ(fewer.size(), 1U) << "without a token GitHub counts by address";
    EXPECT_NE(fewer[0].name, all[1].name);
    EXPECT_EQ(fewer[0].path_prefix, "/api/chat.postMessage");
}

}  // namespace
}  // namespace apilab::radar
