// The hints of the shipped programs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <sstream>

#include "apilab/sandbox/judge/check.hpp"
#include "learn/course.hpp"

namespace apilab::cli {
namespace {

std::string text_of(const std::filesystem::path& file) {
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::string squeezed(std::string_view text) {
    std::string words;
    for (const char c : text) {
        if (c != ' ' && c != '\n' && c != '\t') {
            words += c;
        }
    }
    return words;
}

std::vector<Lesson> core_lessons() {
    auto lessons = find_lessons(APILAB_SOURCE_DIR);
    std::erase_if(lessons, [](const Lesson& lesson) { return !lesson.has_starter(); });
    return lessons;
}

// Statements of the solution that the starter does not have.
std::vector<std::string> own_lines(const Lesson& lesson) {
    const auto given = squeezed(text_of(lesson.starter));
    std::vector<std::string> lines;
    std::istringstream in(text_of(lesson.program));
    for (std::string line; std::getline(in, line) && !line.starts_with("int main");) {
        const auto statement = squeezed(line.substr(0, line.find("//")));
        if (statement.size() >= 20 && statement.ends_with(';') &&
            given.find(statement) == std::string::npos) {
            lines.push_back(statement);
        }
    }
    return lines;
}

// The checks that its own --break can turn red.
std::set<std::string> own_checks(const Lesson& lesson) {
    static const std::regex id("\", \"([A-Z]{2,3}-[0-9]{2})\"\\}");
    const auto program = text_of(lesson.program);
    const auto begin = program.find(".sins = ");
    const auto text = program.substr(begin, program.find(".production", begin) - begin);
    std::set<std::string> checks;
    for (std::sregex_iterator at(text.begin(), text.end(), id); at != std::sregex_iterator();
         ++at) {
        checks.insert((*at)[1]);
    }
    return checks;
}

TEST(Hints, of_each_core_program_are_three_different_ones) {
    const auto lessons = core_lessons();
    EXPECT_EQ(lessons.size(), 14U);
    for (const auto& lesson : lessons) {
        const auto hints = read_hints(lesson);
        ASSERT_TRUE(hints.has_value()) << hints.error().message();
        std::set<std::string> different;
        for (const auto& step : hints->steps) {
            EXPECT_GT(step.size(), 80U) << lesson.name << ": " << step;
            different.insert(squeezed(step));
        }
        EXPECT_EQ(different.size(), 3U) << lesson.name;
    }
}

TEST(Hints, know_what_each_check_that_the_program_is_about_means) {
    for (const auto& lesson : core_lessons()) {
        const auto hints = read_hints(lesson).value();
        const auto wanted = own_checks(lesson);
        EXPECT_GE(wanted.size(), 2U) << lesson.name;
        for (const auto& id : wanted) {
            EXPECT_TRUE(hints.checks.contains(id)) << lesson.name << ": " << id;
        }
        for (const auto& [id, text] : hints.checks) {
            EXPECT_NE(sandbox::find_check(id), nullptr) << lesson.name << ": " << id;
            EXPECT_GT(text.size(), 40U) << lesson.name << ": " << id;
        }
    }
}

TEST(Hints, give_no_line_of_the_solution_away) {
    for (const auto& lesson : core_lessons()) {
        const auto hints = read_hints(lesson).value();
        std::string all;
        for (const auto& step : hints.steps) {
            all += squeezed(step);
        }
        for (const auto& [id, text] : hints.checks) {
            all += squeezed(text);
        }
        const auto lines = own_lines(lesson);
        EXPECT_GE(lines.size(), 3U) << lesson.name;
        for (const auto& line : lines) {
            EXPECT_EQ(all.find(line.substr(0, line.size() - 1)), std::string::npos)
                << lesson.name << ": " << line;
        }
    }
}

}  // namespace
}  // namespace apilab::cli
