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

}  // namespace
}  // namespace apilab::cli_test
