#include "apilab/radar/gather.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apilab/client/client.hpp"
#include "apilab/http/date.hpp"
#include "apilab/radar/decide.hpp"
#include "apilab/radar/lockfile.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"
#include "apilab/sandbox/judge/judge.hpp"
#include "apilab/sandbox/sandbox.hpp"
#include "apilab/sandbox/scenario.hpp"
#include "apilab/sandbox/synthetic.hpp"
#include "apilab/sandbox/world.hpp"
#include "apilab/testing/matchers.hpp"
#include "apilab/transport/loopback_transport.hpp"

namespace apilab::radar {
namespace {

using ::testing::Contains;
using ::testing::Field;
using ::testing::SizeIs;

constexpr auto lockfile = R"({"name": "shop", "lockfileVersion": 3, "packages": {
    "": {"dependencies": {"lodash": "4.17.11", "never-heard-of": "^1.0.0", "express": "4.16.0"}},
    "node_modules/lodash": {"version": "4.17.11"},
    "node_modules/express": {"version": "4.16.0"},
    "node_modules/never-heard-of": {"version": "1.0.0"}}})";

// Radar over the sandbox, under virtual time.
class World {
public:
    explicit World(sandbox::Scenario scenario = {}, std::size_t synthetic = 0) : rng_(1) {
        const sandbox::WorldOptions options{.synthetic_packages = synthetic};
        auto made = sandbox::make_world(options);
        EXPECT_TRUE(made);
        auto box = sandbox::Sandbox::make(
            scheduler_,
            {.scenario = std::move(scenario), .providers = make_providers(*made, options)});
        EXPECT_THAT(box, apilab::testing::IsOk());
        sandbox_ = std::move(*box);
        transport_ = std::make_unique<transport::LoopbackTransport>(scheduler_, *sandbox_);
        client_ = *client::Client::create(scheduler_, *transport_, rng_, {}, {&stats});
    }

    RadarFacts gather_all(DependencySet& set, GatherOptions options = {}) {
        const auto at = [&](std::string_view path) {
            return provider::Endpoint{
                .client = client_.get(),
                .base = *http::Url::parse("http://box.test" + std::string(path))};
        };
        const Sources sources{provider::Npm(at("/npm")), provider::Osv(at("/osv")),
                              provider::GitHub(at("/github"))};
        options.as_of = now();
        const auto started = scheduler_.now();
        auto facts = runtime::run(scheduler_, gather(scheduler_, sources, set, std::move(options)));
        took = scheduler_.now() - started;
        sandbox_->stop_run();
        return facts;
    }
    [[nodiscard]] static SystemTime now() { return *http::parse_iso_time("2026-11-22T10:00:00Z"); }
    [[nodiscard]] sandbox::RunReport verdict() const { return *sandbox::judge_run(*sandbox_); }

    client::CallStats stats;
    /// What the last gathering took, of virtual time.
    Duration took{};

private:
    runtime::VirtualScheduler scheduler_;
    SeededRng rng_;
    std::unique_ptr<sandbox::Sandbox> sandbox_;
    std::unique_ptr<transport::LoopbackTransport> transport_;
    std::unique_ptr<client::Client> client_;
};

sandbox::Scenario scenario(std::string_view toml) {
    auto parsed = sandbox::parse_scenario(toml);
    EXPECT_THAT(parsed, apilab::testing::IsOk());
    return *parsed;
}

SourceStatus status_of(const RadarFacts& facts, std::string_view name) {
    for (const auto& source : facts.sources) {
        if (source.name == name) {
            return source.status;
        }
    }
    ADD_FAILURE() << "no source " << name;
    return SourceStatus::failed;
}

TEST(Gather, asks_each_source_and_marks_what_nobody_knows) {
    World world;
    auto set = *read_dependencies(lockfile);
    const auto facts = world.gather_all(set);
    const auto& lodash = facts.packages.at("lodash");
    EXPECT_EQ(lodash.registry, Answer::known);
    EXPECT_TRUE(lodash.packument->has_times);
    EXPECT_EQ(lodash.osv, Answer::known);
    EXPECT_FALSE(lodash.osv_records.empty());
    EXPECT_EQ(lodash.github_advisories, Answer::known);
    EXPECT_EQ(facts.packages.at("never-heard-of").registry, Answer::unknown);
    for (const char* name : {"npm", "osv", "github"}) {
        EXPECT_EQ(status_of(facts, name), SourceStatus::ok) << name;
    }
}

TEST(Gather, what_a_repository_is_is_asked_for_where_that_is_wanted) {
    constexpr auto two = R"({"name": "shop", "lockfileVersion": 3, "packages": {
        "": {"dependencies": {"octo-dropped": "0.3.0", "minimist": "1.2.0"}},
        "node_modules/octo-dropped": {"version": "0.3.0"},
        "node_modules/minimist": {"version": "1.2.0"}}})";
    for (const bool wanted : {false, true}) {
        World world;
        auto set = *read_dependencies(two);
        const auto facts = world.gather_all(set, {.repository_facts = wanted});
        EXPECT_EQ(facts.packages.at("octo-dropped").archived, wanted);
        EXPECT_EQ(facts.packages.at("octo-dropped").repository_now, "");
        EXPECT_EQ(facts.packages.at("minimist").repository_now,
                  wanted ? "minimistjs/minimist" : "");
        EXPECT_EQ(status_of(facts, "github"), SourceStatus::ok);
        const auto report = decide(set, facts, {.as_of = World::now()}, "x");
        for (const auto& decision : report.decisions) {
            const auto said = std::ranges::count(
                decision.notes, "its repository is called minimistjs/minimist now");
            EXPECT_EQ(said, wanted && decision.package == "minimist" ? 1 : 0) << decision.package;
        }
    }
}

TEST(Gather, under_flaky_the_answer_is_the_same_and_the_judge_is_content) {
    World calm;
    World flaky(*sandbox::built_in_scenario("flaky"));
    auto set = *read_dependencies(lockfile);
    auto same = *read_dependencies(lockfile);
    const auto expected = decide(set, calm.gather_all(set), {.as_of = World::now()}, "x");
    const auto got = decide(same, flaky.gather_all(same), {.as_of = World::now()}, "x");
    ASSERT_EQ(got.decisions.size(), expected.decisions.size());
    for (std::size_t i = 0; i < got.decisions.size(); ++i) {
        EXPECT_EQ(got.decisions[i].package, expected.decisions[i].package);
        EXPECT_EQ(got.decisions[i].score, expected.decisions[i].score);
    }
    EXPECT_GT(flaky.stats.total().attempts, flaky.stats.total().calls);
    const auto verdict = flaky.verdict();
    EXPECT_EQ(verdict.verdict, sandbox::Verdict::pass) << verdict.sentence;
}

TEST(Gather, a_source_that_is_down_is_reported_and_the_others_are_used) {
    for (const char* down : {"npm", "osv", "github"}) {
        World world(scenario("name = \"down\"\n[[fault]]\nwhere = \"" + std::string(down) +
                             ":*\"\nwhat = { status = 503 }\n"));
        auto set = *read_dependencies(lockfile);
        const auto facts = world.gather_all(set);
        for (const char* name : {"npm", "osv", "github"}) {
            EXPECT_EQ(status_of(facts, name),
                      std::string_view(name) == down ? SourceStatus::failed : SourceStatus::ok)
                << name << " with " << down << " down";
        }
        const auto report = decide(set, facts, {.as_of = World::now()}, "x");
        EXPECT_FALSE(all_sources_ok(report));
        EXPECT_EQ(exit_code(report, {}), 0) << down;  // the other advisory source answered
    }
}

TEST(Gather, without_any_advisory_source_there_is_no_all_clear) {
    World world(scenario(R"(name = "down"
        [[fault]]
        where = "osv:*"
        what = { status = 503 }
        [[fault]]
        where = "github:*"
        what = { status = 503 })"));
    auto set = *read_dependencies(lockfile);
    const auto report = decide(set, world.gather_all(set), {.as_of = World::now()}, "x");
    EXPECT_FALSE(report.advisories_evaluated);
    EXPECT_EQ(exit_code(report, {}), 7);
}

TEST(Gather, a_source_that_answers_garbage_has_failed) {
    World world(scenario(R"(name = "garbage"
        [[fault]]
        where = "npm:*"
        what = { status = 200, body = "<html>back soon</html>" })"));
    auto set = *read_dependencies(lockfile);
    const auto facts = world.gather_all(set);
    EXPECT_EQ(status_of(facts, "npm"), SourceStatus::failed);
    EXPECT_EQ(facts.packages.at("lodash").registry, Answer::failed);
    EXPECT_THAT(*facts.sources[0].error, ::testing::HasSubstr("not JSON"));
}

constexpr auto ten_seconds = std::chrono::seconds(10);

std::string stalled(const std::string& where) {
    return "name = \"slow\"\n[[fault]]\nwhere = \"" + where +
           ":*\"\nwhat = { stall = { at = \"headers\" } }\n";
}

TEST(Gather, a_slow_source_leaves_time_for_the_others_before_the_deadline) {
    for (const char* slow : {"npm", "osv", "github"}) {
        World world(scenario(stalled(slow)));
        auto set = *read_dependencies(lockfile);
        const auto facts = world.gather_all(set, {.deadline = ten_seconds});
        EXPECT_LE(world.took, ten_seconds) << slow;
        for (const char* name : {"npm", "osv", "github"}) {
            EXPECT_EQ(status_of(facts, name),
                      std::string_view(name) == slow ? SourceStatus::failed : SourceStatus::ok)
                << name << " with " << slow << " slow";
        }
    }
}

TEST(Gather, a_slow_registry_leaves_time_to_ask_about_the_exact_versions_of_a_package_json) {
    World world(scenario(stalled("npm")));
    auto set =
        *read_dependencies(R"({"dependencies": {"lodash": "4.17.11", "express": "^4.0.0"}})");
    const auto facts = world.gather_all(set, {.deadline = ten_seconds});
    EXPECT_LE(world.took, ten_seconds);
    EXPECT_EQ(facts.packages.at("lodash").osv, Answer::known);
    EXPECT_FALSE(facts.packages.at("lodash").osv_records.empty());
}

TEST(Gather, that_reaches_its_deadline_everywhere_says_so) {
    World world(scenario(stalled("*")));
    auto set = *read_dependencies(lockfile);
    const auto facts = world.gather_all(set, {.deadline = ten_seconds});
    EXPECT_LE(world.took, ten_seconds);
    EXPECT_EQ(exit_code(decide(set, facts, {.as_of = World::now()}, "x"), {}), 8);
}

TEST(Gather, a_source_that_fails_again_and_again_is_left_alone) {
    std::string text = R"({"lockfileVersion": 3, "packages": {"": {})";
    for (int i = 0; i < 60; ++i) {
        text += ",\"node_modules/p" + std::to_string(i) + "\": {\"version\": \"1.0.0\"}";
    }
    World world(
        scenario("name = \"down\"\n[[fault]]\nwhere = \"npm:*\"\nwhat = { status = 503 }\n"));
    auto set = *read_dependencies(text + "}}");
    const auto facts = world.gather_all(set);
    EXPECT_EQ(status_of(facts, "npm"), SourceStatus::failed);
    EXPECT_LE(world.stats.by_provider().at("npm").calls,
              5U + 12U);  // five failures, twelve under way
}

TEST(Gather, a_package_json_is_settled_by_what_the_registry_has) {
    World world;
    auto set = *read_dependencies(R"({"name": "x", "dependencies": {"lodash": "~4.17.0"}})");
    const auto facts = world.gather_all(set);
    ASSERT_THAT(set.dependencies, SizeIs(1));
    ASSERT_THAT(set.dependencies[0].installed, SizeIs(1));
    EXPECT_EQ(set.dependencies[0].installed[0].version, "4.17.23");
}

TEST(Gather, where_every_answer_is_late_only_the_registry_is_waited_for) {
    World world(
        scenario("name = \"late\"\n[[fault]]\nwhere = \"*:*\"\nwhat = { delay = \"50ms\" }\n"),
        300);
    auto set = *read_dependencies(sandbox::synthetic_lockfile(300, 1));
    const auto facts = world.gather_all(set);
    EXPECT_EQ(world.stats.by_provider().at("npm").calls, 300U);
    EXPECT_EQ(world.stats.by_provider().at("github").calls, 3U + 40U);
    EXPECT_EQ(status_of(facts, "github"), SourceStatus::ok);
    // One batch to OSV, then 300 documents, 12 at a time; all else happens meanwhile.
    EXPECT_EQ(world.took, std::chrono::milliseconds(50 + 300 / 12 * 50));
}

TEST(Gather, what_cannot_be_read_is_told_as_drift_with_its_place) {
    World world(scenario(R"(
name = "drift"
[[fault]]
where = "npm:get_packument"
what = { drift = [{ op = "remove", pointer = "/versions" }] }
times = 1
[[fault]]
where = "github:list_advisories"
what = { drift = [{ op = "retype", pointer = "/0/ghsa_id" }] }
[[fault]]
where = "github:get_repository"
what = { drift = [{ op = "null", pointer = "/full_name" }] }
)"));
    auto set = *read_dependencies(lockfile);
    std::vector<std::string> told;
    GatherOptions options{.repository_facts = true};
    options.on_drift = [&told](std::string_view operation, const data::DriftReport& drift) {
        for (const auto& one : drift.entries) {
            told.push_back(std::string(operation) + " " + one.pattern + " " +
                           std::string(to_string(one.kind)));
        }
    };
    (void)world.gather_all(set, std::move(options));
    EXPECT_THAT(told, Contains("npm get_packument /versions missing"));
    EXPECT_THAT(told, Contains("github list_advisories /*/ghsa_id wrong_type"));
    EXPECT_THAT(told, Contains("github get_repository /full_name null"));
    World calm;
    told.clear();
    options.on_drift = [&told](std::string_view operation, const data::DriftReport& /*drift*/) {
        told.emplace_back(operation);
    };
    options.repository_facts = true;
    (void)calm.gather_all(set, std::move(options));
    EXPECT_THAT(told, ::testing::IsEmpty());
}

TEST(Gather, call_stories_are_told_by_source) {
    World world(*sandbox::built_in_scenario("flaky"));
    auto set = *read_dependencies(lockfile);
    (void)world.gather_all(set);
    const auto stories = call_stories(world.stats);
    ASSERT_THAT(stories, SizeIs(3));
    EXPECT_EQ(stories[0].name, "npm");
    EXPECT_GE(stories[0].operations, 3U);
    EXPECT_GT(stories[0].bytes, 0U);
}

}  // namespace
}  // namespace apilab::radar
