#include "apilab/observe/file_log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <map>

#include "apilab/base/file.hpp"
#include "apilab/base/temporary_folder.hpp"

namespace apilab::observe {
namespace {

using ::testing::HasSubstr;

struct Folder {
    [[nodiscard]] std::filesystem::path log() const { return path() / "client.log"; }
    [[nodiscard]] std::filesystem::path rotated() const { return path() / "client.log.1"; }
    [[nodiscard]] const std::filesystem::path& path() const { return made.path(); }

    TemporaryFolder made = TemporaryFolder::make("apilab-log-").value();
};

std::string text(const std::filesystem::path& path) {
    const auto read = read_file(path, 1U << 24U);
    return read ? *read : std::string();
}

TEST(FileLog, is_private_and_goes_on_at_the_end) {
    const Folder folder;
    (*FileLog::open(folder.log()))->write("one");
    (*FileLog::open(folder.log()))->write("two");
    EXPECT_EQ(text(folder.log()), "one\ntwo\n");
    struct stat facts{};
    ASSERT_EQ(::stat(folder.log().c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 0777U, 0600U);
}

TEST(FileLog, is_not_opened_where_others_may_read_it) {
    const Folder folder;
    (*FileLog::open(folder.log()))->write("one");
    ASSERT_EQ(::chmod(folder.log().c_str(), 0644), 0);
    const auto log = FileLog::open(folder.log());
    ASSERT_FALSE(log);
    EXPECT_EQ(log.error().kind(), ErrorKind::invalid_argument);
}

TEST(FileLog, gathers_whole_lines_and_writes_them_when_told) {
    const Folder folder;
    const auto log = *FileLog::open(folder.log(), {.buffer_max = 10});
    log->write("abc");
    log->write("def");
    EXPECT_EQ(text(folder.log()), "");
    log->write("ghi");  // the twelfth byte
    EXPECT_EQ(text(folder.log()), "abc\ndef\n");
    log->write("now", true);
    EXPECT_EQ(text(folder.log()), "abc\ndef\nghi\nnow\n");
    log->write("longer than all that is gathered");
    EXPECT_THAT(text(folder.log()), HasSubstr("gathered\n"));
}

TEST(FileLog, turns_over_at_its_limit_and_keeps_one_before) {
    const Folder folder;
    const auto log = *FileLog::open(folder.log(), {.size_max = 10});
    for (const auto* line : {"aaaa", "bbbb", "cccc", "dddd", "eeee"}) {
        log->write(line);
    }
    EXPECT_EQ(text(folder.log()), "eeee\n");
    EXPECT_EQ(text(folder.rotated()), "cccc\ndddd\n");
    log->write("one line longer than the limit");
    EXPECT_EQ(text(folder.log()), "one line longer than the limit\n");
    EXPECT_EQ(log->lines_lost(), 0U);
}

TEST(FileLog, follows_when_another_has_turned_it_over) {
    const Folder folder;
    const auto first = *FileLog::open(folder.log(), {.size_max = 10});
    const auto second = *FileLog::open(folder.log(), {.size_max = 10});
    first->write("aaaa");
    first->write("bbbb");
    first->write("cccc");
    second->write("dddd");
    EXPECT_EQ(text(folder.log()), "cccc\ndddd\n");
    std::filesystem::remove(folder.log());
    second->write("eeee");
    EXPECT_EQ(text(folder.log()), "eeee\n");
}

TEST(FileLog, several_processes_do_not_mix_or_lose_lines) {
    const Folder folder;
    constexpr int processes = 4;
    constexpr int lines = 400;
    std::vector<pid_t> children;
    for (int child = 0; child < processes; ++child) {
        const pid_t pid = ::fork();
        if (pid == 0) {
            auto log = FileLog::open(folder.log(), {.size_max = 150'000, .buffer_max = 500});
            for (int i = 0; log && i < lines; ++i) {
                (*log)->write(std::to_string(child) + ":" +
                              std::string(100, static_cast<char>('a' + child)));
            }
            const bool good = log && (*log)->lines_lost() == 0;
            log->reset();
            ::_exit(good ? 0 : 1);
        }
        children.push_back(pid);
    }
    for (const pid_t pid : children) {
        int status = 1;
        ASSERT_EQ(::waitpid(pid, &status, 0), pid);
        EXPECT_EQ(status, 0);
    }
    // They fill it once, not twice: nothing may be missing.
    const std::string all = text(folder.rotated()) + text(folder.log());
    std::map<std::string, int> seen;
    for (std::size_t at = 0; at < all.size();) {
        const auto end = all.find('\n', at);
        ASSERT_NE(end, std::string::npos);
        ++seen[all.substr(at, end - at)];
        at = end + 1;
    }
    ASSERT_EQ(seen.size(), static_cast<std::size_t>(processes));
    for (const auto& [line, count] : seen) {
        EXPECT_EQ(count, lines) << line;
    }
}

// In a process of its own: a limit on the size of files is the process's.
TEST(FileLog, what_the_disk_does_not_take_is_counted_and_breaks_no_line) {
    const Folder folder;
    const pid_t pid = ::fork();
    if (pid == 0) {
        std::signal(SIGXFSZ, SIG_IGN);  // NOLINT(cert-err33-c)
        auto log = *FileLog::open(folder.log());
        rlimit limit{.rlim_cur = 12, .rlim_max = RLIM_INFINITY};
        bool good = ::setrlimit(RLIMIT_FSIZE, &limit) == 0;
        log->write("aaaa");
        log->write("bbbb");
        log->write("cccc");
        log->write("dddd");
        good = good && log->lines_lost() == 2 && !log->last_error().empty();
        limit.rlim_cur = 1000;
        good = good && ::setrlimit(RLIMIT_FSIZE, &limit) == 0;
        log->write("eeee");
        good = good && log->lines_lost() == 2;
        log.reset();
        ::_exit(good ? 0 : 1);
    }
    int status = 1;
    ASSERT_EQ(::waitpid(pid, &status, 0), pid);
    EXPECT_EQ(status, 0);
    EXPECT_EQ(text(folder.log()), "aaaa\nbbbb\ncc\neeee\n");
}

TEST(FileLog, a_folder_that_goes_away_costs_lines_and_nothing_else) {
    const Folder folder;
    const auto log = *FileLog::open(folder.log());
    std::filesystem::remove_all(folder.path());
    log->write("aaaa");
    EXPECT_EQ(log->lines_lost(), 1U);
    EXPECT_THAT(log->last_error(), HasSubstr("client.log"));
}

}  // namespace
}  // namespace apilab::observe
