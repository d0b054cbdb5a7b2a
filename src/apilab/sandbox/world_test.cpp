#include "apilab/sandbox/world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "apilab/base/file.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"
#include "apilab/sandbox/internal/ask_provider.hpp"
#include "apilab/sandbox/sandbox.hpp"
#include "apilab/sandbox/synthetic.hpp"

namespace apilab::sandbox {
namespace {

const http::Headers with_token{{"authorization", "Bearer ghp_stubtoken"}};

std::string query(std::string_view package, std::string_view version) {
    return R"({"package":{"ecosystem":"npm","name":")" + std::string(package) +
           R"("},"version":")" + std::string(version) + "\"}";
}

TEST(World, the_same_options_give_the_same_answers) {
    const WorldOptions options{.seed = 5, .synthetic_packages = 20};
    const auto a = make_providers(make_world(options).value(), options);
    const auto b = make_providers(make_world(options).value(), options);
    for (const auto* target : {"/lodash", "/synthetic-00007", "/-/v1/search?text=synthetic"}) {
        EXPECT_EQ(AskProvider(*a[0]).get(target).body(), AskProvider(*b[0]).get(target).body());
    }
    const auto* releases = "/repos/expressjs/express/releases";
    EXPECT_EQ(AskProvider(*a[2]).get(releases).headers(),
              AskProvider(*b[2]).get(releases).headers());
    EXPECT_EQ(AskProvider(*a[2]).get(releases).body(), AskProvider(*b[2]).get(releases).body());
}

TEST(World, synthetic_packages_are_in_all_three) {
    const WorldOptions options{.synthetic_packages = 100};
    const auto facts = synthetic_facts(100, options.seed);
    const auto providers = make_providers(make_world(options).value(), options);
    ASSERT_FALSE(facts.advisories.empty());
    const auto& advisory = facts.advisories.front();
    const auto& package = advisory.affected[0].package;
    EXPECT_EQ(AskProvider(*providers[0]).get("/" + package).status(), 200);
    EXPECT_THAT(AskProvider(*providers[1]).post("/v1/query", query(package, "1.0.0")).body(),
                ::testing::HasSubstr(advisory.id));
    EXPECT_EQ(AskProvider(*providers[2]).get("/advisories/" + advisory.id).status(), 200);
    EXPECT_EQ(AskProvider(*providers[2])
                  .get("/repos/synthetic/" + package + "/releases/tags/v1.0.0")
                  .status(),
              200);
}

TEST(World, too_many_synthetic_packages_are_refused) {
    EXPECT_EQ(make_world({.synthetic_packages = 20'001}).error().kind(),
              ErrorKind::invalid_argument);
}

TEST(World, the_providers_stand_in_a_sandbox_under_their_prefixes) {
    runtime::VirtualScheduler scheduler;
    SandboxOptions options;
    options.providers = make_providers(make_world().value(), {});
    const auto sandbox = Sandbox::make(scheduler, std::move(options));
    ASSERT_TRUE(sandbox) << sandbox.error().to_string();
    const auto ask = [&](std::string_view path) {
        auto request = http::Request::get(
                           http::Url::parse("http://127.0.0.1:4010" + std::string(path)).value())
                           .header("user-agent", "apilab-test");
        return runtime::run(scheduler, (*sandbox)->call(std::move(request), {})).value();
    };
    EXPECT_EQ(ask("/npm/@octo%2futil").status(), 200);
    EXPECT_THAT(ask("/npm/left-box").body(),
                ::testing::HasSubstr("http://127.0.0.1:4010/npm/left-box/-/left-box-1.0.0.tgz"));
    EXPECT_EQ(ask("/osv/v1/vulns/MAL-2026-990001").status(), 200);
    EXPECT_EQ(ask("/github/repos/octo/hello/releases/latest").status(), 200);
    EXPECT_EQ(ask("/github/repos/octo/hello/").status(), 404);
}

struct Example {
    int packages = 0;
    int exposed = 0;
};

/// Expects that the world knows every package of an example project, at the version installed.
Example look_up(const World& world, std::string_view project) {
    const auto text = read_file(
        std::string(APILAB_SOURCE_DIR) + "/examples/" + std::string(project) + "/package-lock.json",
        1U << 20U);
    EXPECT_TRUE(text) << text.error().to_string();
    const auto lock = http::JsonDocument::parse(*text).value();
    Example seen;
    for (const auto& [path, entry] : lock.root()["packages"].members()) {
        if (path.empty()) {
            continue;
        }
        const std::string name(path.substr(path.rfind("node_modules/") + 13));
        const auto version = entry["version"].string_or("");
        const auto found = world.npm->packages.find(name);
        EXPECT_NE(found, world.npm->packages.end()) << name;
        if (found != world.npm->packages.end() && !found->second.manifests.empty()) {
            EXPECT_FALSE(found->second.manifest(version).empty()) << name << "@" << version;
        }
        EXPECT_TRUE(entry["resolved"].missing()) << name;
        ++seen.packages;
        seen.exposed += world.osv->match("npm", name, version).empty() ? 0 : 1;
    }
    return seen;
}

TEST(World, every_package_of_the_example_projects_is_known) {
    const auto world = make_world().value();
    const auto webshop = look_up(world, "webshop");
    EXPECT_GE(webshop.packages, 70);
    EXPECT_GE(webshop.exposed, 15);
    const auto octo = look_up(world, "octo");
    EXPECT_EQ(octo.packages, 6);
    EXPECT_EQ(octo.exposed, 3);
}

}  // namespace
}  // namespace apilab::sandbox
