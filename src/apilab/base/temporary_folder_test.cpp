#include "apilab/base/temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace apilab {
namespace {

namespace fs = std::filesystem;

TEST(TemporaryFolder, is_ones_own_and_goes_with_all_that_is_in_it) {
    fs::path path;
    {
        const auto folder = TemporaryFolder::make("apilab-test-");
        ASSERT_TRUE(folder) << folder.error().to_string();
        path = folder->path();
        EXPECT_TRUE(path.is_absolute());
        EXPECT_THAT(path.filename().string(), testing::StartsWith("apilab-test-"));
        EXPECT_EQ(fs::status(path).permissions(), fs::perms::owner_all);
        fs::create_directories(path / "deep" / "down");
        std::ofstream(path / "deep" / "down" / "file") << "text";
        ASSERT_TRUE(fs::exists(path / "deep" / "down" / "file"));
    }
    EXPECT_FALSE(fs::exists(path));
}

TEST(TemporaryFolder, two_of_a_name_are_two) {
    const auto one = TemporaryFolder::make("apilab-test-");
    const auto other = TemporaryFolder::make("apilab-test-");
    ASSERT_TRUE(one && other);
    EXPECT_NE(one->path(), other->path());
}

TEST(TemporaryFolder, what_was_moved_from_removes_nothing) {
    auto first = TemporaryFolder::make("apilab-test-");
    ASSERT_TRUE(first);
    const auto path = first->path();
    {
        const TemporaryFolder second = *std::move(first);
        EXPECT_EQ(second.path(), path);
        first = fail(ErrorKind::io, "gone");
        EXPECT_TRUE(fs::exists(path));
    }
    EXPECT_FALSE(fs::exists(path));
}

TEST(TemporaryFolder, says_where_it_could_not_be_made_and_why) {
    const auto none = TemporaryFolder::make_in("/nowhere/at/all", "apilab-");
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().kind(), ErrorKind::io);
    EXPECT_THAT(none.error().to_string(),
                testing::AllOf(testing::HasSubstr("/nowhere/at/all/apilab-"),
                               testing::HasSubstr("No such file or directory")));
}

}  // namespace
}  // namespace apilab
