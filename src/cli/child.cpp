#include "child.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <optional>
#include <string_view>
#include <system_error>

#include "apilab/base/environment.hpp"

namespace apilab::cli {
namespace {

std::vector<char*> pointers(std::vector<std::string>& words) {
    std::vector<char*> list;
    list.reserve(words.size() + 1);
    for (auto& word : words) {
        list.push_back(word.data());
    }
    list.push_back(nullptr);
    return list;
}

// Reads until the end, the size or the time is reached; true where it was not the time.
bool read_until(int descriptor, std::string& text, std::size_t size_max, Duration patience) {
    const RealClock clock;
    const SteadyTime last = clock.now() + patience;
    while (text.size() < size_max) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(last - clock.now());
        pollfd watched{.fd = descriptor, .events = POLLIN, .revents = 0};
        if (left.count() <= 0 || ::poll(&watched, 1, static_cast<int>(left.count())) == 0) {
            return false;
        }
        std::array<char, 1024> buffer{};
        const auto count =
            ::read(descriptor, buffer.data(), std::min(buffer.size(), size_max - text.size()));
        if (count == 0 || (count < 0 && errno != EINTR)) {
            return true;
        }
        text.append(buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    }
    return true;
}

// Starts it in a process group of its own, with `output` as its standard output.
std::optional<pid_t> start_quiet(std::vector<std::string> words, int output) {
    auto variables = environment_lines();
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions, output, 1);
    ::posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    ::posix_spawn_file_actions_addclosefrom_np(&actions, 3);
    posix_spawnattr_t attributes;
    ::posix_spawnattr_init(&attributes);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    pid_t pid = 0;
    const int code = ::posix_spawnp(&pid, words.front().c_str(), &actions, &attributes,
                                    pointers(words).data(), pointers(variables).data());
    ::posix_spawnattr_destroy(&attributes);
    ::posix_spawn_file_actions_destroy(&actions);
    return code == 0 ? std::optional(pid) : std::nullopt;
}

}  // namespace

Result<int> start_child(const std::vector<std::string>& words,
                        const std::vector<std::pair<std::string, std::string>>& additions) {
    auto arguments = words;
    auto variables = environment_lines(additions);
    // Sockets of ours are nobody else's business: a child that held one would keep it open.
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addclosefrom_np(&actions, 3);
    // We ignore SIGPIPE, and what is ignored is inherited: `yes | head` in a script would not end.
    sigset_t defaults;
    ::sigemptyset(&defaults);
    ::sigaddset(&defaults, SIGPIPE);
    posix_spawnattr_t attributes;
    ::posix_spawnattr_init(&attributes);
    ::posix_spawnattr_setsigdefault(&attributes, &defaults);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    pid_t pid = 0;
    const int code = ::posix_spawnp(&pid, arguments.front().c_str(), &actions, &attributes,
                                    pointers(arguments).data(), pointers(variables).data());
    ::posix_spawnattr_destroy(&attributes);
    ::posix_spawn_file_actions_destroy(&actions);
    if (code != 0) {
        return fail(ErrorKind::invalid_argument, "cannot start '" + words.front() +
                                                     "': " + std::generic_category().message(code));
    }
    return pid;
}

std::optional<int> exit_code_of_child(int pid) {
    int status = 0;
    if (::waitpid(pid, &status, WNOHANG) != pid) {
        return std::nullopt;
    }
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

bool ends_within(int pid, Duration patience) {
    const int handle = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
    if (handle < 0) {
        return true;  // there is no such child (any more): nothing to wait for
    }
    const RealClock clock;
    const SteadyTime last = clock.now() + patience;
    constexpr std::chrono::milliseconds at_once_max =
        std::chrono::hours(1);  // what poll() can count
    bool ended = false;
    auto left = std::chrono::ceil<std::chrono::milliseconds>(patience);
    // A signal to us (Ctrl-C, a window's new size) interrupts the waiting, not the child.
    while (!ended && left.count() > 0) {
        pollfd watched{.fd = handle, .events = POLLIN, .revents = 0};
        ended = ::poll(&watched, 1, static_cast<int>(std::min(left, at_once_max).count())) > 0;
        left = std::chrono::ceil<std::chrono::milliseconds>(last - clock.now());
    }
    ::close(handle);
    return ended;
}

std::optional<std::string> output_of(const std::vector<std::string>& words, std::size_t size_max,
                                     Duration patience) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        return std::nullopt;
    }
    const auto pid = start_quiet(words, ends[1]);
    ::close(ends[1]);
    std::string text;
    const bool complete = pid && read_until(ends[0], text, size_max, patience);
    ::close(ends[0]);
    if (pid) {
        ::kill(-*pid, SIGKILL);  // its whole group, which is ours: it said what it had to say
        ::waitpid(*pid, nullptr, 0);
    }
    return complete ? std::optional(std::move(text)) : std::nullopt;
}

}  // namespace apilab::cli
