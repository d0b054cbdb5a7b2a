// Sources that fail: the answer says which and how, and never that all is well.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "program.hpp"

namespace apilab::cli_test {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr auto down = "{ status = 503 }";
constexpr auto garbage = R"({ status = 200, body = "<html>" })";
constexpr auto limited = R"({ limit = "primary", retry_after = "300s" })";

Finished check_with(const std::string& where, const std::string& what) {
    const TempDir dir;
    const auto scenario = dir.write("scenario.toml",
                                    "name = \"failing\"\ndescription = \"one fault\"\n[[fault]]\n"
                                    "where = \"" +
                                        where + ":*\"\nwhat = " + what + "\n");
    const RunningSandbox sandbox({"--scenario", scenario});
    return apilab({"radar", "check", small_lockfile(dir)}, sandbox.variables());
}

TEST(SourceFailure, of_one_source_is_shown_and_the_rest_still_answers) {
    for (const char* source : {"npm", "osv", "github"}) {
        for (const char* what : {down, garbage, limited}) {
            const auto ended = check_with(source, what);
            EXPECT_EQ(ended.code, 0) << source << what << ended.err;
            EXPECT_THAT(ended.out, HasSubstr(std::string("Incomplete: ") + source + " failed"));
        }
    }
}

void expect_no_answer(const Finished& ended, int code) {
    EXPECT_EQ(ended.code, code) << ended.out;
    EXPECT_THAT(ended.out, HasSubstr("No advisory could be evaluated"));
    EXPECT_THAT(ended.out, Not(HasSubstr("Found")));
}

TEST(SourceFailure, of_all_sources_has_an_exit_code_of_its_own) {
    expect_no_answer(check_with("*", down), 7);
    expect_no_answer(check_with("*", limited), 9);
}

TEST(SourceFailure, a_closed_port_is_unreachable) {
    const TempDir dir;
    const auto ended = apilab({"radar", "check", small_lockfile(dir)},
                              {{"APILAB_NPM_URL", "http://127.0.0.1:1"},
                               {"APILAB_OSV_URL", "http://127.0.0.1:1"},
                               {"APILAB_GITHUB_URL", "http://127.0.0.1:1"}});
    expect_no_answer(ended, 7);
}

}  // namespace
}  // namespace apilab::cli_test
