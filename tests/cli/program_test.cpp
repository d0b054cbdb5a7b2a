// What holds for every command: help, version, usage errors, no colour where nobody looks.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "program.hpp"

namespace apilab::cli_test {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;

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

struct Mistake {
    Words words;
    const char* line;
};

TEST(Program, a_command_line_that_cannot_be_used_gets_one_line_and_exit_2) {
    for (const auto& [words, line] : {
             Mistake{{}, "a command is missing (see apilab --help)"},
             Mistake{{"radra"}, "unknown command 'radra' (did you mean radar? see apilab --help)"},
             Mistake{{"frobnicate"}, "unknown command 'frobnicate' (see apilab --help)"},
             Mistake{{"checklist"},
                     "a command is missing: list, show, run, init (see apilab checklist --help)"},
             Mistake{{"sandbox"}, "a command is missing (see apilab sandbox --help)"},
             Mistake{{"sandbox", "sevre"},
                     "unknown command 'sevre' (did you mean serve? see apilab sandbox --help)"},
             Mistake{{"sandbox", "checks", "--frob"},
                     "unknown flag '--frob' (see apilab sandbox checks --help)"},
             Mistake{{"radar", "check", "--ofline=x"},
                     "unknown flag '--ofline' (did you mean --offline? see apilab radar check "
                     "--help)"},
             Mistake{{"--jsno", "radar", "check"},
                     "unknown flag '--jsno' (did you mean --json? see apilab radar check --help)"},
             Mistake{{"--color", "alwyas", "version"},
                     "--color: 'alwyas' is none of auto, always, never (did you mean always? see "
                     "apilab version --help)"},
             Mistake{{"--color", "blue", "version"},
                     "--color: 'blue' is none of auto, always, never (see apilab version --help)"},
             Mistake{{"sandbox", "checks", "more"},
                     "unexpected argument 'more' (see apilab sandbox checks --help)"},
         }) {
        const auto ended = apilab(words);
        EXPECT_EQ(ended.code, 2) << line;
        EXPECT_EQ(ended.out, "");
        EXPECT_EQ(ended.err, std::string("error: ") + line + "\n");
    }
}

TEST(Program, help_is_shown_whatever_else_is_wrong_on_the_line) {
    for (const Words& words : {Words{"sandbox", "serve", "-h", "--frob"},
                               Words{"sandbox", "serve", "--port", "many", "--help"},
                               Words{"-h", "--color", "blue", "sandbox", "serve"},
                               Words{"sandbox", "serve", "more", "-h"}}) {
        const auto ended = apilab(words);
        EXPECT_EQ(ended.code, 0) << words.back();
        EXPECT_THAT(ended.out, HasSubstr("apilab sandbox serve"));
        EXPECT_EQ(ended.err, "");
    }
    EXPECT_EQ(apilab({"frobnicate", "-h"}).code, 0);
    EXPECT_EQ(apilab({"sandbox", "run", "--frob", "--", "ls", "-h"}).code, 2);
}

TEST(Program, a_scenario_that_nobody_knows_is_named_with_the_nearest) {
    const auto ended = apilab({"sandbox", "serve", "--scenario", "flakky"});
    EXPECT_EQ(ended.code, 2);
    EXPECT_THAT(ended.err, HasSubstr("did you mean flaky?"));
}

TEST(Program, a_flag_with_a_wrong_or_missing_value_is_named_in_one_line) {
    for (const Words& words :
         {Words{"--color", "blue", "radar", "check"}, Words{"radar", "check", "--fail-on", "much"},
          Words{"radar", "check", "--limit", "many"}, Words{"radar", "check", "--as-of"},
          Words{"sandbox", "serve", "--port", "70000"}}) {
        const auto ended = apilab(words);
        EXPECT_EQ(ended.code, 2) << words.back();
        EXPECT_EQ(ended.out, "");
        EXPECT_THAT(ended.err, MatchesRegex("error: .*--(color|fail-on|limit|as-of|port).*\n"));
        EXPECT_EQ(std::ranges::count(ended.err, '\n'), 1) << ended.err;
    }
}

TEST(Program, piped_output_has_no_colour_unless_asked_for) {
    const auto plain = apilab({"radar", "check", "/nowhere"});
    EXPECT_EQ(plain.err.find('\x1b'), std::string::npos);
    const auto painted = apilab({"--color", "always", "radar", "check", "/nowhere"});
    EXPECT_NE(painted.err.find('\x1b'), std::string::npos);
}

TEST(Program, output_that_cannot_be_written_is_an_error_and_a_reader_that_left_is_none) {
    const auto shell = [](const std::string& command) {
        return Program({"/bin/bash", "-c", apilab_path() + command}, {{"PATH", "/usr/bin:/bin"}})
            .wait();
    };
    const auto full = shell(" checklist list > /dev/full");
    EXPECT_EQ(full.code, 1);
    EXPECT_THAT(full.err, HasSubstr("could not be written: No space left"));
    EXPECT_EQ(shell(" checklist list | head -1; exit ${PIPESTATUS[0]}").code, 0);
}

TEST(Program, colour_is_forced_and_refused_by_the_environment) {
    const auto error = [](const Variables& variables) {
        return apilab({"radar", "check", "/nowhere"}, variables).err;
    };
    EXPECT_THAT(error({{"CLICOLOR_FORCE", "1"}}), HasSubstr("\x1b"));
    EXPECT_THAT(error({{"CLICOLOR_FORCE", "1"}, {"NO_COLOR", "1"}}), Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace apilab::cli_test
