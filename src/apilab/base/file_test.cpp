#include "apilab/base/file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>

#include "apilab/base/temporary_folder.hpp"

namespace apilab {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class File : public testing::Test {
protected:
    [[nodiscard]] fs::path at(std::string_view name) const { return directory_ / name; }
    void put(const fs::path& path, std::string_view content) const {
        std::ofstream(path, std::ios::binary) << content;
    }
    [[nodiscard]] std::size_t entries() const {
        return static_cast<std::size_t>(
            std::distance(fs::directory_iterator(directory_), fs::directory_iterator()));
    }

    TemporaryFolder folder_ = TemporaryFolder::make("apilab-file-").value();
    fs::path directory_ = folder_.path();
};

TEST_F(File, is_read_byte_for_byte) {
    const std::string content("a\0b\r\n\xFF", 6);
    put(at("x"), content);
    EXPECT_EQ(read_file(at("x"), 100).value(), content);
    put(at("empty"), "");
    EXPECT_EQ(read_file(at("empty"), 0).value(), "");
}

TEST_F(File, is_read_through_a_link) {
    put(at("x"), "content");
    fs::create_symlink(at("x"), at("link"));
    EXPECT_EQ(read_file(at("link"), 100).value(), "content");
}

TEST_F(File, without_a_size_is_read_to_its_end) {
    // The kernel says 0 bytes for these, and means "ask me".
    if (!fs::exists("/proc/self/status")) {
        GTEST_SKIP() << "no /proc here";
    }
    const auto status = read_file("/proc/self/status", 1 << 20);
    ASSERT_TRUE(status.has_value()) << status.error().to_string();
    EXPECT_THAT(*status, HasSubstr("Pid:"));
    const auto capped = read_file("/proc/self/status", 10);
    ASSERT_FALSE(capped.has_value());
    EXPECT_EQ(capped.error().kind(), ErrorKind::too_large);
}

TEST_F(File, that_is_missing_is_the_callers_mistake) {
    for (const auto& path : {at("missing"), at("no/such/directory"), fs::path()}) {
        const auto content = read_file(path, 100);
        ASSERT_FALSE(content.has_value());
        EXPECT_EQ(content.error().kind(), ErrorKind::invalid_argument);
        EXPECT_THAT(content.error().to_string(), HasSubstr(path.string() + ": no such file"));
        EXPECT_EQ(content.error().remedy(), "check the path");
    }
    put(at("x"), "");
    EXPECT_THAT(read_file(at("x") / "below-a-file", 100).error().message(),
                HasSubstr("no such file"));
    fs::create_symlink(at("nowhere"), at("dangling"));
    EXPECT_THAT(read_file(at("dangling"), 100).error().message(), HasSubstr("no such file"));
}

TEST_F(File, that_is_a_directory_or_a_pipe_is_no_file) {
    ASSERT_EQ(::mkfifo(at("pipe").c_str(), 0600), 0);
    for (const auto& path : {directory_, at("pipe"), fs::path("/dev/null")}) {
        const auto content = read_file(path, 100);  // and does not hang
        ASSERT_FALSE(content.has_value()) << path;
        EXPECT_EQ(content.error().kind(), ErrorKind::invalid_argument);
        EXPECT_THAT(content.error().message(), HasSubstr(path.string() + ": not a file"));
    }
}

TEST_F(File, that_is_too_large_is_refused_with_both_numbers) {
    put(at("x"), "12345");
    EXPECT_TRUE(read_file(at("x"), 5).has_value());
    const auto content = read_file(at("x"), 4);
    ASSERT_FALSE(content.has_value());
    EXPECT_EQ(content.error().kind(), ErrorKind::too_large);
    EXPECT_THAT(content.error().message(), HasSubstr("5 bytes is more than the limit of 4"));
    EXPECT_THAT(content.error().message(), HasSubstr(at("x").string()));
}

TEST_F(File, that_is_huge_is_refused_before_it_is_read) {
    put(at("x"), "");
    fs::resize_file(at("x"), std::uintmax_t{1} << 40U);  // a hole of a tebibyte
    EXPECT_EQ(read_file(at("x"), 1 << 20).error().kind(), ErrorKind::too_large);
}

TEST_F(File, that_may_not_be_read_is_an_io_error) {
    if (::geteuid() == 0) {
        GTEST_SKIP() << "root may read everything";
    }
    put(at("x"), "content");
    fs::permissions(at("x"), fs::perms::none);
    EXPECT_EQ(read_file(at("x"), 100).error().kind(), ErrorKind::io);
}

TEST_F(File, with_a_name_that_no_system_can_have_is_an_io_error) {
    const auto content = read_file(at(std::string(300, 'x')), 100);
    ASSERT_FALSE(content.has_value());
    EXPECT_EQ(content.error().kind(), ErrorKind::io);
}

TEST_F(File, is_written_with_mode_0600_and_nothing_else_is_left) {
    ASSERT_TRUE(write_file_atomically(at("x"), "content").has_value());
    EXPECT_EQ(read_file(at("x"), 100).value(), "content");
    struct stat status{};
    ASSERT_EQ(::stat(at("x").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777U, 0600U);
    EXPECT_EQ(entries(), 1U);
}

TEST_F(File, written_over_is_a_new_file_and_not_the_old_one_changed) {
    put(at("x"), "old content, which is longer");
    fs::permissions(at("x"), fs::perms(0644));
    std::ifstream reader(at("x"));
    ASSERT_TRUE(write_file_atomically(at("x"), "new").has_value());
    std::string seen;
    std::getline(reader, seen);
    EXPECT_EQ(seen, "old content, which is longer");  // who had it open keeps a whole file
    EXPECT_EQ(read_file(at("x"), 100).value(), "new");
    struct stat status{};
    ASSERT_EQ(::stat(at("x").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777U, 0600U);
}

TEST_F(File, written_where_a_link_was_leaves_its_target_alone) {
    put(at("target"), "untouched");
    fs::create_symlink(at("target"), at("link"));
    ASSERT_TRUE(write_file_atomically(at("link"), "new").has_value());
    EXPECT_EQ(read_file(at("target"), 100).value(), "untouched");
    EXPECT_FALSE(fs::is_symlink(at("link")));
}

TEST_F(File, can_be_written_empty_and_with_a_bare_name) {
    ASSERT_TRUE(write_file_atomically(at("empty"), "").has_value());
    EXPECT_EQ(read_file(at("empty"), 100).value(), "");
    const auto before = fs::current_path();
    fs::current_path(directory_);
    EXPECT_TRUE(write_file_atomically("bare", "x").has_value());
    fs::current_path(before);
    EXPECT_EQ(read_file(at("bare"), 100).value(), "x");
}

TEST_F(File, in_a_missing_directory_cannot_be_written) {
    const auto written = write_file_atomically(at("missing/x"), "content");
    ASSERT_FALSE(written.has_value());
    EXPECT_EQ(written.error().kind(), ErrorKind::io);
    EXPECT_THAT(written.error().to_string(), HasSubstr(at("missing/x").string()));
    EXPECT_EQ(entries(), 0U);
}

TEST_F(File, that_cannot_be_renamed_leaves_no_temporary_file) {
    fs::create_directory(at("x"));
    put(at("x") / "inside", "");
    const auto written = write_file_atomically(at("x"), "content");
    ASSERT_FALSE(written.has_value());
    EXPECT_EQ(written.error().kind(), ErrorKind::io);
    EXPECT_THAT(written.error().to_string(), HasSubstr("cannot rename"));
    EXPECT_EQ(entries(), 1U);
}

TEST_F(File, that_does_not_fit_leaves_the_old_one_and_no_temporary_file) {
    put(at("x"), "old");
    struct rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
    const auto handler = std::signal(SIGXFSZ, SIG_IGN);
    const struct rlimit tight = {4096, before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &tight), 0);
    const auto written = write_file_atomically(at("x"), std::string(100'000, 'x'));
    ::setrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, handler);
    ASSERT_FALSE(written.has_value());
    EXPECT_EQ(written.error().kind(), ErrorKind::io);
    EXPECT_THAT(written.error().to_string(), HasSubstr("cannot write"));
    EXPECT_EQ(read_file(at("x"), 100).value(), "old");
    EXPECT_EQ(entries(), 1U);
}

}  // namespace
}  // namespace apilab
