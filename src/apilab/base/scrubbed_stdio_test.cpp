#include "apilab/base/scrubbed_stdio.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <iostream>

#include "apilab/base/file.hpp"

namespace apilab {
namespace {

// A file in the place of a descriptor while it lives.
class Caught {
public:
    explicit Caught(int number)
        : number_(number), file_(testing::TempDir() + "scrubbed_stdio_" + std::to_string(number)) {
        std::fflush(stdout);
        kept_ = ::dup(number);
        const int file = ::open(file_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
        ::dup2(file, number);
        ::close(file);
    }
    Caught(const Caught&) = delete;
    Caught& operator=(const Caught&) = delete;
    ~Caught() { restore(); }
    std::string text() {
        restore();
        return read_file(file_, 10'000).value_or("cannot be read");
    }

private:
    void restore() {
        if (kept_ >= 0) {
            ::dup2(kept_, number_);
            ::close(std::exchange(kept_, -1));
        }
    }
    int number_;
    std::string file_;
    int kept_ = -1;
};

TEST(ScrubbedStdio, nothing_that_is_printed_shows_a_value) {
    Scrubber scrubber;
    scrubber.add(Secret("hunter2"));
    Caught out(STDOUT_FILENO);
    Caught err(STDERR_FILENO);
    {
        const ScrubbedStdio scrubbed(scrubber);
        std::printf("printf hun");
        std::fflush(stdout);
        std::printf("ter2\n");
        std::cout << "cout hunter2\n" << std::flush;
        std::fprintf(stderr, "fprintf hunter2\n");
        std::cerr << "cerr hunter2" << '\n';
        std::perror("hunter2");
        EXPECT_TRUE(print_unscrubbed("hunter2, as asked for\n"));
        std::printf("hunt");
    }
    std::printf("\nas before: hunter2\n");
    std::fflush(stdout);
    EXPECT_EQ(out.text(),
              "printf ***\ncout ***\nhunter2, as asked for\nhunt\nas before: hunter2\n");
    const auto text = err.text();
    EXPECT_EQ(text.substr(0, 24), "fprintf ***\ncerr ***\n***");
}

TEST(ScrubbedStdioDeathTest, neither_does_what_an_uncaught_exception_says) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    Scrubber scrubber;
    scrubber.add(Secret("hunter2"));
    const std::function<void()> fails = [] { throw std::runtime_error("the key is hunter2"); };
    EXPECT_DEATH(
        {
            const ScrubbedStdio scrubbed(scrubber);
            [&]() noexcept { fails(); }();
        },
        "the key is \\*\\*\\*");
}

}  // namespace
}  // namespace apilab
