#include "apilab/auth/browser.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "apilab/base/file.hpp"
#include "apilab/runtime/real_scheduler.hpp"

namespace apilab::auth {
namespace {

namespace fs = std::filesystem;

class Browser : public ::testing::Test {
protected:
    fs::path folder =
        fs::path(::testing::TempDir()) /
        ("browser_" + std::to_string(::testing::UnitTest::GetInstance()->random_seed()) +
         ::testing::UnitTest::GetInstance()->current_test_info()->name());
    runtime::RealScheduler scheduler;
    http::Url url = *http::Url::parse("https://id.test/a?x=1&y=$(touch%20oops);z='q'");

    void SetUp() override { fs::create_directories(folder); }
    void TearDown() override { fs::remove_all(folder); }

    std::string program(const std::string& name, const std::string& text) {
        const auto file = folder / name;
        std::ofstream(file) << "#!/bin/sh\n" << text << "\n";
        fs::permissions(file, fs::perms::owner_all);
        return file.string();
    }
    std::string written(const std::string& name) {
        return read_file(folder / name, 4096).value_or("");
    }
    bool open(std::vector<std::string> programs) {
        return runtime::run(scheduler, open_browser(scheduler, url, std::move(programs)));
    }
};

TEST_F(Browser, is_given_the_url_and_nothing_else_and_no_shell_reads_it) {
    const auto out = (folder / "out").string();
    const auto good = program("good", "printf '%s %s' $# \"$1\" > '" + out + "'");
    EXPECT_TRUE(open({good}));
    EXPECT_EQ(written("out"), "1 " + url.to_string());
}

TEST_F(Browser, is_the_first_that_is_there_and_works) {
    const auto out = (folder / "out").string();
    EXPECT_TRUE(open({(folder / "missing").string(), program("bad", "exit 3"),
                      program("good", "echo good >> '" + out + "'"),
                      program("late", "echo late >> '" + out + "'")}));
    EXPECT_EQ(written("out"), "good\n");
}

TEST_F(Browser, is_missed_where_there_is_none) {
    EXPECT_FALSE(open({"apilab-there-is-no-such-browser", program("bad", "exit 1")}));
    EXPECT_FALSE(open({}));
}

TEST_F(Browser, inherits_no_file_and_no_socket_of_ours) {
    const auto out = (folder / "out").string();
    const std::ifstream ours("/dev/null");
    EXPECT_TRUE(open({program("list", "exec ls /proc/self/fd > '" + out + "'")}));
    // 0 to 2, and the folder that `ls` reads.
    EXPECT_EQ(written("out"), "0\n1\n2\n3\n");
}

}  // namespace
}  // namespace apilab::auth
