// What `integrations.toml` may say, and what is said to who wrote it wrongly.
#include "checklist/manifest.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace apilab::cli::checklist {
namespace {

using testing::HasSubstr;

constexpr std::string_view whole = R"(name = "release-notes"
owner = "team platform"
on_call = "#platform-on-call"
runbook = "docs/runbook.md"

[service]
command = ["./release-notes", "--port", "{port}"]
trigger = "github"
health = "/livez"
secrets = ["TOKEN"]
ready_within = "3s"
[service.environment]
GITHUB_URL = "{APILAB_GITHUB_URL}"
TOKEN = "{APILAB_GITHUB_TOKEN}"
[service.webhooks]
github = "/webhooks/github"

[[integration]]
provider = "github"
role = "reads lockfiles"
sensitivity = "internal"
fallback = "stale"
calls_per_day = 2400
scopes = { "contents:read" = "reads package-lock.json" }

[[integration]]
provider = "npm"
limit = "1000 requests/h"

[answers]
K02 = { answer = "Mara tried for a day", by = "Mara", on = 2026-11-02 }
[not_applicable]
D05 = "Nothing of anybody else's is updated"
)";

TEST(ChecklistManifest, says_how_the_service_runs_and_whom_it_talks_to) {
    const auto manifest = parse_manifest(whole);
    ASSERT_TRUE(manifest) << manifest.error().to_string();
    EXPECT_EQ(manifest->name, "release-notes");
    EXPECT_EQ(manifest->service.command.size(), 3U);
    EXPECT_EQ(manifest->service.environment.at("GITHUB_URL"), "{APILAB_GITHUB_URL}");
    EXPECT_EQ(manifest->service.webhooks.at("github"), "/webhooks/github");
    EXPECT_EQ(manifest->service.ready_within, std::chrono::seconds(3));
    EXPECT_EQ(manifest->service.kill_timeout, std::chrono::seconds(5)) << "the default";
    ASSERT_EQ(manifest->integrations.size(), 2U);
    EXPECT_EQ(manifest->integrations[0].calls_per_day, 2400);
    EXPECT_EQ(manifest->integrations[0].scopes.at("contents:read"), "reads package-lock.json");
    EXPECT_EQ(manifest->integrations[1].limit, "1000 requests/h");
    EXPECT_EQ(manifest->answers.at("K02").on, "2026-11-02");
    EXPECT_EQ(manifest->not_applicable.count("D05"), 1U);
}

TEST(ChecklistManifest, may_lie_deeper_than_the_files_it_speaks_of) {
    for (const char* root : {"..", "../..", "../../../.."}) {
        const auto manifest =
            parse_manifest("name = \"a\"\nroot = \"" + std::string(root) + "\"\n");
        ASSERT_TRUE(manifest) << manifest.error().to_string();
        EXPECT_EQ(manifest->root, root);
    }
    for (const char* root : {"docs", "../docs", "../", "/", ".", "../../../../.."}) {
        EXPECT_FALSE(parse_manifest("name = \"a\"\nroot = \"" + std::string(root) + "\"\n"))
            << root;
    }
}

TEST(ChecklistManifest, may_say_which_parts_of_a_larger_repository_are_its) {
    const auto manifest = parse_manifest("name = \"a\"\nparts = [\"deploy\", \"docs/a.md\"]\n");
    ASSERT_TRUE(manifest) << manifest.error().to_string();
    EXPECT_THAT(manifest->parts, testing::ElementsAre("deploy", "docs/a.md"));
    EXPECT_FALSE(parse_manifest("name = \"a\"\nparts = [\"../other\"]\n"));
}

TEST(ChecklistManifest, a_day_may_stand_in_quotes) {
    const auto manifest = parse_manifest(
        "name = \"a\"\n[answers]\nK02 = { answer = \"a\", by = \"b\", on = \"2026-11-02\" }\n");
    ASSERT_TRUE(manifest) << manifest.error().to_string();
    EXPECT_EQ(manifest->answers.at("K02").on, "2026-11-02");
}

TEST(ChecklistManifest, finds_the_line_of_a_key_for_evidence) {
    EXPECT_EQ(line_of(whole, "owner"), 2U);
    EXPECT_EQ(line_of(whole, "service.command"), 7U);
    EXPECT_EQ(line_of(whole, "service.webhooks.github"), 16U);
    EXPECT_EQ(line_of(whole, "integration.github.fallback"), 22U);
    EXPECT_EQ(line_of(whole, "integration.github.scopes.contents:read"), 24U);
    EXPECT_EQ(line_of(whole, "integration.npm.limit"), 28U);
    EXPECT_EQ(line_of(whole, "answers.K02"), 31U);
    EXPECT_EQ(line_of(whole, "not_applicable.D05"), 33U);
    EXPECT_EQ(line_of(whole, "integration.npm"), 26U);
}

TEST(ChecklistManifest, a_key_that_is_not_there_has_no_line) {
    for (const auto* key : {"", ".", "retention", "integration.slack.limit", "integration.npm.cost",
                            "owner.name", "service.", "answers.K03"}) {
        EXPECT_EQ(line_of(whole, key), 0U) << key;
    }
    EXPECT_EQ(line_of("name = ", "name"), 0U) << "no TOML";
}

struct Wrong {
    /// Comes before, and below, a line `name`.
    std::string text;
    /// What the error names, and a word of what would be right.
    std::string key;
    std::string cure;
};

std::string error_of(const std::string& text) {
    const auto manifest = parse_manifest(text);
    return manifest ? "no error" : manifest.error().to_string();
}

void expect_named(const std::vector<Wrong>& all) {
    for (const auto& wrong : all) {
        const auto said = error_of("name = \"a\"\n" + wrong.text);
        EXPECT_THAT(said, HasSubstr("integrations.toml: " + wrong.key + ": ")) << wrong.text;
        EXPECT_THAT(said, HasSubstr(wrong.cure)) << wrong.text;
    }
}

TEST(ChecklistManifest, a_key_that_nothing_reads_is_named_with_the_one_that_was_meant) {
    expect_named({{"ownr = \"a\"", "ownr", "did you mean 'owner'?"},
                  {"[service]\nreadyy = \"/\"", "service.readyy", "did you mean 'ready'?"},
                  {"[[integration]]\nprovider = \"npm\"\nlimits = \"1\"", "integration.npm.limits",
                   "did you mean 'limit'?"},
                  {"[answers]\nA01 = { answer = \"a\", by = \"b\", date = 1 }", "answers.A01.date",
                   "the keys are answer, by, on, link"}});
}

TEST(ChecklistManifest, a_value_of_the_wrong_kind_is_named_with_what_would_be_right) {
    expect_named(
        {{"owner = 1", "owner", "in quotes"},
         {"service = 1", "service", "[service]"},
         {"[service]\ncommand = \"./a\"", "service.command", "[\"a\", \"b\"]"},
         {"[service]\ncommand = [1]", "service.command", "in quotes"},
         {"[service]\ncommand = [\"\"]", "service.command", "name the program"},
         {"[service]\nready_within = \"2\"", "service.ready_within", "5s"},
         {"[service]\nkill_timeout = \"2m\"", "service.kill_timeout", "at most 1 m"},
         {"[service]\nhealth = \"livez\"", "service.health", "/webhooks/github"},
         {"[service]\ndead_letters = \"/a\"\nredeliver = \"GET /a\"", "service.redeliver",
          "POST /admin/dead/{id}/again"},
         {"[service]\nreset_breaker = \"close\"", "service.reset_breaker", "a method, a path"},
         {"[service.environment]\nA = 1", "service.environment.A", "in quotes"},
         {"integration = 1", "integration", "[[integration]]"},
         {"[[integration]]\nrole = \"a\"", "integration.0.provider", "provider = \"github\""},
         {"[[integration]]\nprovider = \"npm\"\ncalls_per_day = -1",
          "integration.npm.calls_per_day", "calls_per_day = 2400"},
         {"[[integration]]\nprovider = \"npm\"\nsensitivity = \"high\"",
          "integration.npm.sensitivity", "public, internal, personal, secret"},
         {"[[integration]]\nprovider = \"npm\"\nfallback = \"none\"", "integration.npm.fallback",
          "fail, stale, queue"},
         {"[[integration]]\nprovider = \"npm\"\nconsent = \"yes\"", "integration.npm.consent",
          "published, testing, none"},
         {"[[integration]]\nprovider = \"npm\"\noff = \"NPM\"", "integration.npm.off",
          "SLACK_ENABLED=false"}});
}

TEST(ChecklistManifest, what_names_something_else_has_to_find_it) {
    expect_named(
        {{"[service]\ntrigger = \"github\"", "service.trigger", "[service.webhooks]"},
         {"[service]\nsecrets = [\"TOKEN\"]", "service.secrets", "[service.environment]"},
         {"[service]\ntoken = \"TOKEN\"", "service.token", "[service.environment]"},
         {"[service]\nredeliver = \"POST /again\"", "service.redeliver", "service.dead_letters"},
         {"[service.webhooks]\ngitlab = \"/a\"", "service.webhooks.gitlab",
          "github, notion, slack, standard, stripe"},
         {"[service]\ncommand = [\"./a\", \"{prot}\"]", "service.command", "{port}"},
         {"[service.environment]\nA = \"{home}\"", "service.environment.A", "{volume}"},
         {"[answers]\nZ01 = { answer = \"a\", by = \"b\", on = 2026-11-02 }", "answers.Z01",
          "apilab checklist list"},
         {"[not_applicable]\nD5 = \"we do not do that\"", "not_applicable.D5",
          "apilab checklist list"}});
}

TEST(ChecklistManifest, braces_that_are_no_placeholder_are_left_alone) {
    EXPECT_EQ(error_of("name = \"a\"\n[service.environment]\nA = '{\"a\": {}}'\nB = \"{A_B}\""),
              "no error");
}

TEST(ChecklistManifest, a_path_stays_in_the_folder) {
    expect_named({{"runbook = \"../runbook.md\"", "runbook", "below the manifest's own folder"},
                  {"alerts = \"/etc/alerts\"", "alerts", "below"},
                  {"tests = \"a/../../b\"", "tests", "below"},
                  {"fixtures = \"a/..\"", "fixtures", "below"}});
    EXPECT_EQ(error_of("name = \"a\"\nrunbook = \"docs/..runbook.md\""), "no error");
}

TEST(ChecklistManifest, an_answer_says_who_and_when_and_what_does_not_apply_says_why) {
    expect_named(
        {{"[answers]\nK02 = \"yes\"", "answers.K02", "by = \"Mara\""},
         {"[answers]\nK02 = { answer = \"a\", on = 2026-11-02 }", "answers.K02.by", "who says it"},
         {"[answers]\nK02 = { by = \"a\", on = 2026-11-02 }", "answers.K02.answer", "says what"},
         {"[answers]\nK02 = { answer = \"a\", by = \"b\" }", "answers.K02.on", "2026-11-02"},
         {"[answers]\nK02 = { answer = \"a\", by = \"b\", on = \"soon\" }", "answers.K02.on",
          "2026-11-02"},
         {"[not_applicable]\nD05 = \"not needed\"", "not_applicable.D05", "in a sentence"},
         {"[answers]\nK02 = { answer = \"a\", by = \"b\", on = 2026-11-02 }\n[not_applicable]\nK02 "
          "= \"it is not ours\"",
          "not_applicable.K02", "keep one"}});
}

TEST(ChecklistManifest, has_a_name_is_toml_and_has_a_limit) {
    EXPECT_THAT(error_of("owner = \"a\""), HasSubstr("integrations.toml: name: "));
    EXPECT_THAT(error_of("name = \"a\"\nowner = \n"), HasSubstr("integrations.toml: line 2: "));
    EXPECT_THAT(error_of("name = \"a\"\n#" + std::string(manifest_bytes_max, ' ')),
                HasSubstr("more than 256 KiB"));
}

// `"a", "a", ...`: so many.
std::string times(int count, std::string_view one) {
    std::string all;
    for (int i = 0; i < count; ++i) {
        all += one;
    }
    return all;
}

TEST(ChecklistManifest, is_short_enough_to_be_read_by_people) {
    const auto command = [](int words) {
        return error_of("name = \"a\"\n[service]\ncommand = [" + times(words, "\"a\", ") + "]\n");
    };
    EXPECT_EQ(command(64), "no error");
    EXPECT_THAT(command(65), HasSubstr("service.command: more than 64 words"));
    const auto parts = [](int count) {
        return error_of("name = \"a\"\nparts = [" + times(count, "\"a\", ") + "]\n");
    };
    EXPECT_EQ(parts(200), "no error");
    EXPECT_THAT(parts(201), HasSubstr("parts: no list of texts"));
    const auto rows = [](int count) {
        return error_of("name = \"a\"\n" + times(count, "[[integration]]\nprovider = \"npm\"\n"));
    };
    EXPECT_EQ(rows(50), "no error");
    EXPECT_THAT(rows(51), HasSubstr("at most 50"));
    const auto variables = [](int count) {
        std::string text = "name = \"a\"\n[service.environment]\n";
        for (int i = 0; i < count; ++i) {
            text += "V" + std::to_string(i) + " = \"a\"\n";
        }
        return error_of(text);
    };
    EXPECT_EQ(variables(200), "no error");
    EXPECT_THAT(variables(201), HasSubstr("service.environment: more than 200 keys"));
}

}  // namespace
}  // namespace apilab::cli::checklist
