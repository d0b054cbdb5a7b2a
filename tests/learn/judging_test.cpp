// What a program of the path is asked for.
#include "learn/judging.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "apilab/sandbox/judge/check.hpp"
#include "apilab/sandbox/scenario.hpp"

namespace apilab::cli {
namespace {

Lesson of_day_one() {
    Lesson lesson;
    lesson.name = "day01_retries";
    lesson.scenario = "day01-retries";
    return lesson;
}

TEST(Asked, each_run_has_seeds_and_a_key_that_no_other_had) {
    std::set<std::uint64_t> seeds;
    std::set<std::string> keys;
    for (int i = 0; i < 8; ++i) {
        const auto asked = what_to_ask(of_day_one()).value();
        seeds.insert(asked.seed);
        keys.emplace(asked.key.reveal());
        EXPECT_EQ(asked.key.reveal().size(), 64U);
        EXPECT_EQ(asked.runs, 2);
    }
    EXPECT_EQ(seeds.size(), 8U);
    EXPECT_EQ(keys.size(), 8U);
}

TEST(Asked, every_check_of_the_scenario_has_to_be_answered) {
    Lesson lesson;
    lesson.name = "day01_retry_classify";
    lesson.scenario = "day01-classify";
    const auto asked = what_to_ask(lesson).value();
    EXPECT_EQ(asked.exercise, "day01_retry_classify");
    EXPECT_EQ(asked.scenario, "day01-classify");
    std::vector<std::string> wanted;
    for (const auto& check : sandbox::built_in_scenario("day01-classify").value().checks) {
        wanted.push_back(check.id);
    }
    ASSERT_FALSE(wanted.empty());
    EXPECT_EQ(asked.checks, wanted);
}

TEST(Asked, where_the_scenario_names_no_check_it_is_all_of_them) {
    const auto asked = what_to_ask(of_day_one()).value();
    ASSERT_TRUE(sandbox::built_in_scenario("day01-retries").value().checks.empty());
    EXPECT_EQ(asked.checks.size(), sandbox::all_checks().size());
    EXPECT_THAT(asked.checks, testing::Contains("RL-01"));
}

TEST(Asked, a_scenario_that_there_is_not_is_an_error) {
    auto lesson = of_day_one();
    lesson.scenario = "no-such";
    EXPECT_FALSE(what_to_ask(lesson).has_value());
}

}  // namespace
}  // namespace apilab::cli
