// The table of exit codes, row by row, with the real program: `exit_codes()` is what `--help`,
// the man page and `apilab explain` show, so a row that nothing shows is a promise without a proof.
#include "exit_code.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <string>

#include "program.hpp"

namespace apilab::cli_test {
namespace {

using cli::ExitCode;

// A sandbox in which each request meets the same.
RunningSandbox sandbox_that(const TempDir& dir, const std::string& what) {
    return RunningSandbox(
        {"--scenario",
         dir.write("faults.toml",
                   "name = \"x\"\n[[fault]]\nwhere = \"*:*\"\nwhat = { " + what + " }\n")});
}

// `apilab call npm:/lodash` where each request meets that.
Finished call_where(const std::string& what, const Words& flags) {
    const TempDir dir;
    const auto sandbox = sandbox_that(dir, what);
    Words words{"call", "npm:/lodash"};
    words.insert(words.end(), flags.begin(), flags.end());
    return apilab(words, sandbox.variables(), dir.path());
}

Finished judged(const std::string& script) {
    return apilab(
        {"sandbox", "run", "--scenario", "flaky", "--seed", "7", "--", "/bin/sh", "-c", script});
}

Finished log_in_with_a_wrong_secret() {
    const RunningSandbox sandbox;
    return apilab({"auth", "login", "desk", "--issuer", sandbox.variables().at("APILAB_OAUTH_URL"),
                   "--client-id", sandbox.variables().at("APILAB_OAUTH_CLIENT_ID"),
                   "--client-credentials", "--client-secret", "env:WRONG"},
                  {{"WRONG", "not-this-one"}});
}

Finished check_that_finds() {
    const TempDir dir;
    const RunningSandbox sandbox;
    return apilab({"radar", "check", small_lockfile(dir), "--fail-on", "low"}, sandbox.variables());
}

Finished output_into_nowhere() {
    return Program({"/bin/sh", "-c", apilab_path() + " version >/dev/full"}, {}).wait();
}

// A call that would hang, told to end once its request is there.
Finished call_ended_by(int number) {
    const TempDir dir;
    const auto sandbox = sandbox_that(dir, "delay = \"30s\"");
    Program program({apilab_path(), "call", "npm:/lodash"}, sandbox.variables(), dir.path());
    const auto arrived = [&] {
        return apilab({"sandbox", "journal", "--ready-file", sandbox.ready_file().string()})
            .out.contains("\"exchange\"");
    };
    while (!arrived() && !program.ended(std::chrono::milliseconds(20))) {
    }
    program.signal(number);
    return program.wait();
}

Finished webhook_of_nobody() {
    const TempDir dir;
    return apilab({"hook", "verify", "--scheme", "github", "--secret", "env:S3", "--header",
                   "x-hub-signature-256:sha256=00", dir.write("body", "{}")},
                  {{"S3", "not of this one"}});
}

struct Case {
    ExitCode code;
    const char* name;
    Finished (*run)();
};

constexpr std::array cases{
    Case{ExitCode::success, "success", [] { return apilab({"version"}); }},
    Case{ExitCode::success, "an_answer_of_401_is_an_answer",
         [] { return call_where("status = 401", {}); }},
    Case{ExitCode::failure, "output_that_cannot_be_written", output_into_nowhere},
    Case{ExitCode::usage, "a_word_that_is_no_command", [] { return apilab({"cal"}); }},
    Case{ExitCode::verdict_failed, "a_client_that_hammers",
         [] { return judged("exec " + hammer_path() + " \"$APILAB_NPM_URL/lodash\""); }},
    Case{ExitCode::verdict_failed, "a_webhook_that_nobody_signed", webhook_of_nobody},
    Case{ExitCode::authentication, "a_login_that_is_refused", log_in_with_a_wrong_secret},
    Case{ExitCode::authentication, "a_login_that_is_missing",
         [] { return apilab({"auth", "status", "desk"}); }},
    Case{ExitCode::verdict_unknown, "a_client_that_asks_nothing", [] { return judged("exit 0"); }},
    Case{ExitCode::findings, "an_advisory_at_the_level", check_that_finds},
    Case{ExitCode::unreachable, "a_webhook_for_nobody",
         [] {
             return apilab({"hook", "trigger", "github:push", "--secret", "env:S3", "--to",
                            "http://127.0.0.1:1"},
                           {{"S3", "s3cret of a hook"}});
         }},
    Case{ExitCode::unreachable, "nobody_there",
         [] { return apilab({"call", "http://127.0.0.1:1/", "--retries", "0"}); }},
    Case{ExitCode::deadline, "an_answer_after_the_deadline",
         [] { return call_where("delay = \"5s\"", {"--deadline", "100ms"}); }},
    Case{ExitCode::gave_up, "a_limit_beyond_the_deadline",
         [] { return call_where("status = 429, retry_after = \"30s\"", {"--deadline", "10s"}); }},
    Case{ExitCode::http_error, "an_error_as_answer_with_fail",
         [] { return call_where("status = 404", {"--fail"}); }},
    Case{ExitCode::http_error, "an_answer_of_401_with_fail",
         [] { return call_where("status = 401", {"--fail"}); }},
    Case{ExitCode::interrupted, "sigint", [] { return call_ended_by(SIGINT); }},
    Case{ExitCode::terminated, "sigterm", [] { return call_ended_by(SIGTERM); }},
};

// A bug of ours has no way that could be documented: a program that offered one to be tested would
// offer it to everybody. So this row is shown by the table that maps errors alone.
constexpr std::array not_reachable{ExitCode::internal};

TEST(ExitCodes, every_row_of_the_table_has_a_case) {
    for (const auto& row : cli::exit_codes()) {
        const bool shown = std::ranges::count(cases, row.code, &Case::code) > 0;
        const bool excused = std::ranges::count(not_reachable, row.code) > 0;
        EXPECT_NE(shown, excused) << static_cast<int>(row.code) << ": " << row.meaning;
    }
    for (const auto& one : cases) {
        EXPECT_EQ(std::ranges::count(cli::exit_codes(), one.code, &cli::ExitCodeRow::code), 1)
            << one.name;
    }
}

TEST(ExitCodes, a_bug_of_ours_is_told_from_everything_else) {
    EXPECT_EQ(cli::exit_code_of(Error(ErrorKind::internal, "x")), ExitCode::internal);
}

class ExitCodeRow : public testing::TestWithParam<Case> {};

TEST_P(ExitCodeRow, is_what_the_program_ends_with) {
    const auto ended = GetParam().run();
    EXPECT_EQ(ended.code, static_cast<int>(GetParam().code)) << ended.out << ended.err;
    const bool explained = GetParam().code == ExitCode::success || ended.code == 3 ||
                           ended.code == 5 || ended.code == 6 || !ended.err.empty();
    EXPECT_TRUE(explained) << "an end that nothing explains";
}

INSTANTIATE_TEST_SUITE_P(Each, ExitCodeRow, testing::ValuesIn(cases),
                         [](const auto& tested) { return std::string(tested.param.name); });

}  // namespace
}  // namespace apilab::cli_test
