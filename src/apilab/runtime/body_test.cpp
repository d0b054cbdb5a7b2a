#include "apilab/runtime/body.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "apilab/base/file.hpp"
#include "apilab/runtime/file_body.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"

namespace apilab::runtime {
namespace {

class Body : public testing::Test {
protected:
    void SetUp() override {
        folder_ = std::filesystem::path(testing::TempDir()) /
                  (std::string("apilab-body-") +
                   testing::UnitTest::GetInstance()->current_test_info()->name());
        std::filesystem::remove_all(folder_);
        std::filesystem::create_directory(folder_);
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }
    void expect_twice(BodySource& source, const std::string& text) {
        EXPECT_EQ(source.length(), text.size());
        EXPECT_TRUE(source.replayable());
        for (int round = 0; round < 2; ++round) {
            ASSERT_TRUE(run(scheduler_, source.start()));
            std::string all;
            for (std::string piece = "-"; !piece.empty(); all += piece) {
                piece = run(scheduler_, source.read(3)).value();
                EXPECT_LE(piece.size(), 3U);
            }
            EXPECT_EQ(all, text);
        }
    }
    Result<void> begin(BodySink& sink) { return run(scheduler_, sink.begin(http::Response(200))); }
    Result<void> write(BodySink& sink, std::string bytes) {
        return run(scheduler_, sink.write(std::move(bytes)));
    }

    VirtualScheduler scheduler_;
    std::filesystem::path folder_;
};

TEST_F(Body, a_string_and_a_file_are_read_to_the_end_and_again) {
    StringSource text("12345678");
    expect_twice(text, "12345678");
    ASSERT_TRUE(write_file_atomically(folder_ / "a", "12345678"));
    const auto file = FileSource::open(folder_ / "a");
    ASSERT_TRUE(file);
    expect_twice(**file, "12345678");
    EXPECT_FALSE(FileSource::open(folder_));
}

TEST_F(Body, a_file_appears_when_the_answer_is_complete_and_not_before) {
    const auto path = folder_ / "a";
    {
        FileSink sink(path);
        ASSERT_TRUE(begin(sink) && write(sink, "from an attempt that failed"));
        ASSERT_TRUE(begin(sink) && write(sink, "good"));
        EXPECT_FALSE(std::filesystem::exists(path));
        ASSERT_TRUE(run(scheduler_, sink.finish()));
        EXPECT_EQ(read_file(path, 100), "good");
        ASSERT_TRUE(begin(sink) && write(sink, "cut"));
    }
    EXPECT_EQ(read_file(path, 100), "good");
    const std::filesystem::directory_iterator left(folder_);
    EXPECT_EQ(std::distance(std::filesystem::begin(left), std::filesystem::end(left)), 1);
}

TEST_F(Body, a_file_that_cannot_be_made_is_an_error_at_the_beginning) {
    FileSink sink(folder_ / "no" / "a");
    const auto begun = begin(sink);
    ASSERT_FALSE(begun);
    EXPECT_EQ(begun.error().kind(), ErrorKind::io);
}

TEST_F(Body, a_string_takes_what_its_limit_allows) {
    StringSink sink(3);
    ASSERT_TRUE(begin(sink) && write(sink, "ab") && write(sink, "c"));
    EXPECT_EQ(sink.bytes(), "abc");
    const auto more = write(sink, "d");
    ASSERT_FALSE(more);
    EXPECT_EQ(more.error().kind(), ErrorKind::too_large);
    EXPECT_EQ(more.error().detail(), "sink");
    ASSERT_TRUE(begin(sink));
    EXPECT_EQ(sink.bytes(), "");
    EXPECT_FALSE(sink.complete());
    ASSERT_TRUE(run(scheduler_, sink.finish()));
    EXPECT_TRUE(sink.complete());
}

}  // namespace
}  // namespace apilab::runtime
