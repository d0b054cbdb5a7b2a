#include "learn/process.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <fstream>
#include <iterator>

#include "folder.hpp"

namespace apilab::cli {
namespace {

using namespace std::chrono_literals;
using Ended = ProcessGroup::Ended;

std::string text_of(const std::filesystem::path& file) {
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
}

TEST(ProcessGroup, tells_how_its_program_ended_and_keeps_what_it_said) {
    const Folder folder;
    const auto said = folder.path() / "said";
    auto group = ProcessGroup::start({"sh", "-c", "echo $GREETING; echo two >&2; exit 3"},
                                     {{"GREETING", "one"}}, said);
    ASSERT_TRUE(group.has_value()) << group.error().message();
    EXPECT_EQ(group->wait(1min, {}), Ended::by_itself);
    EXPECT_EQ(group->end(), 3);
    EXPECT_EQ(text_of(said), "one\ntwo\n");
}

TEST(ProcessGroup, that_cannot_be_started_is_an_error) {
    EXPECT_FALSE(ProcessGroup::start({"/no/such/program"}, {}, "").has_value());
}

TEST(ProcessGroup, is_left_at_the_end_of_patience) {
    auto group = ProcessGroup::start({"sleep", "600"}, {}, "");
    ASSERT_TRUE(group.has_value());
    EXPECT_EQ(group->wait(1ms, {}), Ended::out_of_time);
    EXPECT_EQ(group->end(), 128 + SIGKILL);
}

TEST(ProcessGroup, ends_with_all_that_it_started_when_it_is_interrupted) {
    const Folder folder;
    const auto said = folder.path() / "said";
    const int interrupt = ::eventfd(0, EFD_CLOEXEC);
    // The children of the child, one of which leaves its group, hold the pipe open until they end.
    std::array<int, 2> pipe{};
    ASSERT_EQ(::pipe(pipe.data()), 0);
    {
        auto group = ProcessGroup::start(
            {"sh", "-c",
             "exec 3>/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(pipe[1]) +
                 "; sleep 600 & setsid sh -c 'echo ready >&3; exec sleep 600' & wait"},
            {}, said);
        ASSERT_TRUE(group.has_value());
        std::array<char, 6> ready{};
        ASSERT_EQ(::read(pipe[0], ready.data(), ready.size()), 6) << text_of(said);
        ::close(pipe[1]);  // from here on only they hold it
        ::eventfd_write(interrupt, 1);
        EXPECT_EQ(group->wait(1min, {interrupt}), Ended::interrupted);
    }
    char more = 0;
    EXPECT_EQ(::read(pipe[0], &more, 1), 0) << "nobody holds it any more";
    ::close(pipe[0]);
    ::close(interrupt);
}

// What it said in the end.
std::string said_by(const std::vector<std::string>& words, const std::filesystem::path& said) {
    auto group = ProcessGroup::start(words, {}, said);
    EXPECT_TRUE(group.has_value()) << words.front();
    EXPECT_EQ(group->wait(1min, {}), Ended::by_itself);
    return text_of(said);
}

TEST(ProcessGroup, begins_with_nothing_of_ours_but_its_words) {
    const Folder folder;
    const auto said = folder.path() / "said";
    const auto ours = folder.path() / "ours";
    std::ofstream(ours) << "x";
    const int file = ::open(ours.c_str(), O_RDONLY);  // on purpose without O_CLOEXEC
    EXPECT_EQ(
        said_by({"readlink", "/proc/self/fd/0", "/proc/self/fd/" + std::to_string(file)}, said),
        "/dev/null\n");
    EXPECT_EQ(std::filesystem::status(said).permissions(), std::filesystem::perms(0600));
    ::close(file);
}

TEST(ProcessGroup, blocks_and_ignores_no_signal_because_we_do) {
    const Folder folder;
    const Interrupts blocked;
    auto* const before = std::signal(SIGPIPE, SIG_IGN);
    const auto status = said_by({"cat", "/proc/self/status"}, folder.path() / "said");
    EXPECT_NE(status.find("SigBlk:\t0000000000000000\n"), std::string::npos) << status;
    const auto ignored = status.find("SigIgn:\t");
    ASSERT_NE(ignored, std::string::npos);
    EXPECT_EQ(std::stoull(status.substr(ignored + 8, 16), nullptr, 16) >> (SIGPIPE - 1) & 1U, 0U);
    std::signal(SIGPIPE, before);
}

TEST(Interrupts, are_taken_once_and_only_while_it_lives) {
    {
        const Interrupts interrupts;
        EXPECT_FALSE(interrupts.taken().has_value());
        ::kill(::getpid(), SIGTERM);
        EXPECT_EQ(first_readable({interrupts.handle()}, 1min), interrupts.handle());
        EXPECT_EQ(interrupts.taken(), SIGTERM);
        EXPECT_FALSE(interrupts.taken().has_value());
    }
    sigset_t blocked;
    ::pthread_sigmask(SIG_BLOCK, nullptr, &blocked);
    EXPECT_EQ(::sigismember(&blocked, SIGTERM), 0);
}

}  // namespace
}  // namespace apilab::cli
