// The sandbox commands as a script uses them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <csignal>
#include <sstream>

#include "apilab/base/file.hpp"
#include "program.hpp"
#include "same_verdict.hpp"

namespace apilab::cli_test {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

Finished judged(const std::string& script, const Words& flags = {}) {
    Words words = {"sandbox", "run", "--scenario", "flaky", "--seed", "7"};
    words.insert(words.end(), flags.begin(), flags.end());
    words.insert(words.end(), {"--", "/bin/sh", "-c", script});
    return apilab(words);
}

const auto check_webshop = apilab_path() + " radar check " + webshop() + " >/dev/null";

TEST(SandboxRun, judges_our_own_client_and_writes_each_report) {
    const TempDir dir;
    for (const char* name : {"r.json", "r.xml", "r.md", "r.html"}) {
        const auto file = dir.path() / name;
        const auto ended = judged(check_webshop, {"--report", file.string()});
        EXPECT_EQ(ended.code, 0) << ended.out << ended.err;
        EXPECT_FALSE(read_text(file).empty()) << name;
    }
}

TEST(SandboxRun, a_client_that_hammers_fails_by_the_checks_that_are_named) {
    const TempDir dir;
    const auto file = (dir.path() / "report.json").string();
    const auto ended =
        judged("exec " + hammer_path() + " \"$APILAB_NPM_URL/lodash\"", {"--report", file});
    EXPECT_EQ(ended.code, 3) << ended.out << ended.err;
    EXPECT_THAT(ended.out, HasSubstr("verdict  FAIL"));
    EXPECT_THAT(ended.out, ContainsRegex("fail +never +RL-01 "));
    EXPECT_EQ(boost::json::parse(read_text(file)).at("verdict").as_string(), "fail");
}

TEST(SandboxRun, a_failed_verdict_counts_more_than_the_commands_own_exit_code) {
    EXPECT_EQ(judged(hammer_path() + " \"$APILAB_NPM_URL/lodash\"; exit 9").code, 3);
}

TEST(SandboxRun, writes_several_reports_at_once) {
    const TempDir dir;
    Words flags;
    for (const char* name : {"r.html", "r.har", "r.ndjson"}) {
        flags.insert(flags.end(), {"--report", (dir.path() / name).string()});
    }
    EXPECT_EQ(judged(check_webshop, flags).code, 0);
    EXPECT_THAT(read_text(dir.path() / "r.html"), HasSubstr("<svg class=\"tl\""));
    EXPECT_THAT(read_text(dir.path() / "r.har"), HasSubstr("\"version\":\"1.2\""));
    EXPECT_THAT(read_text(dir.path() / "r.ndjson"), HasSubstr("\"type\":\"exchange\""));
}

// Fifty times in ./lab soak verdict.
TEST(SandboxRun, says_the_same_of_the_same_client_again_while_the_machine_is_busy) {
    for (const auto& client : {careful_client(), hammering_client()}) {
        const auto verdicts = judge_again_and_again(client, 7, 3);
        EXPECT_TRUE(verdicts.same()) << testing::PrintToString(verdicts.differing());
        EXPECT_GT(verdicts.of_checks.size(), 10U);
    }
}

TEST(SandboxRun, by_one_check_only_is_decided_by_it) {
    const auto hammered = hammer_path() + " \"$APILAB_NPM_URL/lodash\"";
    const auto ended = judged(hammered, {"--check", "DAT-06"});
    EXPECT_EQ(ended.code, 5) << ended.out;
    EXPECT_THAT(ended.out, Not(HasSubstr("RTY-04")));
    EXPECT_EQ(judged(hammered, {"--check", "NOPE-1"}).code, 2);
}

TEST(SandboxRun, a_command_without_end_is_stopped_and_judged) {
    const auto ended = judged("while :; do :; done", {"--timeout", "200ms"});
    EXPECT_EQ(ended.code, 1);
    EXPECT_THAT(ended.err, HasSubstr("did not end within 200ms"));
    EXPECT_THAT(ended.out, HasSubstr("verdict"));
}

TEST(SandboxRun, a_list_of_known_failures_names_checks_that_there_are) {
    const TempDir dir;
    const auto file = dir.path() / "known";
    ASSERT_TRUE(write_file_atomically(file, "# ours\nRL-99\n"));
    const auto ended = judged("exit 0", {"--known", file.string()});
    EXPECT_EQ(ended.code, 2);
    EXPECT_THAT(ended.err, HasSubstr(":2: no check 'RL-99'"));
}

TEST(SandboxMatrix, shows_one_check_before_its_clients) {
    const auto ended = apilab({"sandbox", "matrix", "--check", "BKO-01"});
    EXPECT_EQ(ended.code, 0) << ended.out;
    EXPECT_THAT(ended.out, HasSubstr("never waits"));
    EXPECT_THAT(ended.out, HasSubstr("3 clients, 0 not as expected"));
    EXPECT_EQ(apilab({"sandbox", "matrix", "--check", "NOPE"}).code, 2);
}

TEST(SandboxRun, a_command_that_cannot_be_started_is_named) {
    const auto ended = apilab({"sandbox", "run", "--", "/nowhere/client"});
    EXPECT_EQ(ended.code, 2);
    EXPECT_THAT(ended.err, HasSubstr("cannot start '/nowhere/client'"));
}

TEST(SandboxRun, without_a_command_is_a_usage_error) {
    const auto ended = apilab({"sandbox", "run", "--scenario", "flaky"});
    EXPECT_EQ(ended.code, 2);
    EXPECT_THAT(ended.err, HasSubstr("COMMAND"));
}

TEST(SandboxRun, a_command_that_asks_nothing_leaves_the_verdict_unknown) {
    EXPECT_EQ(judged("exit 0").code, 5);
}

TEST(SandboxRun, a_command_that_fails_spoils_a_passed_verdict) {
    EXPECT_EQ(judged(check_webshop + "; exit 9").code, 1);
}

TEST(SandboxRun, its_command_dies_of_a_closed_pipe_like_any_other) {
    const auto ended = judged("kill -PIPE $$; echo still here");
    EXPECT_THAT(ended.out, Not(HasSubstr("still here")));
}

// Its standard output is full, so that it stands still after the ready file until it is drained.
TEST(SandboxServe, a_signal_that_follows_the_ready_file_at_once_ends_it_cleanly) {
    const TempDir dir;
    Program shell(
        {"/bin/sh", "-c",
         "/usr/bin/mkfifo full && exec 3<>full && /usr/bin/head -c 65536 /dev/zero >&3\n" +
             apilab_path() +
             " sandbox serve --port 0 --admin-port 0 --ready-file ready.json >&3 &\n"
             "until [ -e ready.json ]; do /bin/sleep 0.02; done\n"
             "kill -TERM $!; /usr/bin/head -c 65536 <&3 >/dev/null; wait $!"},
        {}, dir.path());
    EXPECT_EQ(shell.wait().code, 0);
    EXPECT_FALSE(std::filesystem::exists(dir.path() / "ready.json"));
}

TEST(SandboxEnv, is_read_by_a_shell_and_the_journal_is_ndjson) {
    const RunningSandbox sandbox;
    const Words ready = {"--ready-file", sandbox.ready_file().string()};
    Program shell({"/bin/sh", "-c",
                   "eval \"$(" + apilab_path() + " sandbox env --ready-file " + ready.back() +
                       ")\"; echo \"$APILAB_NPM_URL\""},
                  {});
    EXPECT_EQ(shell.wait().out, sandbox.variables().at("APILAB_NPM_URL") + "\n");
    ASSERT_EQ(apilab({"radar", "check", webshop()}, sandbox.variables()).code, 0);
    std::istringstream journal(apilab({"sandbox", "journal", ready.front(), ready.back()}).out);
    int lines = 0;
    for (std::string line; std::getline(journal, line); ++lines) {
        EXPECT_TRUE(boost::json::parse(line).is_object());
    }
    EXPECT_GT(lines, 10);
}

TEST(SandboxLists, scenarios_and_checks) {
    EXPECT_THAT(apilab({"sandbox", "scenario", "list"}).out, HasSubstr("flaky"));
    EXPECT_THAT(apilab({"sandbox", "checks"}).out, HasSubstr("RL-01"));
}

class SandboxControl : public testing::Test {
protected:
    Finished ask(Words words) {
        words.insert(words.begin(), "sandbox");
        words.insert(words.end(), {"--ready-file", sandbox.ready_file().string()});
        return apilab(words);
    }
    // A request to the npm that is served; returns its exit code with --fail.
    int call() {
        return apilab({"call", sandbox.variables().at("APILAB_NPM_URL") + "/left-box", "--retries",
                       "0", "--fail", "--deadline", "20s"},
                      {}, dir.path())
            .code;
    }
    TempDir dir;
    RunningSandbox sandbox;
};

TEST_F(SandboxControl, chaos_arms_a_fault_that_fires_and_is_shown_and_disarmed) {
    const auto armed = ask({"chaos", "npm:*", "status=503", "--first", "1"});
    EXPECT_EQ(armed.code, 0) << armed.err;
    EXPECT_THAT(armed.out, HasSubstr("armed f1: npm:* {\"status\":503}"));
    EXPECT_EQ(call(), 22);
    EXPECT_EQ(call(), 0);
    EXPECT_THAT(ask({"fired"}).out, ContainsRegex("f1 .*npm:.* 1 +yes"));
    EXPECT_THAT(ask({"chaos", "--clear"}).out, HasSubstr("no fault is armed"));
    EXPECT_EQ(ask({"chaos", "--json-fault", R"({"where":"npm:*","what":{"status":500}})"}).code, 0);
    EXPECT_EQ(call(), 22);
    EXPECT_THAT(ask({"reset"}).out, HasSubstr("run r-0002"));
    EXPECT_EQ(call(), 0);
}

TEST_F(SandboxControl, what_the_sandbox_refuses_is_said_with_its_place) {
    const auto wrong = ask({"chaos", "npm:nothing", "status=503"});
    EXPECT_EQ(wrong.code, 2);
    EXPECT_THAT(wrong.err, HasSubstr("/where"));
    EXPECT_EQ(ask({"chaos", "npm:*", "503"}).code, 2);
    EXPECT_EQ(ask({"clock", "advance"}).code, 2);
    EXPECT_EQ(ask({"clock", "advance", "soon"}).code, 2);
    EXPECT_EQ(ask({"clock", "stop"}).code, 2);
    EXPECT_EQ(apilab({"sandbox", "fired", "--ready-file", "/nowhere/ready.json"}).code, 2);
}

TEST_F(SandboxControl, the_clock_is_shown_stopped_and_put_forward) {
    EXPECT_THAT(ask({"clock"}).out, HasSubstr("running"));
    EXPECT_THAT(ask({"clock", "freeze"}).out, HasSubstr("frozen"));
    const auto before = ask({"clock"}).out;
    EXPECT_EQ(ask({"clock"}).out, before);
    EXPECT_NE(ask({"clock", "advance", "90s"}).out, before);
    EXPECT_THAT(ask({"clock", "resume"}).out, HasSubstr("running"));
}

TEST_F(SandboxControl, services_have_their_operations_and_their_cards) {
    EXPECT_THAT(ask({"services"}).out, HasSubstr("github"));
    EXPECT_THAT(ask({"services", "--fidelity"}).out, HasSubstr("copied"));
}

TEST_F(SandboxControl, a_journal_that_is_followed_is_printed_as_it_comes_until_it_is_told) {
    Program follower({apilab_path(), "sandbox", "journal", "--follow", "--json", "--ready-file",
                      sandbox.ready_file().string()},
                     {});
    EXPECT_EQ(call(), 0);
    EXPECT_FALSE(follower.ended(std::chrono::milliseconds(500)));
    follower.signal(SIGINT);
    const auto ended = follower.wait();
    EXPECT_EQ(ended.code, 130);
    EXPECT_THAT(ended.out, HasSubstr("\"path\":\"/left-box\""));
    EXPECT_THAT(ended.out, HasSubstr("{\"type\":\"result\",\"rows\":"));
}

TEST(SandboxClock, that_is_virtual_stands_at_its_first_day) {
    const RunningSandbox sandbox({"--clock", "virtual"});
    const Words ready{"--ready-file", sandbox.ready_file().string()};
    EXPECT_EQ(apilab({"sandbox", "clock", ready[0], ready[1]}).out,
              "2026-01-01T00:00:00Z  frozen\n");
    EXPECT_EQ(apilab({"sandbox", "clock", "advance", "36h", ready[0], ready[1]}).out,
              "2026-01-02T12:00:00Z  frozen\n");
}

TEST(SandboxListen, gives_a_provider_a_port_without_its_prefix) {
    const RunningSandbox sandbox({"--listen", "npm=0"});
    const auto url = sandbox.variables().at("APILAB_NPM_URL");
    EXPECT_THAT(url, Not(HasSubstr("/npm")));
    const TempDir dir;
    EXPECT_EQ(apilab({"call", url + "/left-box", "--fail"}, {}, dir.path()).code, 0);
    EXPECT_EQ(
        apilab({"sandbox", "serve", "--port", "0", "--admin-port", "0", "--listen", "npm"}).code,
        2);
}

TEST(SandboxRecord, keeps_what_passed_and_it_is_served_again) {
    const TempDir dir;
    const RunningSandbox upstream;
    const auto file = (dir.path() / "recorded.json").string();
    const auto shown = (dir.path() / "shown").string();
    Program recorder({"/bin/sh", "-c",
                      "exec " + apilab_path() + " sandbox record --upstream " +
                          upstream.variables().at("APILAB_NPM_URL") + " --port 0 --out " + file +
                          " --json >" + shown},
                     {}, dir.path());
    while (read_text(shown).empty() && !recorder.ended(std::chrono::milliseconds(20))) {
    }
    const auto url = std::string(boost::json::parse(read_text(shown)).at("url").as_string());
    EXPECT_EQ(apilab({"call", url + "/left-box", "--fail"}, {}, dir.path()).code, 0);
    recorder.signal(SIGTERM);
    EXPECT_EQ(recorder.wait().code, 0);
    EXPECT_THAT(read_text(shown), HasSubstr("\"exchanges\":1"));
    const RunningSandbox again({"--replay", file});
    EXPECT_EQ(apilab({"call", again.variables().at("APILAB_RECORDED_URL") + "/left-box", "--fail"},
                     {}, dir.path())
                  .code,
              0);
    EXPECT_EQ(apilab({"sandbox", "serve", "--replay", shown, "--port", "0"}).code, 2);
}

}  // namespace
}  // namespace apilab::cli_test
