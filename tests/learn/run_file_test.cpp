// What `learn check` takes for a run, and what it does not.
#include "learn/run_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apilab/base/digest.hpp"

namespace apilab::cli {
namespace {

using testing::HasSubstr;

RunAsked asked() {
    return {.exercise = "day01_retries",
            .scenario = "day01-retries",
            .seed = 71,
            .runs = 2,
            .checks = {"RTY-01", "RL-01"},
            .key = Secret("the key of this run")};
}

std::string run_of(std::uint64_t seed) {
    return R"({"variant":"production","break":"","seed":)" + std::to_string(seed) +
           R"(,"scenario":"day01-retries","status":"pass","journal":{"requests":9},)"
           R"("checks":[{"id":"RTY-01"},{"id":"RL-01"}]})";
}

std::string runs_of(const std::string& first, const std::string& second) {
    return R"({"version":1,"exercise":"day01_retries","runs":[)" + first + "," + second + "]}";
}

std::string sealed(const std::string& runs, const Secret& key = asked().key) {
    return runs + "\nhmac-sha256 " + to_hex(hmac_sha256(key, runs)) + "\n";
}

std::string good() {
    return runs_of(run_of(71), run_of(72));
}

std::string replaced(std::string text, std::string_view what, std::string_view by) {
    const auto at = text.find(what);
    EXPECT_NE(at, std::string::npos) << what;
    return text.replace(at, what.size(), by);
}

std::string refusal(const std::string& file) {
    const auto run = accept_run(file, asked());
    return run ? "accepted" : run.error().message();
}

TEST(RunFile, that_its_sandbox_wrote_for_this_run_is_accepted) {
    const auto run = accept_run(sealed(good()), asked());
    ASSERT_TRUE(run.has_value()) << run.error().message();
    EXPECT_EQ(*run, good());
}

TEST(RunFile, without_the_seal_of_this_run_is_nobodys) {
    EXPECT_THAT(refusal(""), HasSubstr("handed over no run"));
    EXPECT_THAT(refusal("pass"), HasSubstr("handed over no run"));
    const std::string not_ours = "not written by its sandbox";
    EXPECT_THAT(refusal(good() + "\n"), HasSubstr(not_ours));
    EXPECT_THAT(refusal(sealed(good(), Secret(""))), HasSubstr(not_ours));
    EXPECT_THAT(refusal(sealed(good(), Secret("the key of another run"))), HasSubstr(not_ours));
    EXPECT_THAT(refusal(replaced(sealed(good()), R"("requests":9)", R"("requests":8)")),
                HasSubstr(not_ours));
    EXPECT_THAT(refusal(sealed(good()) + "\nmore\n"), HasSubstr(not_ours));
}

TEST(RunFile, of_other_seeds_than_were_asked_for_is_refused) {
    EXPECT_THAT(refusal(sealed(runs_of(run_of(1), run_of(2)))),
                HasSubstr("it ran seed 1 instead of 71"));
    EXPECT_THAT(refusal(sealed(runs_of(run_of(71), run_of(71)))),
                HasSubstr("it ran seed 71 instead of 72"));
    EXPECT_THAT(refusal(sealed(R"({"exercise":"day01_retries","runs":[)" + run_of(71) + "]}")),
                HasSubstr("it ran 1 times instead of 2"));
}

TEST(RunFile, of_another_program_or_scenario_is_refused) {
    EXPECT_THAT(refusal(sealed(replaced(good(), "day01_retries", "day02_sessions"))),
                HasSubstr("it calls itself 'day02_sessions'"));
    EXPECT_THAT(refusal(sealed(replaced(good(), R"("day01-retries")", R"("calm")"))),
                HasSubstr("it ran the scenario 'calm' instead of 'day01-retries'"));
}

TEST(RunFile, of_a_variant_that_is_not_the_learners_is_refused) {
    for (const auto* variant : {"naive", "library"}) {
        EXPECT_THAT(refusal(sealed(replaced(good(), "production", variant))),
                    HasSubstr("what is judged is `production`"));
    }
    EXPECT_THAT(refusal(sealed(replaced(good(), R"("break":"")", R"("break":"no-wait")"))),
                HasSubstr("what is judged is `production`"));
    EXPECT_THAT(refusal(sealed(replaced(good(), R"("break":"",)", ""))),
                HasSubstr("what is judged is `production`"));
}

TEST(RunFile, of_a_sandbox_that_saw_nothing_is_refused) {
    const auto nothing = replaced(good(), R"("requests":9)", R"("requests":0)");
    EXPECT_THAT(refusal(sealed(nothing)), HasSubstr("saw nothing"));
    EXPECT_THAT(refusal(sealed(replaced(good(), R"("journal")", R"("numbers")"))),
                HasSubstr("saw nothing"));
    const auto unknown =
        replaced(nothing, R"({"id":"RL-01"})", R"({"id":"RL-01","status":"unknown"})");
    EXPECT_THAT(refusal(sealed(unknown)), HasSubstr("saw nothing"));
    // Days 13 and 14: processes that were stopped, a list that was filled in.
    const auto otherwise =
        replaced(nothing, R"({"id":"RL-01"})", R"({"id":"RL-01","status":"pass"})");
    EXPECT_EQ(refusal(sealed(otherwise)), "accepted");
}

TEST(RunFile, in_which_a_check_of_the_scenario_is_missing_is_refused) {
    EXPECT_THAT(refusal(sealed(replaced(good(), R"({"id":"RL-01"})", R"({"id":"RTY-01"})"))),
                HasSubstr("the check RL-01 is not in its verdict"));
}

}  // namespace
}  // namespace apilab::cli
