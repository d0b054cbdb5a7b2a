// Which programs there are, and which one a word means.
#include "learn/course.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "folder.hpp"

namespace apilab::cli {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

class Lessons : public testing::Test {
protected:
    void SetUp() override {
        for (const auto* name : {"day01_first_call", "day01_another", "day01_core", "day02_core",
                                 "day15_core", "day1_core", "helper"}) {
            put("src/exercises/" + std::string(name) + ".cpp", "// Day: x\n");
        }
        put("src/exercises/day01_core.hpp", "");
        put("src/exercises/starters/day01_core.cpp", "// yours\n");
        put("src/exercises/starters/day02_core.cpp", "// yours\n");
    }
    void put(const std::string& name, std::string_view text) const {
        fs::create_directories((folder.path() / name).parent_path());
        std::ofstream(folder.path() / name) << text;
    }
    [[nodiscard]] std::vector<Lesson> all() const { return find_lessons(folder.path()); }
    [[nodiscard]] std::string picked(std::string_view word) const {
        const auto lesson = pick_lesson(all(), word);
        return lesson ? lesson->name : lesson.error().remedy();
    }
    Folder folder;
};

TEST_F(Lessons, are_the_programs_of_fourteen_days_those_to_be_written_first) {
    std::vector<std::string> names;
    for (const auto& lesson : all()) {
        names.push_back(lesson.name);
    }
    EXPECT_THAT(names,
                ElementsAre("day01_first_call", "day01_core", "day01_another", "day02_core"));
}

TEST_F(Lessons, a_day_means_the_program_that_is_to_be_written) {
    EXPECT_EQ(picked("1"), "day01_core");
    EXPECT_EQ(picked("day01"), "day01_core");
    EXPECT_EQ(picked("02"), "day02_core");
    EXPECT_EQ(picked("first"), "day01_first_call");
}

TEST_F(Lessons, a_word_that_two_may_mean_means_neither) {
    EXPECT_THAT(picked("core"), HasSubstr("day01_core or day02_core? "));
    EXPECT_THAT(picked(""), HasSubstr("a day is 1 to 14"));
}

class HintFile : public Lessons {
protected:
    [[nodiscard]] Result<Hints> hints(std::string_view text) const {
        put("src/exercises/hints/day01_core.toml", text);
        return read_hints(all().at(1));
    }
};

TEST_F(HintFile, goes_from_the_symptom_to_the_shape_of_the_solution) {
    const auto read = hints(
        "shape = \"three\"\nsymptom = \"one\"\nmechanism = \"two\"\n[checks]\nRL-01 = \"early\"\n");
    ASSERT_TRUE(read.has_value()) << read.error().message();
    EXPECT_THAT(read->steps, ElementsAre("one", "two", "three"));
    EXPECT_THAT(read->checks, ElementsAre(testing::Pair("RL-01", "early")));
}

TEST_F(HintFile, in_which_a_step_is_missing_or_empty_is_an_error_that_names_it) {
    for (const auto* text : {"symptom = \"one\"\nshape = \"three\"\n",
                             "symptom = \"one\"\nmechanism = \"\"\nshape = \"three\"\n"}) {
        const auto read = hints(text);
        ASSERT_FALSE(read.has_value()) << text;
        EXPECT_THAT(read.error().message(), HasSubstr("/mechanism is missing"));
    }
    EXPECT_FALSE(hints("symptom = ").has_value());
}

}  // namespace
}  // namespace apilab::cli
