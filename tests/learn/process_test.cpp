#include "learn/process.hpp"

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
                 "; echo ready >&3; sleep 600 & setsid sleep 600 & wait"},
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
