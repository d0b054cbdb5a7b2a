// Every secret is a canary. A life with successes, failures of everybody who repeat what was sent,
// and redirects: then none of them stands anywhere, as it is or in any encoding.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "apilab/http/json.hpp"
#include "apilab/runtime/body.hpp"
#include "apilab/runtime/live.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"
#include "world.hpp"

namespace apilab::radar_security {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

using Mood = Others::Mood;

std::string read(const std::filesystem::path& file) {
    std::ostringstream text;
    text << std::ifstream(file, std::ios::binary).rdbuf();
    return text.str();
}

std::vector<std::filesystem::path> files_of(const World& world) {
    std::vector<std::filesystem::path> all;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(world.folder())) {
        if (entry.is_regular_file()) {
            all.push_back(entry.path());
        }
    }
    return all;
}

runtime::Task<void> follow(World* world, std::string* heard) {
    auto live = std::make_shared<runtime::LiveAnswer>();
    http::Request request("GET", http::Url::parse("http://localhost:8080/api/stream").value());
    request.header("host", "localhost:8080");
    runtime::CallContext context;
    context.inbound = runtime::Inbound{.peer_address = "127.0.0.1"};
    const auto answer =
        co_await world->radar().web().call_live(std::move(request), std::move(context), live);
    if (!answer || !live->source || !co_await live->source->start()) {
        co_return;
    }
    while (true) {
        const auto piece = co_await live->source->read(std::size_t{64} << 10U);
        if (!piece || piece->empty()) {
            co_return;
        }
        *heard += *piece;
    }
}

class Secrets : public testing::Test {
protected:
    void SetUp() override {
        following.spawn(follow(&world, &heard));
        world.radar().start();
    }
    void TearDown() override {
        world.end();
        runtime::run(scheduler, following.join());
    }

    // Something new for everybody, and a question on Slack.
    void happens(const std::map<std::string, std::string>& packages, Duration lasts = 24h + 10min) {
        world.install(packages);
        for (const auto& sender : senders()) {
            ++number;
            (void)world.deliver_genuine(sender, event_of(sender, number), number);
        }
        const auto act = world.ask(
            {.method = "POST",
             .target = "/api/actions/check",
             .headers = {{"content-type", "application/json"},
                         {"authorization", "Bearer " + world.secret("RADAR_DASHBOARD_TOKEN")}},
             .body = R"({"watch":"shop"})"});
        EXPECT_EQ(act.status(), 200) << act.body();
        scheduler.advance(lasts);  // there is one digest a day
    }
    void all_are(Mood mood) {
        for (const auto* provider : {"npm", "osv", "github", "slack", "notion", "google"}) {
            world.others().become(provider, mood);
        }
    }
    void shows_none(const std::string& text, const std::string& where) {
        EXPECT_THAT(leaks(text, world.canaries()), IsEmpty()) << where;
        looked += text.size();
    }
    std::string page(const std::string& target) {
        const auto answer = world.ask({.target = target});
        std::string text = answer.body();
        for (const auto& [name, value] : answer.headers()) {
            text += "\n" + name + ": " + value;
        }
        shows_none(text, target);
        return answer.body();
    }
    void look_at_pages() {
        for (const auto* target : {"/",
                                   "/app.js",
                                   "/livez",
                                   "/readyz",
                                   "/status",
                                   "/metrics",
                                   "/api/session",
                                   "/api/now",
                                   "/api/decisions?show=all&limit=100",
                                   "/api/limits",
                                   "/api/breakers",
                                   "/api/tokens",
                                   "/api/drift",
                                   "/api/events",
                                   "/api/jobs",
                                   "/api/jobs?state=dead",
                                   "/api/quarantine",
                                   "/api/outbox",
                                   "/api/outbox?state=failed",
                                   "/api/outbox?state=escalated",
                                   "/api/audit",
                                   "/api/nothing"}) {
            (void)page(target);
        }
        const auto calls = http::JsonDocument::parse(page("/api/calls?limit=100"));
        ASSERT_TRUE(calls);
        for (int call = 1; call <= 150; ++call) {
            (void)page(fmt::format("/api/calls/{}", call));
            (void)page(fmt::format("/api/calls/{}/har", call));
        }
        for (int job = 1; job <= 40; ++job) {
            (void)page(fmt::format("/api/jobs/{}", job));
        }
    }
    void look_at_files() {
        std::string newest;
        for (const auto& file : files_of(world)) {
            if (file.filename().string().starts_with("radar-")) {
                newest = std::max(newest, file.stem().stem().string());
            }
        }
        EXPECT_FALSE(newest.empty());
        for (const auto& file : files_of(world)) {
            const auto name = file.filename().string();
            // An older snapshot has nothing that the newest one has not.
            const bool older = name.starts_with("radar-") && !name.starts_with(newest);
            // What keeps Gmail's tokens is the one place where they stand.
            if (!older && file.parent_path().filename() != "tokens") {
                shows_none(read(file), name);
            }
            struct stat facts{};
            ASSERT_EQ(::stat(file.c_str(), &facts), 0);
            if (file.filename() != "package-lock.json") {
                EXPECT_EQ(facts.st_mode & 0777U, 0600U) << file;
            }
        }
    }

    runtime::VirtualScheduler scheduler;
    World world{scheduler, {.seed = 91, .has_backups = true}};
    std::string heard;
    runtime::TaskGroup following{scheduler};
    int number = 0;
    std::size_t looked = 0;
};

TEST_F(Secrets, stand_nowhere_after_a_life_in_which_everybody_repeats_what_was_sent) {
    scheduler.advance(6h + 10min);
    world.others().become("google/token", Mood::honest);
    // The sinks first: there is something to be told.
    for (const auto* sink : {"slack", "notion", "google/gmail"}) {
        world.others().become(sink, Mood::echo);
    }
    happens({{"lodash", "4.17.11"}, {"minimist", "1.2.0"}});
    all_are(Mood::echo);
    happens({{"lodash", "4.17.11"}, {"minimist", "1.2.0"}, {"ip", "1.1.5"}});
    all_are(Mood::redirect);
    happens({{"ip", "1.1.5"}, {"axios", "0.21.1"}}, 2h);
    all_are(Mood::honest);
    happens({{"ip", "1.1.5"}, {"axios", "0.21.1"}, {"lodash", "4.17.11"}}, 2h);
    // Last, since nobody asks again for a token that was refused.
    world.others().become("google/token", Mood::echo);
    happens({{"lodash", "4.17.11"}, {"ip", "1.1.5"}});

    // It proves something only where they were used.
    for (const auto* provider : {"github", "slack", "notion", "google", "npm", "osv"}) {
        EXPECT_GT(world.others().asked(provider, Mood::honest), 0U) << provider;
        EXPECT_GT(world.others().asked(provider, Mood::echo), 0U) << provider;
    }
    for (const auto* provider : {"github", "slack", "notion", "npm", "osv"}) {
        EXPECT_GT(world.others().asked(provider, Mood::redirect), 0U) << provider;
    }
    EXPECT_GT(world.others().tokens().size(), 1U);
    EXPECT_THAT(world.log(), HasSubstr(R"("event":"effect")"));
    EXPECT_THAT(heard, HasSubstr("event: call"));

    look_at_pages();
    shows_none(heard, "events");
    shows_none(world.log(), "log");
    shows_none(world.tables(), "tables");
    look_at_files();
    shows_none(world.others().sent_elsewhere(), "what was sent to another origin");
    world.end();
    for (const auto& file : files_of(world)) {
        if (file.filename().string().starts_with("radar.db")) {
            shows_none(read(file), "after its end " + file.filename().string());
        }
    }
    EXPECT_GT(files_of(world).size(), 4U) << "the store, snapshots, manifests";
    EXPECT_GT(looked, std::size_t{1} << 20U);
}

TEST(SecretsOfAConfiguration, stand_in_nothing_that_it_explains_or_complains_of) {
    runtime::VirtualScheduler scheduler;
    const World world(scheduler, {.seed = 92});
    auto canaries = world.canaries();
    const std::string password = "canary-92-password";
    canaries.push_back({.name = "the password of the store", .value = password});
    const std::vector<Environment> several{
        {},
        {{"RADAR_STORE", "postgres://radar:" + password + "@db.test/radar"}},
        {{"RADAR_STORE", "postgres://radar:" + password + "@[db.test/radar"}},
        {{"RADAR_STORE", "mysql://radar:" + password + "@db.test/radar"}},
        {{"RADAR_SHARED", "redis://:" + password + "@cache.test"}},
        {{"RADAR_SHARED", "http://:" + password + "@cache.test"}},
        {{"APILAB_SLACK_URL", "http://u:" + password + "@slack.test/"}},
        {{"RADAR_GITHUB_HOOK", "https://u:" + password + "@api.github.com/repos/o/r/hooks/1"}},
        {{"RADAR_SLACK_TOKEN", world.secret("APILAB_SLACK_TOKEN") + "\n"}},
        {{"RADAR_SLACK_TOKN", world.secret("APILAB_SLACK_TOKEN")}},
        {{"RADAR_STANDARD_WEBHOOK_SECRET", "whsec_" + password}},
        {{"RADAR_GITHUB_WEBHOOK_SECRET_FILE", password}}};
    for (const auto& environment : several) {
        const auto loaded = world.load(environment);
        std::string text;
        for (const auto& value : loaded.values) {
            text += value.name + " " + value.value + " " + value.origin + "\n";
        }
        for (const auto& problem : loaded.problems) {
            text += problem.to_string() + problem.detail() + problem.remedy() + "\n";
        }
        for (const auto& note : loaded.notes) {
            text += note + "\n";
        }
        EXPECT_THAT(leaks(text, canaries), IsEmpty())
            << (environment.empty() ? "as it is" : environment.begin()->first);
        EXPECT_THAT(text, HasSubstr("slack.token"));
    }
}

TEST(SecretsOfAConfiguration, are_found_by_this_test_in_every_form) {
    const std::vector<canaries::Canary> one{{.name = "one", .value = "a/b+\"c\\ canary?"}};
    for (const auto* text :
         {"x a/b+\"c\\ canary? x", R"("a/b+\"c\\ canary?")", R"(a\/b+"c\ canary?)",
          "a%2Fb%2B%22c%5C%20canary%3F", "xYS9iKyJjXCBjYW5hcnk/",
          R"(\u0061a\u002fb\u002b\u0022c\u005c\u0020canary\u003f)"}) {
        EXPECT_THAT(leaks(text, one), Not(IsEmpty())) << text;
    }
    EXPECT_THAT(leaks("a/b+ nothing", one), IsEmpty());
}

}  // namespace
}  // namespace apilab::radar_security
