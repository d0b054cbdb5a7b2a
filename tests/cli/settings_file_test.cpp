// The addresses in apilab.toml and in the user's own file: where they are looked for, which wins,
// and what is said about a file that cannot be used. A value that is no URL names its place.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "program.hpp"

namespace apilab::cli_test {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

class SettingsFile : public testing::Test {
protected:
    [[nodiscard]] Finished check(const Words& flags = {}, const fs::path& from = {}) const {
        Words words = {"radar", "check", small_lockfile(elsewhere)};
        words.insert(words.end(), flags.begin(), flags.end());
        return apilab(words, variables, from.empty() ? folder.path() : from);
    }
    static std::string urls(const std::string& lines) { return "[urls]\n" + lines + "\n"; }
    std::string user_file(const std::string& text) {
        fs::create_directories(home.path() / ".config" / "apilab");
        return home.write(".config/apilab/config.toml", text);
    }
    // One line that names the place and says what to do; exit 2.
    static void expect_refusal(const Finished& ended, const std::string& place) {
        EXPECT_EQ(ended.code, 2);
        EXPECT_EQ(ended.out, "");
        EXPECT_THAT(ended.err, HasSubstr("error: " + place));
        EXPECT_EQ(std::ranges::count(ended.err, '\n'), 1) << ended.err;
    }

    TempDir folder;
    TempDir home;
    TempDir elsewhere;
    Variables variables = {{"HOME", home.path().string()}};
};

TEST_F(SettingsFile, of_the_project_is_found_from_the_working_folder_up) {
    const auto file = folder.write("apilab.toml", urls("npm = 'http://[project'"));
    fs::create_directories(folder.path() / "a" / "b");
    expect_refusal(check(), file + " [urls] npm: ");
    expect_refusal(check({}, folder.path() / "a" / "b"), file + " [urls] npm: ");
    const auto nearer = folder.write("a/apilab.toml", urls("npm = 'http://[nearer'"));
    expect_refusal(check({}, folder.path() / "a" / "b"), nearer + " [urls] npm: ");
}

TEST_F(SettingsFile, of_the_user_is_used_where_the_project_says_nothing) {
    const auto mine = user_file(urls("npm = 'http://127.0.0.1:1'\nosv = 'http://[mine'"));
    expect_refusal(check(), mine + " [urls] osv: ");
    const auto project = folder.write("apilab.toml", urls("osv = 'http://[project'"));
    expect_refusal(check(), project + " [urls] osv: ");
}

TEST_F(SettingsFile, of_the_user_lies_where_xdg_says) {
    fs::create_directories(elsewhere.path() / "apilab");
    const auto file = elsewhere.write("apilab/config.toml", urls("npm = 'http://[xdg'"));
    variables["XDG_CONFIG_HOME"] = elsewhere.path().string();
    expect_refusal(check(), file + " [urls] npm: ");
}

TEST_F(SettingsFile, loses_to_environment_and_flag_for_each_source) {
    (void)folder.write("apilab.toml",
                       urls("npm = 'http://[p'\nosv = 'http://[p'\ngithub = 'http://[p'"));
    const std::string good = "http://127.0.0.1:1";
    for (const auto& [name, flag] :
         Variables{{"APILAB_OSV_URL", "--osv-url"}, {"APILAB_GITHUB_URL", "--github-url"}}) {
        variables = {{"APILAB_NPM_URL", good}, {"APILAB_OSV_URL", good}};
        variables[name] = "http://[env";
        expect_refusal(check(), name + ": ");
        expect_refusal(check({flag, "http://[flag"}), flag + ": ");
    }
}

TEST_F(SettingsFile, wins_over_what_npm_is_configured_for) {
    const auto file = folder.write("apilab.toml", urls("npm = 'http://[project'"));
    (void)elsewhere.write(".npmrc", "registry=http://[npmrc\n");
    variables["NPM_CONFIG_REGISTRY"] = "http://[npm";
    expect_refusal(check(), file + " [urls] npm: ");
}

TEST_F(SettingsFile, with_a_mistake_is_refused_with_place_and_remedy) {
    struct Case {
        const char* text;
        const char* expected;
    };
    for (const auto& [text, expected] :
         {Case{"[urls]\nnpm = \n", "line 2: "}, Case{"[urls]\nnmp = 'x'\n", "did you mean 'npm'"},
          Case{"[urls]\nfrobnicate = 'x'\n", "the keys are npm, osv"},
          Case{"[urls]\nnpm = 5\n", "[urls] npm is no text"},
          Case{"urls = 'x'\n", "'urls' is no table"}}) {
        const auto file = folder.write("apilab.toml", text);
        const auto ended = check();
        expect_refusal(ended, file + ": ");
        EXPECT_THAT(ended.err, HasSubstr(expected));
        EXPECT_THAT(ended.err, testing::EndsWith(")\n"));
    }
}

TEST_F(SettingsFile, of_the_project_gets_no_token_of_the_user) {
    const RunningSandbox sandbox;
    const auto limit = [&](const Variables& from) {
        variables = from;
        variables.insert({{"HOME", home.path().string()},
                          {"APILAB_NPM_URL", sandbox.variables().at("APILAB_NPM_URL")},
                          {"APILAB_OSV_URL", sandbox.variables().at("APILAB_OSV_URL")},
                          {"GITHUB_TOKEN", "not-for-strangers"}});
        EXPECT_EQ(check().code, 0);
        return apilab({"sandbox", "journal", "--ready-file", sandbox.ready_file().string()}).out;
    };
    const auto url = sandbox.variables().at("APILAB_GITHUB_URL");
    (void)folder.write("apilab.toml", urls("github = '" + url + "'"));
    EXPECT_THAT(limit({}), testing::Not(HasSubstr("authorization")));
    EXPECT_THAT(limit({{"APILAB_GITHUB_URL", url}}), HasSubstr("authorization"));
}

}  // namespace
}  // namespace apilab::cli_test
