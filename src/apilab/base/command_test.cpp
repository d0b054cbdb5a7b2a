#include "apilab/base/command.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apilab/base/environment.hpp"

namespace apilab {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::vector<std::string> words(std::string_view line) {
    return split_command(line).value_or(std::vector<std::string>{"refused"});
}

TEST(SplitCommand, blanks_separate_and_quotes_and_backslashes_join) {
    EXPECT_THAT(words("pass show api/key"), ElementsAre("pass", "show", "api/key"));
    EXPECT_THAT(words("  a\t b  "), ElementsAre("a", "b"));
    EXPECT_THAT(words(R"(a 'b c' "d e" f\ g)"), ElementsAre("a", "b c", "d e", "f g"));
    EXPECT_THAT(words(R"(a'b'"c"d '' "")"), ElementsAre("abcd", "", ""));
    EXPECT_THAT(words(R"(a "b\"c\\d\n" 'e\f')"), ElementsAre("a", R"(b"c\d\n)", R"(e\f)"));
}

TEST(SplitCommand, what_means_something_to_a_shell_means_nothing) {
    EXPECT_THAT(
        words("echo $HOME $(id) `id` * ~ | cat; x > y"),
        ElementsAre("echo", "$HOME", "$(id)", "`id`", "*", "~", "|", "cat;", "x", ">", "y"));
}

TEST(SplitCommand, what_is_no_command_is_refused_without_showing_it) {
    for (const std::string line :
         {"", "  ", "a 'hunter2", "a \"hunter2", "a hunter2\\", "'' hunter2"}) {
        const auto refused = split_command(line);
        ASSERT_FALSE(refused) << line;
        EXPECT_EQ(refused.error().kind(), ErrorKind::invalid_argument);
        EXPECT_THAT(refused.error().to_string(), Not(HasSubstr("hunter2")));
    }
    EXPECT_FALSE(split_command(std::string_view("a\0b", 3)));
}

Result<CommandOutput> sh(const std::string& script, const CommandLimits& limits = {}) {
    return run_command({"/bin/sh", "-c", script}, environment_lines({{"GIVEN", "yes"}}), limits);
}

TEST(RunCommand, gives_its_output_and_its_code) {
    const auto output = sh("printf $GIVEN; echo not this >&2; exit 3");
    ASSERT_TRUE(output) << output.error().to_string();
    EXPECT_EQ(output->text, "yes");
    EXPECT_EQ(output->exit_code, 3);
    EXPECT_FALSE(output->truncated);
    EXPECT_EQ(sh("kill -9 $$")->exit_code, 137);
    EXPECT_EQ(sh("cat")->text, "");  // its input is empty
}

TEST(RunCommand, ends_what_says_too_much) {
    const auto output = sh("while :; do echo aaaaaaaaaaaaaaaa; done", {.output_max = 1000});
    ASSERT_TRUE(output);
    EXPECT_TRUE(output->truncated);
    EXPECT_EQ(output->text.size(), 1000U);
}

TEST(RunCommand, ends_what_takes_too_long_and_what_it_started) {
    for (const char* script : {"sleep 50", "sleep 50 & wait", "exec >&-; sleep 50"}) {
        const auto late = sh(script, {.patience = std::chrono::milliseconds(50)});
        ASSERT_FALSE(late) << script;
        EXPECT_EQ(late.error().kind(), ErrorKind::timeout);
    }
}

TEST(RunCommand, that_is_not_there_is_an_error) {
    const auto refused = run_command({"no-such-program-anywhere"}, {});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind(), ErrorKind::invalid_argument);
    EXPECT_THAT(refused.error().to_string(), HasSubstr("cannot start 'no-such-program-anywhere'"));
}

}  // namespace
}  // namespace apilab
