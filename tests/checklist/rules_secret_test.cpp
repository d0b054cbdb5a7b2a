// Group G: where secrets are, and what happens when one is missing or replaced. Also: no item of
// the groups about writes, limits, tokens and secrets that a program can answer is left out.
#include <gmock/gmock.h>

#include <array>
#include <string>

#include "apilab/sandbox/checklist/checklist.hpp"
#include "deploy/rules.hpp"
#include "rule_cases.hpp"

namespace apilab::cli::checklist {
namespace {

using sandbox::Verdict;

// Put together here, so that whoever searches this file finds none.
const std::string token = std::string("ghp_") + "0123456789abcdefghij0123456789abcdefghij";

Manifest with_secrets() {
    Manifest manifest;
    manifest.service.secrets = {"GITHUB_TOKEN", "SLACK_TOKEN"};
    manifest.service.environment = {{"GITHUB_TOKEN", "{APILAB_GITHUB_TOKEN}"},
                                    {"SLACK_TOKEN", "{APILAB_SLACK_TOKEN}"}};
    manifest.integrations = {Seen::good("github"), Seen::good("slack")};
    return manifest;
}
Ran leaky(std::string_view episode) {
    auto ran = Ran(episode).log("a line");
    return ran;
}
Observed with_leak(Observed seen, const std::string& episode) {
    seen.episodes[episode].leaks.emplace_back("GITHUB_TOKEN in its log");
    return seen;
}
State state_of(std::string_view item, const Observed& seen) {
    const auto rules = secret_rules();
    return std::ranges::find(rules, item, &ItemRule::item)->rule(seen).state;
}

TEST(SecretRules, no_secret_lies_open) {
    const auto good = [] {
        return Seen()
            .manifest(with_secrets())
            .file("src/main.cpp", "int main() {}\n")
            .file(".env", "GITHUB_TOKEN=" + token + "\n")
            .with(said("calm", "AUT-01", Verdict::pass).log("started"));
    };
    expect("G01", State::pass, good());
    expect("G01", State::fail, good().file("config.toml", "a = 1\ntoken = \"" + token + "\"\n"));
    EXPECT_EQ(answer_of("G01", good().file("c.toml", "a = 1\nt = \"" + token + "\"\n"))
                  .evidence.front()
                  .text,
              "c.toml:2");
    expect("G01", State::fail, good().with(said("flaky", "AUT-01", Verdict::fail)));
    static constexpr deploy::RuleCard card{"DKR-03", deploy::Severity::critical, "a secret in ENV",
                                           "give it at run time", "docs.docker.com"};
    expect("G01", State::fail,
           good().finding({.rule = &card, .file = "Dockerfile", .line = 7, .what = "a token"}));
    EXPECT_EQ(state_of("G01", with_leak(good().made(), "calm")), State::fail);
    expect("G01", State::untested, Seen().manifest(with_secrets()).file("a.cpp", "int a;\n"));
    expect("G01", State::untested, Seen().with(said("calm", "AUT-01", Verdict::pass).log("x")));
}

TEST(SecretRules, each_integration_has_secrets_of_its_own) {
    expect("G02", State::pass, Seen().manifest(with_secrets()));
    auto shared = with_secrets();
    shared.service.environment["SLACK_TOKEN"] = "{APILAB_GITHUB_TOKEN}";
    expect("G02", State::fail, Seen().manifest(shared));
    auto written = with_secrets();
    written.service.environment["GITHUB_TOKEN"] = token;
    expect("G02", State::fail, Seen().manifest(written));
    auto nameless = with_secrets();
    nameless.service.secrets = {"TOKEN_A"};
    expect("G02", State::fail, Seen().manifest(nameless));
    expect("G02", State::untested, Seen());
}

Life without_secrets(std::optional<int> code, std::vector<std::string> log) {
    Life life;
    life.without = "all";
    life.exit_code = code;
    life.log = std::move(log);
    return life;
}

TEST(SecretRules, a_missing_secret_stops_the_start_and_all_are_named) {
    const auto seen = [](const Life& life) {
        return Seen().manifest(with_secrets()).with(Ran("platform").life().life(life));
    };
    expect("G03", State::pass,
           seen(without_secrets(2, {"set GITHUB_TOKEN", "and set SLACK_TOKEN"})));
    expect("G03", State::fail, seen(without_secrets(1, {"GITHUB_TOKEN is not set"})));
    expect("G03", State::fail, seen(without_secrets(0, {"GITHUB_TOKEN SLACK_TOKEN"})));
    expect("G03", State::fail, seen(without_secrets({}, {"GITHUB_TOKEN SLACK_TOKEN"})));
    auto started = without_secrets(0, {"GITHUB_TOKEN SLACK_TOKEN"});
    started.ready = std::chrono::milliseconds(100);
    expect("G03", State::fail, seen(started));
    expect("G03", State::untested, Seen().manifest(with_secrets()).with(Ran("platform").life()));
    expect("G03", State::untested, Seen().manifest(with_secrets()));
}

TEST(SecretRules, a_spare_beside_a_secret_is_not_demanded_at_the_start) {
    auto manifest = with_secrets();
    const auto seen = [&](const std::string& another) {
        manifest.service.secrets = {"GITHUB_TOKEN", another};
        return Seen().manifest(manifest).with(
            Ran("platform").life().life(without_secrets(2, {"set GITHUB_TOKEN"})));
    };
    expect("G03", State::pass, seen("GITHUB_TOKEN_2"));
    expect("G03", State::pass, seen("GITHUB_TOKEN_NEXT"));
    expect("G03", State::fail, seen("SLACK_TOKEN_2"));
}

TEST(SecretRules, a_secret_can_be_changed_under_use) {
    for (const auto* check : {"AUT-14", "WHK-11"}) {
        expect("G04", State::pass, Seen().with(said("rotation", check, Verdict::pass)));
        expect("G04", State::fail, Seen().with(said("rotation", check, Verdict::fail)));
    }
    expect(
        "G04", State::fail,
        Seen().with(
            said("rotation", "WHK-11", Verdict::pass).row(Row("slack", "POST", "/a").status(401))));
    expect("G04", State::untested, Seen().with(said("rotation", "AUT-14", Verdict::unknown)));
    // Who replaced nothing but the webhooks' secret is judged by those.
    const auto changed = [](int status) {
        auto ran = Ran("rotation");
        for (const auto* event : {"1", "2"}) {
            ran.told(Told("github", event).fact("via", "hub").status(status));
        }
        return Seen().with(ran);
    };
    expect("G04", State::pass, changed(202));
    expect("G04", State::fail, changed(401));
}

TEST(SecretRules, what_is_written_on_bad_days_is_scrubbed) {
    const auto good = Seen().manifest(with_secrets()).with(leaky("flaky")).with(leaky("calm"));
    expect("G05", State::pass, good);
    EXPECT_EQ(state_of("G05", with_leak(good.made(), "flaky")), State::fail);
    expect("G05", State::fail, Seen(good).with(said("tokens", "SEC-01", Verdict::fail)));
    expect("G05", State::untested, Seen().manifest(with_secrets()).with(leaky("calm")));
    expect("G05", State::untested, Seen().manifest(with_secrets()).with(Ran("flaky").life()));
    expect("G05", State::untested, Seen().with(leaky("flaky")));
}

TEST(SecretRules, recordings_bear_no_secret) {
    auto manifest = with_secrets();
    manifest.fixtures = "tests/fixtures";
    const auto good = Seen().manifest(manifest).file("tests/fixtures/a.json", "{}\n");
    expect("G06", State::pass, good);
    expect("G06", State::fail, Seen(good).file("tests/fixtures/b.json", "\"" + token + "\""));
    expect("G06", State::pass, Seen(good).file("tests/fixtures_other.json", "\"" + token + "\""));
    expect("G06", State::untested, Seen().manifest(manifest).file("tests/a.cpp", ""));
    expect("G06", State::untested, Seen());
}

TEST(ChecklistRules, every_item_about_writes_limits_tokens_and_secrets_has_a_rule) {
    const auto items = sandbox::built_in_checklist();
    ASSERT_TRUE(items);
    const auto rules = all_rules();
    std::vector<std::string> missing;
    std::size_t automatic = 0;
    for (const auto& item : *items) {
        if (!std::string_view("DEFG").contains(item.id.front()) || item.review_only()) {
            continue;
        }
        ++automatic;
        if (std::ranges::find(rules, item.id, &ItemRule::item) == rules.end()) {
            missing.push_back(item.id);
        }
    }
    EXPECT_GE(automatic, 31U);
    EXPECT_THAT(missing, testing::IsEmpty());
}

}  // namespace
}  // namespace apilab::cli::checklist
