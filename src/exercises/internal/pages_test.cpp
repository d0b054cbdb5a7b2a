#include "internal/pages.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace exercise::internal {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view page = "before\n<!-- runs a -->\nold\n<!-- end -->\nafter\n";

TEST(PageRegion, is_replaced_and_all_else_stays) {
    const auto with = with_region(std::string(page), "runs a", "new\n");
    ASSERT_TRUE(with);
    EXPECT_EQ(*with, "before\n<!-- runs a -->\nnew\n<!-- end -->\nafter\n");
    EXPECT_EQ(region(*with, "runs a"), "new\n");
}

TEST(PageRegion, that_is_not_there_or_has_no_end_is_an_error_that_names_it) {
    const auto none = with_region(std::string(page), "runs b", "new\n");
    ASSERT_FALSE(none);
    EXPECT_THAT(none.error().message(), HasSubstr("runs b"));
    EXPECT_FALSE(with_region("<!-- runs a -->\nold\n", "runs a", "new\n"));
}

TEST(ProgramText, is_read_from_the_comment_whose_lines_are_joined) {
    const auto text = program_text(
        "// Day 1: a title\n//\n// Situation  It fails\n//            twice.\n// Shows      A "
        "loop.\n"
        "// Run        ./lab learn a --compare      (the report: above)\n"
        "// Break      --break=b\n\n// Situation  not this\nint main() {}\n");
    ASSERT_TRUE(text);
    EXPECT_EQ(*text,
              "**Situation.** It fails twice.\n\n**Look.** A loop.\n\n"
              "**Run.** `./lab learn a --compare` (the report: above)\n");
}

TEST(ProgramText, without_one_of_its_lines_is_an_error_that_names_it) {
    const auto text = program_text("// Situation  It fails.\n// Shows      A loop.\n");
    ASSERT_FALSE(text);
    EXPECT_THAT(text.error().message(), HasSubstr("`Run`"));
}

std::string matrix(std::string_view real_time) {
    return R"({"exercise":"a","deadline":"20 s","real_time":)" + std::string(real_time) +
           R"(,"sins":[{"name":"b","effect":"asks again","check":"RTY-03"}],"rows":[
        {"way":"production","seed":1,"status":"pass","took":"2 s","cells":[["requests","15"]],
         "checks":[{"id":"RTY-03","kind":"must","title":"asks once","status":"pass","message":"m"}]},
        {"way":"naive","seed":1,"status":"fail","took":"1 s","cells":[["requests","70"]],
         "checks":[{"id":"BKO-01","kind":"must","title":"waits","status":"fail","message":"m"}]},
        {"way":"calm","seed":1,"status":"unknown","took":"1 s","cells":[],"checks":[]},
        {"way":"--break=b","seed":1,"status":"fail","took":"1 s","cells":[],"checks":[
         {"id":"BKO-01","kind":"must","title":"waits","status":"fail","message":"no wait"},
         {"id":"RTY-03","kind":"must","title":"asks once","status":"fail","message":"asked 9 times"}]},
        {"way":"production","seed":2,"status":"fail","took":"9 s","cells":[["requests","99"]],
         "checks":[]}]})";
}

TEST(RunsText, has_the_numbers_of_the_first_seed_what_a_break_turns_red_and_what_is_asked) {
    const auto document = apilab::http::JsonDocument::parse(matrix("false"));
    const auto text = numbers_text(document->root()) + breaks_text(document->root());
    EXPECT_THAT(text, HasSubstr("| | requests | took | verdict |\n"));
    EXPECT_THAT(text, HasSubstr("| naive | 70 | 1 s | fail |\n| production | 15 | 2 s | pass |\n"));
    EXPECT_THAT(text,
                HasSubstr("| `--break=b` | asks again | RTY-03: asked 9 times; and BKO-01 |"));
    EXPECT_THAT(text, HasSubstr("- RTY-03 (must): asks once\n- BKO-01 (must): waits\n"));
    EXPECT_THAT(text, Not(HasSubstr("99")));
}

TEST(RunsText, of_real_time_has_nothing_that_varies) {
    const auto document = apilab::http::JsonDocument::parse(matrix("true"));
    const auto text = numbers_text(document->root()) + breaks_text(document->root());
    EXPECT_THAT(text, HasSubstr("| naive | fail |\n| production | pass |\n"));
    EXPECT_THAT(text, HasSubstr("RTY-03: does not hold: asks once |"));
    EXPECT_THAT(text, Not(HasSubstr("asked 9 times")));
}

TEST(MatrixRow, says_how_each_way_was_judged) {
    const auto document = apilab::http::JsonDocument::parse(matrix("false"));
    EXPECT_EQ(matrix_row(document->root()),
              "| `a` | pass | - | fail: BKO-01 | unknown | `b` BKO-01, RTY-03 |\n");
}

TEST(Path, is_what_the_table_of_days_names_in_its_order) {
    EXPECT_THAT(path_in("| 1 | asks `x` | `day01_b`, `day01_a` | ready |\n"
                        "`day09_not_in_the_table`\n| 10 | y | `day10_c` |"),
                ElementsAre("day01_b", "day01_a", "day10_c"));
}

TEST(ChecklistText, has_the_items_of_one_day) {
    EXPECT_EQ(
        checklist_text(
            {{.id = "A01", .item = "Who", .day = 2}, {.id = "A02", .item = "What", .day = 3}}, 3),
        "- A02: What\n");
}

}  // namespace
}  // namespace exercise::internal
