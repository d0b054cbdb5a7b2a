#include "apilab/radar/find_input.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace apilab::radar {
namespace {

namespace fs = std::filesystem;

/// A folder of its own, gone with the test.
class FindInput : public testing::Test {
protected:
    void SetUp() override {
        folder_ = fs::path(testing::TempDir()) /
                  ("apilab_find_input_" +
                   std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
        fs::remove_all(folder_);
        fs::create_directories(folder_);
    }
    void TearDown() override { fs::remove_all(folder_); }

    void write(const std::string& name, const std::string& text) const {
        std::ofstream(folder_ / name) << text;
    }
    fs::path folder_;
};

TEST_F(FindInput, a_folder_means_its_lockfile_and_else_its_package_json) {
    write("package.json", R"({"name":"x","dependencies":{"a":"1.0.0"}})");
    EXPECT_EQ(read_input(folder_).value().file, folder_ / "package.json");
    write("package-lock.json", R"({"lockfileVersion":1,"dependencies":{"a":{"version":"1.0.0"}}})");
    const RadarInput input = read_input(folder_).value();
    EXPECT_EQ(input.file, folder_ / "package-lock.json");
    EXPECT_TRUE(input.dependencies.notes.empty()) << "the package.json beside was not read";
    write("npm-shrinkwrap.json", R"({"lockfileVersion":3,"packages":{}})");
    EXPECT_EQ(read_input(folder_).value().file, folder_ / "npm-shrinkwrap.json");
    EXPECT_EQ(read_input(folder_ / "package.json").value().dependencies.kind,
              InputKind::package_json);
}

TEST_F(FindInput, what_is_missing_or_broken_is_named) {
    const auto empty = read_input(folder_);
    ASSERT_FALSE(empty);
    EXPECT_NE(empty.error().to_string().find(folder_.string()), std::string::npos);
    const auto missing = read_input(folder_ / "nowhere");
    ASSERT_FALSE(missing);
    EXPECT_NE(missing.error().to_string().find("does not exist"), std::string::npos);
    write("package-lock.json", R"({"lockfileVersion":9})");
    const auto broken = read_input(folder_);
    ASSERT_FALSE(broken);
    const std::string line = broken.error().to_string();
    EXPECT_NE(line.find("package-lock.json: /lockfileVersion: 9 is no known"), std::string::npos)
        << line;
    const auto large = read_input(folder_, {.size_max = 2});
    ASSERT_FALSE(large);
    EXPECT_EQ(large.error().kind(), ErrorKind::too_large);
}

}  // namespace
}  // namespace apilab::radar
