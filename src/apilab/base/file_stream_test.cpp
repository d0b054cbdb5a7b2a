#include "apilab/base/file_stream.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <utility>

#include "apilab/base/file.hpp"

namespace apilab {
namespace {

class FileStream : public testing::Test {
protected:
    void SetUp() override {
        folder_ = std::filesystem::path(testing::TempDir()) /
                  (std::string("apilab-file-stream-") +
                   testing::UnitTest::GetInstance()->current_test_info()->name());
        std::filesystem::remove_all(folder_);
        std::filesystem::create_directory(folder_);
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }
    [[nodiscard]] std::size_t files() const {
        const std::filesystem::directory_iterator entries(folder_);
        return static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
    }

    std::filesystem::path folder_;
};

TEST_F(FileStream, a_file_is_read_in_pieces_and_again_from_the_start) {
    ASSERT_TRUE(write_file_atomically(folder_ / "a", "12345"));
    auto reader = FileReader::open(folder_ / "a");
    ASSERT_TRUE(reader);
    EXPECT_EQ(reader->size(), 5U);
    for (int round = 0; round < 2; ++round) {
        EXPECT_EQ(reader->read(2), "12");
        EXPECT_EQ(reader->read(2), "34");
        EXPECT_EQ(reader->read(2), "5");
        EXPECT_EQ(reader->read(2), "");
        EXPECT_TRUE(reader->rewind());
    }
}

TEST_F(FileStream, what_is_no_file_is_refused_by_name) {
    for (const auto& path : {folder_ / "missing", folder_}) {
        const auto reader = FileReader::open(path);
        ASSERT_FALSE(reader);
        EXPECT_EQ(reader.error().kind(), ErrorKind::invalid_argument);
        EXPECT_TRUE(reader.error().message().starts_with(path.string()));
    }
}

TEST_F(FileStream, the_target_is_the_old_file_until_the_commit) {
    const auto path = folder_ / "a";
    ASSERT_TRUE(write_file_atomically(path, "old"));
    auto file = AtomicFile::create(path);
    ASSERT_TRUE(file);
    EXPECT_TRUE(file->write("ne"));
    EXPECT_TRUE(file->write("w"));
    EXPECT_EQ(read_file(path, 100), "old");
    EXPECT_TRUE(file->commit());
    EXPECT_EQ(read_file(path, 100), "new");
    EXPECT_EQ(files(), 1U);
}

TEST_F(FileStream, what_is_not_committed_leaves_nothing_behind) {
    {
        auto file = AtomicFile::create(folder_ / "a");
        ASSERT_TRUE(file && file->write("half"));
        AtomicFile moved = *std::move(file);
        EXPECT_EQ(files(), 1U);
    }
    EXPECT_EQ(files(), 0U);
}

TEST_F(FileStream, over_a_pipe_or_a_device_leaves_it_there) {
    const auto pipe = folder_ / "pipe";
    ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
    std::filesystem::create_symlink(pipe, folder_ / "link");
    const int reader = ::open(pipe.c_str(), O_RDWR);
    ASSERT_GE(reader, 0);
    for (const auto& path : {pipe, folder_ / "link", std::filesystem::path("/dev/null")}) {
        auto file = AtomicFile::create(path);
        ASSERT_TRUE(file) << path;
        ASSERT_TRUE(file->write("x"));
        ASSERT_TRUE(file->commit());
    }
    std::string got(2, ' ');
    EXPECT_EQ(::read(reader, got.data(), got.size()), 2);
    EXPECT_EQ(got, "xx");
    ::close(reader);
    EXPECT_TRUE(std::filesystem::is_fifo(pipe));
    EXPECT_TRUE(std::filesystem::is_symlink(folder_ / "link"));
    EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
}

TEST_F(FileStream, a_folder_that_is_missing_is_told) {
    const auto file = AtomicFile::create(folder_ / "no" / "a");
    ASSERT_FALSE(file);
    EXPECT_EQ(file.error().kind(), ErrorKind::io);
}

}  // namespace
}  // namespace apilab
