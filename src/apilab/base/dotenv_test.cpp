#include "apilab/base/dotenv.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace apilab {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;

std::vector<std::pair<std::string, std::string>> read(std::string_view text) {
    std::vector<std::pair<std::string, std::string>> found;
    const auto entries = parse_dotenv(text);
    EXPECT_TRUE(entries) << entries.error().to_string();
    for (const auto& entry : *entries) {
        found.emplace_back(entry.name, entry.value.reveal());
    }
    return found;
}

TEST(Dotenv, reads_names_values_comments_and_export) {
    EXPECT_THAT(
        read("# a comment\n\nA=1\n  export B = two words \r\n_c3=\nD=x # note\nE=x#y\nF=#z"),
        ElementsAre(Pair("A", "1"), Pair("B", "two words"), Pair("_c3", ""), Pair("D", "x"),
                    Pair("E", "x#y"), Pair("F", "")));
    EXPECT_THAT(read("export=1\nexported=2"),
                ElementsAre(Pair("export", "1"), Pair("exported", "2")));
    EXPECT_THAT(read("\xEF\xBB\xBF"
                     "A=1"),
                ElementsAre(Pair("A", "1")));
    EXPECT_THAT(read(""), ElementsAre());
}

TEST(Dotenv, quotes_keep_blanks_lines_and_number_signs) {
    EXPECT_THAT(read("A=' x # y '  # note\nB=\"a\\nb\\t\\\"q\\\" \\$5 \\d\"\nC='a\\nb'\nD=\"\"\n"),
                ElementsAre(Pair("A", " x # y "), Pair("B", "a\nb\t\"q\" $5 \\d"),
                            Pair("C", "a\\nb"), Pair("D", "")));
    EXPECT_THAT(read("KEY=\"-----BEGIN\nabc\n-----END\"\nNEXT=1"),
                ElementsAre(Pair("KEY", "-----BEGIN\nabc\n-----END"), Pair("NEXT", "1")));
}

TEST(Dotenv, nothing_is_expanded_or_run) {
    EXPECT_THAT(read("A=$HOME\nB=\"$(date)\"\nC=`id`"),
                ElementsAre(Pair("A", "$HOME"), Pair("B", "$(date)"), Pair("C", "`id`")));
}

TEST(Dotenv, says_where_a_line_is_wrong_and_never_what_stands_in_it) {
    struct Row {
        std::string text;
        std::string line;
    };
    for (const Row& row :
         {Row{"A=1\nhunter2", "2"}, Row{"A=\"x\ny\"\n1hunter2=", "3"}, Row{"A='hunter2\n\n", "1"},
          Row{"A=\"x\" hunter2", "1"}, Row{"\nA-hunter2=1", "2"}, Row{"=hunter2", "1"},
          Row{std::string("A=1\nhunter2\0", 12), "2"}}) {
        const auto entries = parse_dotenv(row.text);
        ASSERT_FALSE(entries) << row.text;
        EXPECT_EQ(entries.error().kind(), ErrorKind::invalid_argument);
        EXPECT_EQ(entries.error().detail(), row.line) << row.text;
        EXPECT_THAT(entries.error().to_string(), Not(HasSubstr("hunter2")));
    }
}

TEST(Dotenv, lines_are_counted_through_quotes) {
    const auto entries = parse_dotenv("A=\"1\\\n2\n3\"\nB=4");
    ASSERT_TRUE(entries);
    EXPECT_EQ(entries->at(0).line, 1U);
    EXPECT_EQ(entries->at(1).line, 4U);
}

TEST(Dotenv, has_limits) {
    EXPECT_EQ(parse_dotenv(std::string((1U << 20U) + 1, '\n')).error().kind(),
              ErrorKind::too_large);
    std::string many;
    for (int i = 0; i < 1001; ++i) {
        many += "A=1\n";
    }
    EXPECT_EQ(parse_dotenv(many).error().kind(), ErrorKind::too_large);
    EXPECT_TRUE(parse_dotenv(many.substr(4)));
}

}  // namespace
}  // namespace apilab
