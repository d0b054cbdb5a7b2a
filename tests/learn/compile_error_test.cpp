#include "learn/compile_error.hpp"

#include <gtest/gtest.h>

namespace apilab::cli {
namespace {

TEST(FirstError, of_a_compiler_has_its_line) {
    const auto error = first_error(
        "[1/2] Building CXX object my_day01.o\n"
        "In file included from /c/my/day01.cpp:3:\n"
        "/c/my/day01.cpp:7:9: warning: unused variable 'x'\n"
        "/c/my/day01.cpp:31:14: error: use of undeclared identifier 'retry'\n"
        "/c/my/day01.cpp:40:1: error: expected ';'\n");
    ASSERT_TRUE(error.has_value());
    EXPECT_EQ(error->file, "/c/my/day01.cpp");
    EXPECT_EQ(error->line, 31);
    EXPECT_EQ(to_string(*error, "/c"), "my/day01.cpp:31: use of undeclared identifier 'retry'");
    EXPECT_EQ(to_string(*error, "/c/m"),
              "/c/my/day01.cpp:31: use of undeclared identifier 'retry'");
}

TEST(FirstError, that_is_fatal_counts_like_any_other) {
    const auto error = first_error("my/a.cpp:1:10: fatal error: 'nowhere.hpp' file not found\n");
    ASSERT_TRUE(error.has_value());
    EXPECT_EQ(error->line, 1);
    EXPECT_EQ(error->message, "'nowhere.hpp' file not found");
}

TEST(FirstError, of_a_linker_has_no_line) {
    const auto error = first_error("mold: error: undefined symbol: send_twice()\n>>> ...\n");
    ASSERT_TRUE(error.has_value());
    EXPECT_EQ(error->line, 0);
    EXPECT_EQ(to_string(*error, "/c"), "undefined symbol: send_twice()");
}

TEST(FirstError, of_no_place_is_told_as_it_is) {
    const auto error = first_error("FAILED: a.o\nclang ... -c a.cpp\nerror: PCH file differs\n");
    ASSERT_TRUE(error.has_value());
    EXPECT_EQ(to_string(*error, "/c"), "PCH file differs");
}

TEST(FirstError, is_not_there_where_all_is_well) {
    EXPECT_FALSE(first_error("").has_value());
    EXPECT_FALSE(first_error("[2/2] Linking my_day01\na warning: an error may follow").has_value());
}

TEST(WithoutCommands, what_the_compiler_said_is_left) {
    EXPECT_EQ(without_commands("[1/2] Building CXX object a.o\n"
                               "FAILED: a.o\n"
                               "ccache clang++ -I src -c my/a.cpp\n"
                               "my/a.cpp:3:1: error: expected ';'\n"
                               "    3 | }\n"
                               "ninja: build stopped: subcommand failed.\n"),
              "[1/2] Building CXX object a.o\nmy/a.cpp:3:1: error: expected ';'\n    3 | }\n");
}

}  // namespace
}  // namespace apilab::cli
