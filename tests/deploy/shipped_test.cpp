// deploy/ of this repository keeps our own rules.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "deploy/rules.hpp"

namespace apilab::cli::deploy {
namespace {

TEST(ShippedDeployment, has_no_finding) {
    const auto project = read_project(APILAB_SOURCE_DIR);
    ASSERT_TRUE(project);
    ASSERT_TRUE(project->docker && project->fly && project->railway);
    ASSERT_EQ(project->units.size(), 1U);
    // 4 s for what is under way, and a moment for the rest.
    for (const auto& finding : check_project(*project, {.grace = std::chrono::seconds(5)})) {
        ADD_FAILURE() << finding.file << ':' << finding.line << ' ' << finding.rule->id << ' '
                      << finding.what;
    }
}

TEST(ShippedDeployment, is_found_in_the_folder_and_in_its_deploy) {
    const auto project = read_project(std::filesystem::path(APILAB_SOURCE_DIR) / "deploy");
    ASSERT_TRUE(project);
    EXPECT_TRUE(project->docker);
    EXPECT_FALSE(project->dockerignore) << "that is the root's";
    EXPECT_FALSE(read_project("/nowhere"));
}

TEST(ShippedDeployment, packages_lists_are_named_once) {
    // The image's build stage takes them from ./lab, so that a new one is there at once.
    std::ifstream file(std::filesystem::path(APILAB_SOURCE_DIR) / "deploy/Dockerfile");
    std::ostringstream text;
    text << file.rdbuf();
    EXPECT_NE(text.str().find("./lab setup build"), std::string::npos);
    EXPECT_EQ(text.str().find("libboost"), std::string::npos);
}

}  // namespace
}  // namespace apilab::cli::deploy
