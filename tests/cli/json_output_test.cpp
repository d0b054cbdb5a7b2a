// `--json` behind every command that there is, as `apilab help --json` counts them: one document,
// or a JSON text a line that ends with a result. What a program reads must never be prose.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <filesystem>
#include <map>
#include <sstream>

#include "echo_server.hpp"
#include "hook_listener.hpp"
#include "program.hpp"

namespace apilab::cli_test {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

void add_leaves(const json::value& command, Words& names) {
    const auto& below = command.at("commands").as_array();
    if (below.empty()) {
        names.emplace_back(command.at("name").as_string());
    }
    for (const auto& each : below) {
        add_leaves(each, names);
    }
}

Words commands() {
    Words names;
    add_leaves(json::parse(apilab({"help", "--json"}).out), names);
    return names;
}

// Of `[{"id":1}]` under the secret HOOK_SECRET.
constexpr const char* hook_header =
    "X-Hub-Signature-256:sha256=5244e64c3b77336b3c814e79903ec12a88ad5a63f0d5e53aa69ca097cab39852";

// Commands that are not run here, and why.
const std::map<std::string, std::string>& left_out() {
    static const std::map<std::string, std::string> reasons{
        {"apilab run", "a tour for people: refuses --json and says what has its parts as JSON"},
        {"apilab learn check", "builds the learner's program; tests/learn/walk.sh reads its JSON"},
        {"apilab learn watch", "goes on until it is ended; tests/learn/walk.sh reads its JSON"},
        {"apilab hook listen", "listens until it is ended; HookListen.* run it"},
        {"apilab platform run", "runs a program for a while; PlatformRun's tests read its JSON"},
        {"apilab radar backup restore", "takes a snapshot by its time; RadarBackup.* run it"},
        {"apilab radar backup verify", "takes a snapshot by its time; RadarBackup.* run it"},
        {"apilab radar jobs show", "shows a radar's own jobs; RadarJobs.* read its JSON"},
        {"apilab radar serve", "serves until it is ended; RadarServe.* run it"},
        {"apilab sandbox record", "passes requests on until it is ended; SandboxRecord.* run it"},
        {"apilab sandbox serve",
         "serves until it is ended; CtrlC.* and every sandbox here run it"}};
    return reasons;
}

class JsonOutput : public testing::Test {
protected:
    JsonOutput() {
        variables.insert(sandbox.variables().begin(), sandbox.variables().end());
        // Two webhooks, and two that were caught and played back.
        HookListener listener(dir.path(), variables);
        (void)apilab({"hook", "trigger", "github:push", "--hostile", "replayed", "--count", "2",
                      "--to", listener.url()},
                     variables);
        (void)listener.stop();
        variables["APILAB_HOOKS"] = (dir.path() / "hooks.db").string();
        variables["HOOK_SECRET"] = "s3cret of a hook";
        variables["THE_SECRET"] = variables.at("APILAB_OAUTH_CLIENT_SECRET");
        for (const auto& [name, text] :
             {std::pair("lab", ""), std::pair("src/exercises/exercise.hpp", ""),
              std::pair("src/exercises/day02_core.cpp", "// Day 2: the core\n\nint x;\n"),
              std::pair("src/exercises/starters/day02_core.cpp", "// yours\n"),
              std::pair("src/exercises/hints/day02_core.toml",
                        "symptom = \"one\"\nmechanism = \"two\"\nshape = \"three\"\n"),
              std::pair("a.json", R"([{"id":1}])")}) {
            fs::create_directories((dir.path() / name).parent_path());
            (void)dir.write(name, text);
        }
    }
    // In an order in which each finds what it shows.
    [[nodiscard]] std::vector<Words> all() const {
        const auto ready = sandbox.ready_file().string();
        // Webhooks and jobs lie in one kind of store, whoever keeps them.
        const auto store = "sqlite:" + (dir.path() / "hooks.db").string();
        return {
            {"call", echo.url(), "--session", "me", "--har", "a.har"},
            {"trace", "list"},
            {"trace", "show", "last"},
            {"trace", "why", "last"},
            {"trace", "export", "last"},
            {"trace", "import", "a.har"},
            {"session", "list"},
            {"session", "show", "127.0.0.1", "me"},
            {"session", "rm", "127.0.0.1", "me"},
            {"auth", "login", "desk", "--issuer", variables.at("APILAB_OAUTH_URL"), "--client-id",
             variables.at("APILAB_OAUTH_CLIENT_ID"), "--client-secret", "env:THE_SECRET",
             "--client-credentials"},
            {"auth", "status"},
            {"auth", "refresh", "desk"},
            {"auth", "revoke", "desk"},
            {"learn", "tour"},
            {"learn", "new", "my-shop"},
            {"learn", "list"},
            {"learn", "show", "2"},
            {"learn", "start", "2"},
            {"learn", "reset", "2"},
            {"learn", "hint", "2"},
            {"learn", "next"},
            {"checklist", "list"},
            {"checklist", "show", "A01"},
            {"checklist", "init", dir.path().string()},
            {"checklist", "run", "--against", dir.path().string(), "--item", "A01"},
            {"secrets", "check"},
            {"secrets", "where", "THE_SECRET"},
            {"secrets", "scan", "a.json"},
            {"drift", "accept", "a.list", "a.json"},
            {"drift", "show", "a.list", "a.json"},
            {"drift", "show"},
            {"hook", "sign", "--scheme", "github", "--secret", "env:HOOK_SECRET", "a.json"},
            {"hook", "trigger", "--list"},
            {"hook", "list"},
            {"hook", "show", "1"},
            {"hook", "redeliver", "--all"},
            {"hook", "dlq", "list"},
            {"hook", "dlq", "redrive", "--all"},
            {"hook", "release", "1"},
            {"hook", "discard", "2"},
            {"hook", "verify", "--scheme", "github", "--secret", "env:HOOK_SECRET", "--header",
             hook_header, "a.json"},
            {"sandbox", "env", "--ready-file", ready},
            {"sandbox", "journal", "--ready-file", ready},
            {"sandbox", "scenario", "list"},
            {"sandbox", "checks"},
            {"sandbox", "matrix", "--check", "RL-01"},
            {"sandbox", "services", "--ready-file", ready},
            {"sandbox", "chaos", "github:*", "delay=1ms", "--first", "1", "--ready-file", ready},
            {"sandbox", "fired", "--ready-file", ready},
            {"sandbox", "clock", "advance", "1s", "--ready-file", ready},
            {"sandbox", "reset", "--ready-file", ready},
            {"sandbox", "run", "--", "/bin/true"},
            {"pages", variables.at("APILAB_API_URL") + "/items/cursor?limit=40"},
            {"radar", "check", small_lockfile(dir)},
            {"radar", "config", "check"},
            {"radar", "config", "explain"},
            {"radar", "jobs", "list", "--store", store},
            {"radar", "jobs", "dead", "--store", store},
            {"radar", "jobs", "redrive", "--kind", "hook", "--store", store},
            {"radar", "jobs", "pause", "--store", store},
            {"radar", "jobs", "resume", "--store", store},
            {"radar", "backup", "--to", "snapshots", "--store", store},
            {"deploy", "check", "--rules"},
            {"config", "explain"},
            {"doctor"},
            {"explain"},
            {"explain", "tls"},
            {"help"},
            {"help", "exit-codes"},
            {"completion", "bash"},
            {"man"},
            {"version"}};
    }
    TempDir dir;
    EchoServer echo;
    RunningSandbox sandbox;
    Variables variables{{"HOME", dir.path().string()}};
};

// One document, or lines of which the last is the result.
void expect_json(const Finished& ended, const std::string& what) {
    boost::system::error_code code;
    (void)json::parse(ended.out, code);
    if (!code) {
        return;
    }
    std::istringstream lines(ended.out);
    json::value last;
    for (std::string line; std::getline(lines, line);) {
        last = json::parse(line, code);
        ASSERT_FALSE(code) << what << ": " << line;
    }
    ASSERT_TRUE(last.is_object()) << what << ": " << ended.out << ended.err;
    EXPECT_TRUE(last.as_object().contains("type") && last.at("type") == "result")
        << what << " ends with " << last;
}

TEST_F(JsonOutput, of_every_command_is_json) {
    for (auto words : all()) {
        const auto what = testing::PrintToString(words);
        const bool runs_another = words.size() > 2 && words[2] == "--";
        words.insert(runs_another ? words.begin() : words.end(), "--json");
        const auto ended = apilab(words, variables, dir.path());
        // What the doctor finds is the machine's own.
        const bool finds = words.front() == "doctor" && ended.code == 6;
        EXPECT_EQ(ended.code, runs_another ? 5 : (finds ? 6 : 0)) << what << ended.err;
        expect_json(ended, what);
    }
}

TEST_F(JsonOutput, is_looked_at_for_each_command_or_there_is_a_reason) {
    Words looked_at;
    for (const auto& words : all()) {
        for (std::string name = "apilab"; const auto& word : words) {
            name += " " + word;
            looked_at.push_back(name);
        }
    }
    const auto known = commands();
    EXPECT_GT(known.size(), 30U);
    for (const auto& name : known) {
        EXPECT_NE(std::ranges::count(looked_at, name) > 0, left_out().contains(name)) << name;
    }
    for (const auto& [name, reason] : left_out()) {
        EXPECT_TRUE(std::ranges::count(known, name) > 0) << name << " is gone: " << reason;
    }
}

TEST_F(JsonOutput, is_refused_by_the_tour_with_what_has_it) {
    const auto ended = apilab({"run", "--json"});
    EXPECT_EQ(ended.code, 2);
    EXPECT_EQ(ended.out, "");
    EXPECT_THAT(ended.err, testing::HasSubstr("radar check --json"));
}

}  // namespace
}  // namespace apilab::cli_test
