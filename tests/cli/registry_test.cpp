// Where `radar check` takes the npm registry from, and which of several places wins. A value that
// is no URL names its place: that tells which one was used without a server.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "program.hpp"

namespace apilab::cli_test {
namespace {

using testing::HasSubstr;

// All four places hold a value that no URL can be; as many as given are there.
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
