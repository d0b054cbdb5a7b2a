#include "apilab/base/suggestion.hpp"

#include <gtest/gtest.h>

namespace apilab {
namespace {

const std::vector<std::string> commands = {"serve", "run", "env", "journal", "scenario", "checks"};

TEST(Closest, finds_the_word_that_was_meant) {
    EXPECT_EQ(closest("sevre", commands), "serve");
    EXPECT_EQ(closest("scenarios", commands), "scenario");
    EXPECT_EQ(closest("chekcs", commands), "checks");
    EXPECT_EQ(closest("RUN", commands), "run");
    EXPECT_EQ(closest("en", commands), "env");
}

TEST(Closest, says_nothing_where_nothing_is_close) {
    EXPECT_EQ(closest("frobnicate", commands), "");
    EXPECT_EQ(closest("", commands), "");
    EXPECT_EQ(closest("r", {}), "");
    EXPECT_EQ(closest(std::string(100'000, 'e'), commands), "");
}

TEST(Closest, takes_the_first_of_several) {
    EXPECT_EQ(closest("--osv-ur", {"--osv-url", "--osv-uri"}), "--osv-url");
}

}  // namespace
}  // namespace apilab
