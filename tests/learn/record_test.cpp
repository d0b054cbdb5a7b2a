#include "learn/record.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "folder.hpp"

namespace apilab::cli {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::Pair;

class Record : public testing::Test {
protected:
    void SetUp() override {
        put("src/exercises/day01_core.cpp", R"(// Day 1: x
int main() { return exercise::run({.scenario = "day01-core"}); }
)");
        put("src/exercises/starters/day01_core.cpp", "// yours\n");
        put("my/day01_core.cpp", "// mine\n");
        put("scenarios/day01-core.toml", "# s\n");
        lesson = find_lessons(folder.path()).at(0);
    }
    void put(std::string_view name, std::string_view text) const {
        fs::create_directories((folder.path() / name).parent_path());
        std::ofstream(folder.path() / name) << text;
    }
    [[nodiscard]] LessonRecord record() const { return read_record(folder.path(), lesson); }
    void keep(const std::string& runs, std::string_view source = "// mine\n") const {
        const auto kept =
            keep_run(folder.path(), lesson, R"({"version":1,"runs":[)" + runs + "]}", source);
        ASSERT_TRUE(kept.has_value()) << kept.error().message();
    }
    static std::string run(int seed, std::string_view status, std::string_view checks) {
        return R"({"seed":)" + std::to_string(seed) + R"(,"status":")" + std::string(status) +
               R"(","scenario":"day01-core","checks":[)" + std::string(checks) + "]}";
    }
    Folder folder;
    Lesson lesson;
};

constexpr const char* red =
    R"({"id":"A-1","status":"fail","decides":true,"message":"m","rows":[3,4]})";
constexpr const char* green = R"({"id":"A-1","status":"pass","decides":true})";
constexpr const char* open = R"({"id":"A-1","status":"unknown","decides":true})";

TEST_F(Record, a_lesson_knows_the_scenario_that_its_program_names) {
    EXPECT_EQ(lesson.scenario, "day01-core");
}

TEST_F(Record, the_worst_seed_counts) {
    for (const auto& [first, second] : {std::pair(green, red), std::pair(red, green)}) {
        keep(run(7, "pass", first) + "," + run(8, "fail", second));
        EXPECT_EQ(record().verdict, "fail");
        EXPECT_THAT(record().checks, ElementsAre(Pair("A-1", "fail")));
    }
    keep(run(7, "pass", green) + "," + run(8, "unknown", open));
    EXPECT_EQ(record().verdict, "unknown");
    EXPECT_EQ(record().state, LessonState::failing);
    EXPECT_THAT(record().checks, ElementsAre(Pair("A-1", "unknown")));
    keep(run(7, "pass", green) + "," + run(8, "pass", green));
    EXPECT_EQ(record().state, LessonState::done);
    EXPECT_THAT(record().seeds, ElementsAre(7U, 8U));
}

TEST_F(Record, a_red_check_is_told_once_with_its_seed_and_rows) {
    keep(run(7, "fail", red) + "," + run(8, "fail", red));
    ASSERT_EQ(record().failed.size(), 1U);
    const auto failed = record().failed.front();
    EXPECT_EQ(failed.id, "A-1");
    EXPECT_EQ(failed.sentence, "m");
    EXPECT_EQ(failed.seed, 7U);
    EXPECT_THAT(failed.rows, ElementsAre(3U, 4U));
}

TEST_F(Record, what_does_not_decide_is_not_counted) {
    keep(run(7, "pass", R"({"id":"B-1","status":"fail","decides":false,"message":"m"})"));
    EXPECT_TRUE(record().failed.empty());
    EXPECT_TRUE(record().checks.empty());
    EXPECT_EQ(record().state, LessonState::done);
}

TEST_F(Record, a_run_of_nothing_is_no_pass) {
    keep("");
    EXPECT_EQ(record().verdict, "unknown");
    EXPECT_EQ(record().state, LessonState::failing);
}

TEST_F(Record, a_refusal_outweighs_what_was_there_before) {
    keep(run(7, "pass", green));
    EXPECT_EQ(record().state, LessonState::done);
    ASSERT_TRUE(keep_refusal(folder.path(), lesson, "it \"ran\" nothing", "// mine\n").has_value());
    EXPECT_EQ(record().state, LessonState::failing);
    EXPECT_EQ(record().verdict, "unknown");
    EXPECT_EQ(record().refused, "it \"ran\" nothing");
}

TEST_F(Record, what_was_saved_while_it_was_judged_is_not_what_was_judged) {
    keep(run(7, "pass", green), "// as it was when it was built\n");
    EXPECT_EQ(record().state, LessonState::stale);
}

TEST_F(Record, what_another_scenario_was_judged_by_is_no_verdict_any_more) {
    keep(run(7, "pass", green));
    put("scenarios/day01-core.toml", "# harder\n");
    EXPECT_EQ(record().state, LessonState::stale);
}

TEST_F(Record, a_run_of_more_than_a_mebibyte_is_not_kept) {
    keep(run(7, "pass", green));
    const auto huge = R"({"runs":[],"more":")" + std::string(std::size_t{1} << 20U, 'x') + "\"}";
    const auto kept = keep_run(folder.path(), lesson, huge, "// mine\n");
    ASSERT_FALSE(kept.has_value());
    EXPECT_EQ(kept.error().kind(), ErrorKind::too_large);
    EXPECT_EQ(record().state, LessonState::done) << "what was there stays";
}

TEST(Changes, are_the_checks_whose_colour_is_another_one) {
    const LessonRecord before{
        .checks = {{"A", "fail"}, {"B", "pass"}, {"C", "fail"}, {"D", "fail"}}};
    const LessonRecord after{
        .checks = {{"A", "pass"}, {"B", "fail"}, {"C", "fail"}, {"D", "unknown"}, {"E", "fail"}}};
    const auto changes = changes_between(before, after);
    EXPECT_THAT(changes.turned_green, ElementsAre("A"));
    EXPECT_THAT(changes.turned_red, ElementsAre("B", "E"));
}

TEST(Changes, since_nothing_are_none) {
    const auto changes = changes_between({}, {.checks = {{"A", "fail"}, {"B", "pass"}}});
    EXPECT_TRUE(changes.turned_green.empty());
    EXPECT_TRUE(changes.turned_red.empty());
}

}  // namespace
}  // namespace apilab::cli
