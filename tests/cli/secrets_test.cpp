// apilab secrets: what is told about secrets, and never the secrets. And of every other command,
// that a secret of its environment is in nothing that it prints.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <boost/json/parse.hpp>
#include <string>

#include "program.hpp"

namespace apilab::cli_test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
namespace fs = std::filesystem;
namespace json = boost::json;

class Secrets : public testing::Test {
protected:
    // A secret is never told, whatever is asked.
    Finished ask(Words words) {
        words.insert(words.begin(), "secrets");
        auto ended = apilab(std::move(words), variables, folder.path());
        EXPECT_THAT(ended.out + ended.err, Not(HasSubstr("hunter2")));
        return ended;
    }
    std::string secret_file(std::string_view name, std::string_view text, unsigned mode = 0600) {
        auto path = folder.write(name, text);
        fs::permissions(path, fs::perms(mode));
        return path;
    }

    TempDir folder;
    Variables variables;
};

TEST_F(Secrets, check_tells_source_and_fingerprint_of_each) {
    variables = {{"A_KEY", "hunter2"}, {"B_KEY_FILE", secret_file("key", "hunter22\n")}};
    (void)secret_file(".env", "C_KEY=hunter222\n");
    const auto ended = ask({"check", "A_KEY", "B_KEY", "C_KEY"});
    EXPECT_EQ(ended.code, 0) << ended.err;
    EXPECT_THAT(ended.out,
                AllOf(HasSubstr("environment"), HasSubstr("file " + variables["B_KEY_FILE"]),
                      HasSubstr(".env line 1")));
    EXPECT_THAT(ended.out, HasSubstr("sha256:f52fbd32"));  // of hunter2
}

TEST_F(Secrets, check_names_what_is_missing_with_what_it_is_for) {
    const auto list = folder.write(".env.example",
                                   "# The orders API\nA_KEY=\n\nexport B_KEY=x # uploads\nC_KEY\n");
    variables = {{"C_KEY", "hunter2"}};
    auto ended = ask({"check", "--for", list});
    EXPECT_EQ(ended.code, 2);
    EXPECT_THAT(ended.out, testing::ContainsRegex("A_KEY +The orders API +not set"));
    EXPECT_THAT(ended.out, testing::ContainsRegex("B_KEY +uploads +not set"));
    EXPECT_THAT(ended.out, testing::ContainsRegex("C_KEY +environment"));
    EXPECT_THAT(ended.err, HasSubstr("NAME_FILE"));
    ended = ask({"check", "--for", list, "--json"});
    EXPECT_EQ(ended.code, 2);
    const auto rows = json::parse(ended.out).at("secrets").as_array();
    ASSERT_EQ(rows.size(), 3U);
    EXPECT_EQ(rows[0].at("found").as_bool(), false);
    EXPECT_EQ(rows[0].at("for").as_string(), "The orders API");
    EXPECT_EQ(rows[2].at("source").as_string(), "environment");
    EXPECT_EQ(ask({"check", "--for", folder.write("list", "A B\n")}).code, 2);
}

TEST_F(Secrets, check_without_names_is_about_those_that_apilab_reads) {
    variables = {{"GITHUB_TOKEN", "hunter2"}};
    const auto ended = ask({"check"});
    EXPECT_EQ(ended.code, 0) << "it works without them";
    EXPECT_THAT(ended.out, testing::ContainsRegex("GITHUB_TOKEN +.*environment"));
    EXPECT_THAT(ended.out, testing::ContainsRegex("APILAB_GITHUB_TOKEN +.*not set"));
}

TEST_F(Secrets, check_warns_of_a_file_that_others_may_read_and_strict_refuses_it) {
    variables = {{"A_KEY_FILE", secret_file("key", "hunter2", 0644)}};
    auto ended = ask({"check", "A_KEY"});
    EXPECT_EQ(ended.code, 0);
    EXPECT_THAT(ended.out, HasSubstr("open to everybody (mode 0644)"));
    ended = ask({"check", "A_KEY", "--strict"});
    EXPECT_EQ(ended.code, 2);
    EXPECT_THAT(ended.out, HasSubstr("chmod 600"));
}

TEST_F(Secrets, check_runs_a_command_only_where_it_is_allowed) {
    variables = {{"A_KEY_COMMAND", "/bin/sh -c 'echo hunter2'"}};
    EXPECT_EQ(ask({"check", "A_KEY"}).code, 2);
    const auto ended = ask({"check", "A_KEY", "--commands"});
    EXPECT_EQ(ended.code, 0);
    EXPECT_THAT(ended.out, HasSubstr("command /bin/sh"));
}

TEST_F(Secrets, a_dotenv_that_is_none_is_named) {
    ASSERT_EQ(::mkfifo((folder.path() / ".env").c_str(), 0600), 0);
    const auto ended = ask({"check", "A_KEY"});
    EXPECT_EQ(ended.code, 2);
    EXPECT_THAT(ended.out, HasSubstr(".env: not a file"));
}

TEST_F(Secrets, where_tells_each_place_and_which_one_counts) {
    variables = {{"A_KEY_FILE", secret_file("key", "hunter2")}};
    (void)secret_file(".env", "A_KEY=hunter22\n");
    auto ended = ask({"where", "A_KEY"});
    EXPECT_EQ(ended.code, 0) << ended.err;
    EXPECT_THAT(ended.out, testing::ContainsRegex("environment A_KEY +nothing"));
    EXPECT_THAT(ended.out, testing::ContainsRegex("environment A_KEY_FILE +file .* counts"));
    EXPECT_THAT(ended.out, testing::ContainsRegex("\\.env +\\.env line 1 +sha256:[0-9a-f]{8}\n"));
    ended = ask({"where", "NOWHERE", "--json"});
    EXPECT_EQ(ended.code, 2);
    EXPECT_EQ(json::parse(ended.out).at("places").as_array().size(), 4U);
}

TEST_F(Secrets, scan_finds_tokens_by_their_shape) {
    // In halves, so that this file holds none.
    const std::string letters = "A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8S9t0";
    const std::string part = letters + "hunter2";
    const std::vector<std::pair<std::string, std::string>> tokens = {
        {"GitHub token", "ghp" + ("_" + part)},
        {"GitHub token", "github" + ("_pat_" + part)},
        {"Slack token", "xoxb" + ("-" + part)},
        {"Slack token", "xoxp" + ("-12-" + part)},
        {"Notion token", "ntn" + ("_" + part)},
        {"Notion token", "secret" + ("_" + part)},
        {"Google API key", "AI" + ("za" + part)},
        {"Google access token", "ya29" + ("." + part)},
        {"Google refresh token", "1/" + ("/0" + part)},
        {"npm token", "npm" + ("_" + part)},
        {"Stripe key", "sk" + ("_live_" + part)},
        {"webhook secret", "whsec" + ("_" + part)},
        {"AWS access key id", "AK" + ("IA" + letters.substr(0, 16))},
        {"JSON Web Token", "eyJ" + (part + ".eyJ" + part + "." + part)},
        {"private key", "-----BEGIN " + ("PRIVATE KEY-----\n" + part + part + "\n")}};
    std::string text;
    for (const auto& [kind, token] : tokens) {
        text += "key = \"" + token + "\"\n";
    }
    (void)folder.write("config.txt", text);
    const auto ended = ask({"scan", "."});
    EXPECT_EQ(ended.code, 6);
    int line = 0;
    for (const auto& [kind, token] : tokens) {
        EXPECT_THAT(ended.out,
                    HasSubstr("config.txt:" + std::to_string(++line) + "  " + kind + "  sha256:"));
    }
    EXPECT_EQ(std::ranges::count(ended.out, '\n'), static_cast<long>(tokens.size()));
}

TEST_F(Secrets, scan_passes_over_a_line_that_somebody_has_allowed) {
    const auto token = std::string("ghp_") + "0123456789abcdefghij0123456789abcdefghij";
    (void)folder.write("vector.txt", "a = " + token + "  # gitleaks:allow\n");
    EXPECT_EQ(ask({"scan", "."}).code, 0);
    (void)folder.write("vector.txt", "# gitleaks:allow\na = " + token + "\n");
    EXPECT_EQ(ask({"scan", "."}).code, 6) << "the line, not the file";
}

TEST_F(Secrets, scan_is_not_taken_in_by_names_and_examples) {
    (void)folder.write(
        "a.md",
        "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx ghp_stubtoken npm_config_registry\n"
        "xoxb-stub secret_key eyJhbGciOi http1//2 -----BEGIN PRIVATE KEY----- AKIA\n");
    const auto ended = ask({"scan", "."});
    EXPECT_EQ(ended.code, 0) << ended.out;
    EXPECT_THAT(ended.err, HasSubstr("0 findings in 1 files"));
}

TEST_F(Secrets, scan_finds_values_of_dotenv_and_environment_in_any_encoding) {
    variables = {{"B_TOKEN", "another-hunter2"}};
    (void)folder.write(".env", "A_KEY=hunter2\nPLAIN=nobody-hides-this\n");
    (void)folder.write("a.txt", "\n\nBasic aHVudGVyMg==\n");
    (void)folder.write("b.txt", "%68unter2 another%2dhunter2\nnobody-hides-this\n");
    const auto ended = ask({"scan", ".", "--json"});
    EXPECT_EQ(ended.code, 6);
    const auto document = json::parse(ended.out);
    const auto& findings = document.at("findings").as_array();
    ASSERT_EQ(findings.size(), 3U) << ended.out;
    EXPECT_EQ(findings[0].at("file").as_string(), "a.txt");
    EXPECT_EQ(findings[0].at("line").as_int64(), 3);
    EXPECT_EQ(findings[0].at("kind").as_string(), "value of A_KEY");
    EXPECT_EQ(findings[0].at("fingerprint").as_string(), "sha256:f52fbd32");
    EXPECT_EQ(findings[2].at("kind").as_string(), "value of B_TOKEN");
}

TEST_F(Secrets, scan_leaves_out_what_git_does_and_what_is_no_text) {
    (void)folder.write(".env", "A_KEY=hunter2\n");
    (void)folder.write(".gitignore", "/out/\n*.log\n# hunter\nlocal.txt\n");
    for (const char* name : {".git", "build", "node_modules", "out", "src"}) {
        fs::create_directories(folder.path() / name);
        (void)folder.write(std::string(name) + "/a.txt", "hunter2");
    }
    (void)folder.write("a.log", "hunter2");
    (void)folder.write("local.txt", "hunter2");
    (void)folder.write("binary", std::string("\0hunter2", 8));
    fs::create_symlink("src/a.txt", folder.path() / "link.txt");
    const auto ended = ask({"scan"});
    EXPECT_EQ(ended.code, 6);
    EXPECT_THAT(ended.out, testing::StartsWith("src/a.txt:1  value of A_KEY"));
    EXPECT_EQ(std::ranges::count(ended.out, '\n'), 1);
    EXPECT_EQ(ask({"scan", "src/a.txt"}).code, 6);
    EXPECT_EQ(ask({"scan", "nowhere"}).code, 2);
}

TEST_F(Secrets, of_the_environment_are_in_no_message) {
    variables = {{"A_TOKEN", "hunter2-hunter2"}, {"APILAB_OSV_URL", "http://[hunter2-hunter2"}};
    const auto file = small_lockfile(folder);
    for (const Words& words :
         {Words{"hunter2-hunter2"}, Words{"radar", "check", "hunter2-hunter2"},
          Words{"radar", "check", file, "--registry", "http://[hunter2-hunter2"},
          Words{"radar", "check", file, "--registry", "http://127.0.0.1:1"},
          Words{"sandbox", "serve", "--scenario", "hunter2%2Dhunter2"},
          Words{"checklist", "show", "hunter2-hunter2"}}) {
        const auto ended = apilab(words, variables, folder.path());
        EXPECT_NE(ended.code, 0);
        EXPECT_THAT(ended.out + ended.err, AllOf(HasSubstr("***"), Not(HasSubstr("hunter2"))));
    }
}

TEST_F(Secrets, that_somebody_asks_for_are_given) {
    const RunningSandbox sandbox;
    const auto& token = sandbox.variables().at("APILAB_GITHUB_TOKEN");
    variables = sandbox.variables();
    const auto ended =
        apilab({"sandbox", "env", "--ready-file", sandbox.ready_file().string()}, variables);
    EXPECT_EQ(ended.code, 0);
    EXPECT_THAT(ended.out, HasSubstr(token));
}

}  // namespace
}  // namespace apilab::cli_test
