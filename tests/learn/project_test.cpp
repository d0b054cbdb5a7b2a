#include "learn/project.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "folder.hpp"

namespace apilab::cli {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

std::string text_of(const fs::path& file) {
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
}

TEST(Project, has_what_a_small_one_needs_under_its_own_name) {
    const auto files = project_of("my-shop").value();
    std::vector<std::string> paths;
    for (const auto& file : files) {
        paths.push_back(file.path);
        EXPECT_THAT(file.text, Not(HasSubstr("@NAME@"))) << file.path;
        EXPECT_FALSE(file.text.empty()) << file.path;
    }
    EXPECT_THAT(paths, testing::UnorderedElementsAre("CMakeLists.txt", "README.md", ".env.example",
                                                     ".gitignore", "src/main.cpp", "src/client.hpp",
                                                     "src/client.cpp"));
    EXPECT_THAT(files.front().text, HasSubstr("project(my-shop "));
}

TEST(Project, is_named_so_that_cmake_and_shells_take_it) {
    for (const auto* name :
         {"a", "my-shop", "Shop_2", "abcdefghijklmnopqrstuvwxyzabcdefghijklmn"}) {
        EXPECT_TRUE(project_of(name).has_value()) << name;
    }
    for (const auto* name :
         {"", "2shop", "-shop", "my shop", "../shop", "a/b", "sh;op", "${x}", "shöp", "test", "all",
          "apilab", "abcdefghijklmnopqrstuvwxyzabcdefghijklmno"}) {
        const auto files = project_of(name);
        ASSERT_FALSE(files.has_value()) << name;
        EXPECT_EQ(files.error().kind(), ErrorKind::invalid_argument);
    }
}

TEST(Project, overwrites_nothing_and_writes_nothing_where_something_is_in_its_way) {
    const Folder folder;
    const auto place = folder.path() / "shop";
    ASSERT_TRUE(write_project(place, project_of("shop").value()).has_value());
    std::ofstream(place / "src/main.cpp") << "mine";
    fs::remove(place / "CMakeLists.txt");
    const auto again = write_project(place, project_of("shop").value());
    ASSERT_FALSE(again.has_value());
    EXPECT_THAT(again.error().message(), HasSubstr("is already there"));
    EXPECT_EQ(text_of(place / "src/main.cpp"), "mine");
    EXPECT_FALSE(fs::exists(place / "CMakeLists.txt"));
    // Neither through a link that leads nowhere yet.
    const auto other = folder.path() / "other";
    fs::create_directories(other);
    fs::create_symlink(folder.path() / "elsewhere", other / "README.md");
    EXPECT_FALSE(write_project(other, project_of("shop").value()).has_value());
    EXPECT_FALSE(fs::exists(folder.path() / "elsewhere"));
}

}  // namespace
}  // namespace apilab::cli
