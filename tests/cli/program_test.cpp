// What holds for every command: help, version, usage errors, no colour where nobody looks.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "program.hpp"

namespace apilab::cli_test {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

TEST(Program, version_is_one_line) {
    const auto ended = apilab({"--version"});
    EXPECT_EQ(ended.code, 0);
    EXPECT_THAT(ended.out, MatchesRegex("apilab [0-9]+\\.[0-9]+\\.[0-9]+\n"));
    EXPECT_EQ(ended.err, "");
}

TEST(Program, help_names_commands_and_exit_codes) {
    const auto ended = apilab({"--help"});
    EXPECT_EQ(ended.code, 0);
    for (const char* word : {"radar", "sandbox", "--json", "--color", "Exit codes"}) {
        EXPECT_THAT(ended.out, HasSubstr(word));
    }
}

TEST(Program, each_command_has_help) {
    for (const Words& words : {Words{"radar", "check", "--help"}, Words{"sandbox", "run", "--help"},
                               Words{"sandbox", "serve", "--help"}}) {
        const auto ended = apilab(words);
        EXPECT_EQ(ended.code, 0);
        EXPECT_THAT(ended.out, HasSubstr("--"));
    }
}

TEST(Program, an_unknown_command_is_named_and_points_to_help) {
    const auto ended = apilab({"frobnicate"});
    EXPECT_EQ(ended.code, 2);
    EXPECT_EQ(ended.out, "");
    EXPECT_THAT(ended.err, HasSubstr("frobnicate"));
    EXPECT_THAT(ended.err, HasSubstr("--help"));
}

TEST(Program, an_unknown_flag_is_named_and_points_to_help) {
    const auto ended = apilab({"sandbox", "checks", "--frob"});
    EXPECT_EQ(ended.code, 2);
    EXPECT_THAT(ended.err, HasSubstr("--frob"));
    EXPECT_THAT(ended.err, HasSubstr("--help"));
}

TEST(Program, piped_output_has_no_colour_unless_asked_for) {
    const auto plain = apilab({"radar", "check", "/nowhere"});
    EXPECT_EQ(plain.err.find('\x1b'), std::string::npos);
    const auto painted = apilab({"--color", "always", "radar", "check", "/nowhere"});
    EXPECT_NE(painted.err.find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace apilab::cli_test
