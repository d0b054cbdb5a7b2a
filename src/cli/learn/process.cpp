#include "learn/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <fstream>
#include <system_error>

#include "apilab/base/environment.hpp"

namespace apilab::cli {
namespace {

// Exit codes of those that a signal ended, as shells have it.
constexpr int killed_by = 128;

std::vector<char*> pointers(std::vector<std::string>& words) {
    std::vector<char*> list;
    list.reserve(words.size() + 1);
    for (auto& word : words) {
        list.push_back(word.data());
    }
    list.push_back(nullptr);
    return list;
}

sigset_t what_interrupts() {
    sigset_t set;
    ::sigemptyset(&set);
    ::sigaddset(&set, SIGINT);
    ::sigaddset(&set, SIGTERM);
    return set;
}

// What a program begins with: a group of its own, so that it can be ended with all its children,
// and no signal blocked or ignored because we do so.
class Attributes {
public:
    Attributes() {
        sigset_t defaults = what_interrupts();
        ::sigaddset(&defaults, SIGPIPE);
        sigset_t none;
        ::sigemptyset(&none);
        ::posix_spawnattr_init(&value_);
        ::posix_spawnattr_setsigdefault(&value_, &defaults);
        ::posix_spawnattr_setsigmask(&value_, &none);
        ::posix_spawnattr_setpgroup(&value_, 0);
        ::posix_spawnattr_setflags(
            &value_, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
    }
    Attributes(const Attributes&) = delete;
    Attributes& operator=(const Attributes&) = delete;
    ~Attributes() { ::posix_spawnattr_destroy(&value_); }
    [[nodiscard]] const posix_spawnattr_t* get() const { return &value_; }

private:
    posix_spawnattr_t value_{};
};

class Streams {
public:
    explicit Streams(const std::string& output) {
        ::posix_spawn_file_actions_init(&value_);
        ::posix_spawn_file_actions_addopen(&value_, 0, "/dev/null", O_RDONLY, 0);
        if (!output.empty()) {
            ::posix_spawn_file_actions_addopen(&value_, 1, output.c_str(),
                                               O_WRONLY | O_CREAT | O_TRUNC, 0600);
            ::posix_spawn_file_actions_adddup2(&value_, 1, 2);
        }
        ::posix_spawn_file_actions_addclosefrom_np(&value_, 3);
    }
    Streams(const Streams&) = delete;
    Streams& operator=(const Streams&) = delete;
    ~Streams() { ::posix_spawn_file_actions_destroy(&value_); }
    [[nodiscard]] const posix_spawn_file_actions_t* get() const { return &value_; }

private:
    posix_spawn_file_actions_t value_{};
};

// Our own children, whichever thread of ours they hang on.
std::vector<pid_t> children() {
    std::vector<pid_t> pids;
    std::error_code ignored;  // then there is nothing to end that we know of
    for (const auto& task : std::filesystem::directory_iterator("/proc/self/task", ignored)) {
        std::ifstream in(task.path() / "children");
        for (pid_t pid = 0; in >> pid;) {
            pids.push_back(pid);
        }
    }
    return pids;
}

// ninja gives every compiler a group of its own, and a program may fork and leave: what has lost
// its parent has come to us (PR_SET_CHILD_SUBREAPER).
void end_orphans() {
    for (;;) {
        const auto orphans = children();
        for (const pid_t pid : orphans) {
            ::kill(pid, SIGKILL);
        }
        const pid_t got = ::waitpid(-1, nullptr, orphans.empty() ? WNOHANG : 0);
        if (got == 0 || (got < 0 && errno != EINTR)) {
            return;
        }
    }
}

}  // namespace

Result<ProcessGroup> ProcessGroup::start(
    const std::vector<std::string>& words,
    const std::vector<std::pair<std::string, std::string>>& variables,
    const std::filesystem::path& output) {
    auto arguments = words;
    auto lines = environment_lines(variables);
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    const Attributes attributes;
    const Streams streams(output.string());
    pid_t pid = 0;
    const int code =
        ::posix_spawnp(&pid, arguments.front().c_str(), streams.get(), attributes.get(),
                       pointers(arguments).data(), pointers(lines).data());
    if (code != 0) {
        return fail(ErrorKind::invalid_argument, "cannot start '" + words.front() +
                                                     "': " + std::generic_category().message(code));
    }
    return ProcessGroup(pid, static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
}

ProcessGroup::ProcessGroup(ProcessGroup&& other) noexcept
    : pid_(std::exchange(other.pid_, 0)),
      handle_(std::exchange(other.handle_, -1)),
      code_(other.code_) {}

ProcessGroup::~ProcessGroup() {
    (void)end();
    if (handle_ >= 0) {
        ::close(handle_);
    }
}

ProcessGroup::Ended ProcessGroup::wait(Duration patience, const std::vector<int>& interrupts) {
    std::vector<int> handles{handle_};
    handles.insert(handles.end(), interrupts.begin(), interrupts.end());
    const auto first = first_readable(handles, patience);
    if (!first) {
        return Ended::out_of_time;
    }
    return *first == handle_ ? Ended::by_itself : Ended::interrupted;
}

int ProcessGroup::end() {
    if (pid_ <= 0) {
        return code_.value_or(0);
    }
    // Not reaped yet, so its number is nobody else's.
    siginfo_t info{};
    const bool over =
        ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
        info.si_pid == pid_;
    ::kill(-pid_, SIGKILL);  // what it left running, too
    if (!over) {
        ::kill(pid_, SIGKILL);
    }
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = 0;
    end_orphans();
    code_ = WIFEXITED(status) ? WEXITSTATUS(status) : killed_by + WTERMSIG(status);
    return *code_;
}

Interrupts::Interrupts() {
    const sigset_t wanted = what_interrupts();
    ::pthread_sigmask(SIG_BLOCK, &wanted, &before_);
    handle_ = ::signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
}

Interrupts::~Interrupts() {
    ::close(handle_);
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

std::optional<int> Interrupts::taken() const {
    signalfd_siginfo told{};
    if (::read(handle_, &told, sizeof(told)) != sizeof(told)) {
        return std::nullopt;
    }
    return static_cast<int>(told.ssi_signo);
}

std::optional<int> first_readable(const std::vector<int>& handles, Duration patience) {
    const RealClock clock;
    const bool for_ever = patience == Duration::max();
    const SteadyTime last = for_ever ? SteadyTime::max() : clock.now() + patience;
    std::vector<pollfd> watched;
    for (const int handle : handles) {
        watched.push_back({.fd = handle, .events = POLLIN, .revents = 0});
    }
    for (;;) {
        constexpr std::chrono::milliseconds at_once_max = std::chrono::hours(1);
        const auto left =
            for_ever ? at_once_max
                     : std::clamp(std::chrono::ceil<std::chrono::milliseconds>(last - clock.now()),
                                  std::chrono::milliseconds(0), at_once_max);
        const int count = ::poll(watched.data(), watched.size(), static_cast<int>(left.count()));
        for (const auto& each : watched) {
            if (count > 0 && each.revents != 0) {
                return each.fd;
            }
        }
        if (count == 0 && !for_ever && clock.now() >= last) {
            return std::nullopt;
        }
    }
}

}  // namespace apilab::cli
