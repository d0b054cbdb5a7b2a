// Where `radar check` takes the npm registry from, and which of several places wins. A value that
// is no URL names its place: that tells which one was used without a server.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "program.hpp"

namespace apilab::cli_test {
namespace {

using testing::HasSubstr;

// Every place that is there holds a value that no URL can be.
class Registry : public testing::Test {
protected:
    [[nodiscard]] Finished check(const Words& flags = {}) const {
        Words words = {"radar", "check", small_lockfile(project)};
        words.insert(words.end(), flags.begin(), flags.end());
        return apilab(words, variables);
    }

    static void expect_named(const Finished& ended, const std::string& place) {
        EXPECT_EQ(ended.code, 2);
        EXPECT_THAT(ended.err, HasSubstr("error: " + place + ": "));
    }

    TempDir project;
    Variables variables;
};

TEST_F(Registry, none_is_a_usage_error_that_names_the_flag) {
    const auto ended = check();
    EXPECT_EQ(ended.code, 2);
    EXPECT_EQ(ended.out, "");
    EXPECT_THAT(ended.err, HasSubstr("--registry"));
}

TEST_F(Registry, stands_in_the_npmrc_beside_the_project) {
    const auto npmrc = project.write(".npmrc", "registry=http://[npmrc\n");
    expect_named(check(), npmrc);
}

TEST_F(Registry, stands_in_the_npmrc_of_the_home_folder_and_that_of_the_project_wins) {
    const TempDir home;
    variables = {{"HOME", home.path().string()}};
    const auto mine = home.write(".npmrc", "# mine\nregistry = \"http://[home\"\n");
    expect_named(check(), mine);
    const auto npmrc = project.write(".npmrc", "registry=http://[npmrc\n");
    expect_named(check(), npmrc);
}

// A folder for PATH with an `npm` of ours.
class FakeNpm {
public:
    explicit FakeNpm(const std::string& script) {
        const auto file = dir_.write("npm", "#!/bin/sh\n" + script + "\n");
        std::filesystem::permissions(file, std::filesystem::perms::owner_all);
    }
    [[nodiscard]] std::string folder() const { return dir_.path().string(); }

private:
    TempDir dir_;
};

TEST_F(Registry, is_what_npm_prints_where_nothing_else_says) {
    const FakeNpm npm(R"([ "$*" = "config get registry" ] && echo "http://[npm/")");
    variables = {{"PATH", npm.folder()}};
    expect_named(check(), "npm config get registry");
    const auto npmrc = project.write(".npmrc", "registry=http://[npmrc\n");
    expect_named(check(), npmrc);
}

TEST_F(Registry, that_npm_does_not_know_is_none) {
    for (const char* script : {"echo undefined", "exit 1", "echo broken >&2; exit 3"}) {
        const FakeNpm npm(script);
        variables = {{"PATH", npm.folder()}};
        const auto ended = check();
        EXPECT_EQ(ended.code, 2) << script;
        EXPECT_THAT(ended.err, HasSubstr("--registry")) << script;
    }
}

TEST_F(Registry, is_not_read_from_npm_without_end) {
    const FakeNpm npm("while :; do echo 'http://[npm'; done");
    variables = {{"PATH", npm.folder()}};
    expect_named(check(), "npm config get registry");
}

// Takes the ten seconds that npm is given.
TEST_F(Registry, is_not_waited_for_where_npm_hangs_and_what_npm_started_is_ended) {
    const auto pid_file = (project.path() / "pid").string();
    const FakeNpm npm("/bin/sleep 50 & echo $! >" + pid_file + "; wait");
    variables = {{"PATH", npm.folder()}};
    const auto ended = check();
    EXPECT_EQ(ended.code, 2);
    EXPECT_THAT(ended.err, HasSubstr("--registry"));
    const auto pid = read_text(pid_file);
    ASSERT_FALSE(pid.empty());
    EXPECT_TRUE(is_over(std::stoi(pid), std::chrono::seconds(10)));
}

TEST_F(Registry, of_npm_is_asked_for_packages) {
    const RunningSandbox sandbox;
    const FakeNpm npm("echo '" + sandbox.variables().at("APILAB_NPM_URL") + "/'");
    variables = sandbox.variables();
    variables.erase("APILAB_NPM_URL");
    variables["PATH"] = npm.folder();
    const auto ended = check();
    EXPECT_EQ(ended.code, 0) << ended.err;
    EXPECT_THAT(ended.out, HasSubstr("npm     ok"));
}

TEST_F(Registry, of_the_environment_of_npm_wins_over_npmrc) {
    (void)project.write(".npmrc", "registry=http://[npmrc\n");
    for (const char* name : {"npm_config_registry", "NPM_CONFIG_REGISTRY"}) {
        variables = {{name, "http://[variable"}};
        expect_named(check(), "npm_config_registry");
    }
}

TEST_F(Registry, of_our_environment_wins_over_that_of_npm) {
    variables = {{"NPM_CONFIG_REGISTRY", "http://[npm"}, {"APILAB_NPM_URL", "http://[ours"}};
    expect_named(check(), "APILAB_NPM_URL");
}

TEST_F(Registry, of_the_flag_wins_over_all) {
    variables = {{"APILAB_NPM_URL", "http://[ours"}};
    expect_named(check({"--registry", "http://[flag"}), "--registry");
}

}  // namespace
}  // namespace apilab::cli_test
