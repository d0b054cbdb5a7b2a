#include "pty.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <stdexcept>
#include <vector>

namespace apilab::cli_test {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t shown_max = std::size_t{8} << 20U;
constexpr int cannot_start = 127;

std::vector<char*> pointers(Words& words) {
    std::vector<char*> list;
    for (auto& word : words) {
        list.push_back(word.data());
    }
    list.push_back(nullptr);
    return list;
}

milliseconds until(steady_clock::time_point last) {
    return std::max(milliseconds(0),
                    std::chrono::duration_cast<milliseconds>(last - steady_clock::now()));
}

// A terminal ends lines with two characters.
std::string plain_lines(std::string text) {
    for (auto at = text.find("\r\n"); at != std::string::npos; at = text.find("\r\n", at)) {
        text.erase(at, 1);
    }
    return text;
}

}  // namespace

PtyProgram::PtyProgram(const Words& words, Variables variables, const PtyOptions& options,
                       const std::filesystem::path& folder) {
    variables.try_emplace("HOME", streams_.path().string());
    variables.try_emplace("PATH", streams_.path().string());
    variables.try_emplace("TERM", "xterm-256color");
    Words entries;
    for (const auto& [name, value] : variables) {
        entries.push_back(name + "=" + value);
    }
    auto arguments = words;
    const auto argv = pointers(arguments);
    const auto envp = pointers(entries);
    const std::string out = streams_.path() / "out";
    const std::string start = folder.empty() ? streams_.path().string() : folder.string();
    const winsize size{
        .ws_row = options.rows, .ws_col = options.columns, .ws_xpixel = 0, .ws_ypixel = 0};
    // Between fork and exec nothing is allocated: this process has threads.
    pid_ = ::forkpty(&terminal_, nullptr, nullptr, &size);
    if (pid_ == 0) {
        const int file = options.streams == OnTerminal::both
                             ? 1
                             : ::open(out.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        if (::chdir(start.c_str()) == 0 && ::dup2(file, 1) == 1) {
            ::execve(argv.front(), argv.data(), envp.data());
        }
        ::_exit(cannot_start);
    }
    if (pid_ < 0) {
        throw std::runtime_error("no terminal can be made");
    }
    ::fcntl(terminal_, F_SETFD, FD_CLOEXEC);
}

PtyProgram::~PtyProgram() {
    if (!reaped_) {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
    ::close(terminal_);
}

void PtyProgram::type(std::string_view keys) const {
    ASSERT_EQ(::write(terminal_, keys.data(), keys.size()), static_cast<ssize_t>(keys.size()));
}

bool PtyProgram::read_some(std::chrono::milliseconds patience) {
    pollfd watched{.fd = terminal_, .events = POLLIN, .revents = 0};
    if (::poll(&watched, 1, static_cast<int>(patience.count())) != 1) {
        return false;
    }
    std::array<char, 4096> piece{};
    const auto size = ::read(terminal_, piece.data(), piece.size());
    // EIO: nobody has the other side any more.
    at_end_ = size == 0 || (size < 0 && errno != EINTR);
    if (size > 0) {
        shown_.append(piece.data(), static_cast<std::size_t>(size));
        if (shown_.size() > shown_max) {
            ADD_FAILURE() << "the terminal shows more than " << shown_max << " bytes";
            at_end_ = true;
        }
    }
    return true;
}

bool PtyProgram::shows(std::string_view text, std::chrono::seconds patience) {
    const auto last = steady_clock::now() + patience;
    while (!shown_.contains(text) && !at_end_ && read_some(until(last))) {
    }
    return shown_.contains(text);
}

Finished PtyProgram::wait(std::chrono::seconds patience) {
    const auto last = steady_clock::now() + patience;
    while (!at_end_ && read_some(until(last))) {
    }
    if (!at_end_) {
        ADD_FAILURE() << "the program did not end within " << patience.count() << " s";
        ::kill(pid_, SIGKILL);
    }
    int status = 0;
    ::waitpid(pid_, &status, 0);
    reaped_ = true;
    const int code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    return {.code = at_end_ ? code : -1,
            .out = read_text(streams_.path() / "out"),
            .err = plain_lines(shown_)};
}

std::string on_terminal(Words words, const Variables& variables, const PtyOptions& options,
                        const std::filesystem::path& folder) {
    words.insert(words.begin(), apilab_path());
    return PtyProgram(words, variables, options, folder).wait().err;
}

}  // namespace apilab::cli_test
