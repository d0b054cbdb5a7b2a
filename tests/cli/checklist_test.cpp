#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "program.hpp"

namespace apilab::cli_test {
namespace {

using testing::HasSubstr;

TEST(Checklist, has_a_hundred_items_in_eleven_groups) {
    const auto list = apilab({"checklist", "list"});
    EXPECT_EQ(list.code, 0) << list.err;
    EXPECT_EQ(std::ranges::count(list.out, '\n'), 101) << "a heading and a line each";
    EXPECT_EQ(apilab({"checklist", "list", "--group", "L"}).out.find("L0"), std::string::npos);
    const auto day = apilab({"checklist", "list", "--day", "13"});
    EXPECT_THAT(day.out, HasSubstr("K05"));
    EXPECT_EQ(day.out.find("A01"), std::string::npos);
}

TEST(Checklist, shows_one_item_with_how_it_is_seen_and_where_it_is_learned) {
    const auto show = apilab({"checklist", "show", "H01"});
    EXPECT_EQ(show.code, 0) << show.err;
    EXPECT_THAT(show.out, HasSubstr("constant time"));
    EXPECT_THAT(show.out, HasSubstr("seen by    wire"));
    EXPECT_THAT(show.out, HasSubstr("./lab learn show 6"));
    EXPECT_THAT(apilab({"checklist", "show", "H01", "--json"}).out, HasSubstr(R"("id":"H01")"));
    const auto unknown = apilab({"checklist", "show", "Z99"});
    EXPECT_EQ(unknown.code, 2);
    EXPECT_THAT(unknown.err, HasSubstr("A01 to K08"));
}

TEST(Checklist, the_page_in_docs_is_the_one_that_is_made_from_it) {
    EXPECT_EQ(apilab({"checklist", "list", "--markdown"}).out,
              read_text(std::filesystem::path(APILAB_SOURCE_DIR) / "docs/integration-checklist.md"))
        << "make it anew: apilab checklist list --markdown > docs/integration-checklist.md";
}

TEST(ChecklistRun, without_a_manifest_names_the_command_that_writes_one) {
    const TempDir dir;
    const auto run = apilab({"checklist", "run", "--against", dir.path().string()});
    EXPECT_EQ(run.code, 2);
    EXPECT_THAT(run.err, HasSubstr("integrations.toml is not there"));
    EXPECT_THAT(run.err, HasSubstr("apilab checklist init"));
    const auto here = apilab({"checklist", "run"}, {}, dir.path());
    EXPECT_EQ(here.code, 2) << "the current folder where no other is named";
    EXPECT_THAT(here.err, HasSubstr("integrations.toml is not there"));
}

TEST(ChecklistRun, what_init_writes_can_be_run_and_is_never_replaced) {
    const TempDir dir;
    const auto folder = dir.path().string();
    EXPECT_EQ(apilab({"checklist", "init", folder}).code, 0);
    const auto again = apilab({"checklist", "init", folder});
    EXPECT_EQ(again.code, 2);
    EXPECT_THAT(again.err, HasSubstr("is there already"));
    const auto page = (dir.path() / "checklist.html").string();
    const auto run = apilab({"checklist", "run", "--against", folder, "--item", "C05", "--html",
                             page, "--markdown", (dir.path() / "checklist.md").string()});
    EXPECT_EQ(run.code, 5) << run.err << "nothing is run without a command";
    EXPECT_THAT(run.out, HasSubstr("C. Errors and retries\n  C05  untested"));
    EXPECT_THAT(run.out, HasSubstr("\nof 1 automatic item 0 pass, 0 fail, 1 was not tested;"));
    EXPECT_THAT(read_text(page), HasSubstr("<tr id=\"C05\">"));
    EXPECT_THAT(read_text(dir.path() / "checklist.md"), HasSubstr("| C05 | untested |"));
}

TEST(ChecklistRun, a_place_where_no_report_can_be_is_told_before_anything_is_run) {
    const TempDir dir;
    (void)dir.write("integrations.toml", "name = \"x\"\n");
    const auto run = apilab({"checklist", "run", "--against", dir.path().string(), "--html",
                             (dir.path() / "no/such/folder/page.html").string()});
    EXPECT_EQ(run.code, 2);
    EXPECT_THAT(run.err, HasSubstr("--html"));
    EXPECT_FALSE(std::filesystem::exists(dir.path() / ".apilab"));
}

}  // namespace
}  // namespace apilab::cli_test
