#include "cli/table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "cli/wrap.hpp"

namespace apilab::cli {
namespace {

Table wide() {
    Table table({"id", ">day", "what it is about", "source", "more", "and more"});
    table.add({"RL-01", "1", "never asks again before Retry-After is over, whatever happens",
               "RFC 9110 section 10.2.3; RFC 6585 section 4", "a-word-without-any-blank-in-it",
               "the last column, which is long as well"});
    return table;
}

TEST(Table, has_no_line_wider_than_the_terminal) {
    for (const std::size_t width : {40U, 80U, 120U, 200U}) {
        std::istringstream lines(wide().to_string(width));
        for (std::string line; std::getline(lines, line);) {
            EXPECT_LE(columns_of(line), width) << line;
        }
    }
}

TEST(Table, for_a_program_has_one_line_for_each_row) {
    const auto text = wide().to_string();
    EXPECT_EQ(std::ranges::count(text, '\n'), 2);
    EXPECT_THAT(text, testing::HasSubstr("whatever happens  RFC 9110"));
}

TEST(Table, loses_no_word_when_it_is_narrow) {
    auto text = wide().to_string(40);
    for (const char* word : {"Retry-After", "6585", "column,"}) {
        EXPECT_THAT(text, testing::HasSubstr(word));
    }
}

TEST(Wrapped, counts_accents_once_and_colour_not_at_all) {
    EXPECT_EQ(columns_of("\033[31mäö\033[0m"), 2U);
    EXPECT_THAT(wrapped("ein wort und noch eins", 9),
                testing::ElementsAre("ein wort", "und noch", "eins"));
    EXPECT_THAT(wrapped("abcdefgh", 3), testing::ElementsAre("abc", "def", "gh"));
    EXPECT_THAT(wrapped("", 5), testing::ElementsAre(""));
}

}  // namespace
}  // namespace apilab::cli
