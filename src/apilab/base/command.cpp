#include "apilab/base/command.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <optional>
#include <system_error>
#include <utility>

#include "apilab/base/duration.hpp"
#include "apilab/base/try.hpp"

namespace apilab {
namespace {

std::unexpected<Error> wrong(std::string message) {
    return fail(ErrorKind::invalid_argument, std::move(message));
}

// One word, from its first character to the blank behind it.
Result<std::string> take_word(std::string_view& rest) {
    std::string word;
    char quote = '\0';
    while (!rest.empty() && (quote != '\0' || (rest.front() != ' ' && rest.front() != '\t'))) {
        const char c = rest.front();
        rest.remove_prefix(1);
        if (c == '\\' && quote != '\'') {
            if (rest.empty()) {
                return wrong("a command ends with a backslash");
            }
            const bool taken = quote == '\0' || rest.front() == '"' || rest.front() == '\\';
            if (!taken) {
                word += c;
            }
            word += rest.front();
            rest.remove_prefix(1);
        } else if (c == quote) {
            quote = '\0';
        } else if (quote == '\0' && (c == '\'' || c == '"')) {
            quote = c;
        } else {
            word += c;
        }
    }
    if (quote != '\0') {
        return wrong("a quote in a command is never closed");
    }
    return word;
}

std::vector<char*> pointers(std::vector<std::string>& words) {
    std::vector<char*> list;
    std::ranges::transform(words, std::back_inserter(list),
                           [](std::string& word) { return word.data(); });
    list.push_back(nullptr);
    return list;
}

// A child in a group of its own, which does not outlive this.
class Child {
public:
    static Result<Child> start(std::vector<std::string>& words,
                               std::vector<std::string>& environment, int output) {
        posix_spawn_file_actions_t actions;
        ::posix_spawn_file_actions_init(&actions);
        ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
        ::posix_spawn_file_actions_adddup2(&actions, output, 1);
        ::posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
        ::posix_spawn_file_actions_addclosefrom_np(&actions, 3);
        posix_spawnattr_t attributes;
        ::posix_spawnattr_init(&attributes);
        // We may ignore SIGPIPE, and what is ignored is inherited.
        sigset_t defaults;
        ::sigemptyset(&defaults);
        ::sigaddset(&defaults, SIGPIPE);
        ::posix_spawnattr_setsigdefault(&attributes, &defaults);
        ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF);
        pid_t pid = 0;
        const int code = ::posix_spawnp(&pid, words.front().c_str(), &actions, &attributes,
                                        pointers(words).data(), pointers(environment).data());
        ::posix_spawnattr_destroy(&attributes);
        ::posix_spawn_file_actions_destroy(&actions);
        if (code != 0) {
            return wrong(fmt::format("cannot start '{}': {}", words.front(),
                                     std::generic_category().message(code)));
        }
        return Child(pid);
    }
    Child(Child&& other) noexcept : pid_(std::exchange(other.pid_, 0)) {}
    Child& operator=(Child&&) = delete;
    ~Child() {
        if (pid_ != 0) {
            (void)end();
        }
    }

    [[nodiscard]] int number() const { return pid_; }
    // Whatever is left of its group goes. Its code, as a shell has it.
    int end() {
        const pid_t pid = std::exchange(pid_, 0);
        ::kill(-pid, SIGKILL);
        int status = 0;
        while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
        }
        return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    }

private:
    explicit Child(pid_t pid) : pid_(pid) {}
    pid_t pid_;
};

// Can be read (or a process: has ended) before `last`?
bool ready(int descriptor, SteadyTime last) {
    const RealClock clock;
    while (true) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(last - clock.now());
        pollfd watched{.fd = descriptor, .events = POLLIN, .revents = 0};
        const int count =
            left.count() <= 0 ? 0 : ::poll(&watched, 1, static_cast<int>(left.count()));
        if (count >= 0 || errno != EINTR) {
            return count > 0;
        }
    }
}

// To its end or to its limit; nothing where the time is up.
std::optional<CommandOutput> read_output(int descriptor, std::size_t output_max, SteadyTime last) {
    CommandOutput output;
    while (ready(descriptor, last)) {
        std::array<char, 4096> buffer{};
        const auto count = ::read(descriptor, buffer.data(), buffer.size());
        if (count == 0 || (count < 0 && errno != EINTR)) {
            return output;
        }
        output.text.append(buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
        if (output.text.size() > output_max) {
            output.text.resize(output_max);
            output.truncated = true;
            return output;
        }
    }
    return std::nullopt;
}

bool over(int pid, SteadyTime last) {
    const int handle = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
    const bool ended = handle < 0 || ready(handle, last);
    ::close(handle);
    return ended;
}

}  // namespace

Result<std::vector<std::string>> split_command(std::string_view line) {
    if (line.contains('\0')) {
        return wrong("a command holds NUL");
    }
    std::vector<std::string> words;
    while (true) {
        line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
        if (line.empty()) {
            break;
        }
        APILAB_TRY(auto word, take_word(line));
        words.push_back(std::move(word));
    }
    if (words.empty() || words.front().empty()) {
        return wrong("a command needs a program to start");
    }
    return words;
}

Result<CommandOutput> run_command(std::vector<std::string> words,
                                  std::vector<std::string> environment,
                                  const CommandLimits& limits) {
    const SteadyTime last = RealClock().now() + limits.patience;
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        return fail(ErrorKind::io, "no pipe for the output of a command");
    }
    auto child = Child::start(words, environment, ends[1]);
    ::close(ends[1]);
    auto output = child ? read_output(ends[0], limits.output_max, last) : std::nullopt;
    ::close(ends[0]);
    if (!child) {
        return fail(std::move(child).error());
    }
    if (!output || (!output->truncated && !over(child->number(), last))) {
        return fail(ErrorKind::timeout, fmt::format("'{}' did not end within {}", words.front(),
                                                    format_duration(limits.patience)));
    }
    output->exit_code = child->end();
    return *std::move(output);
}

}  // namespace apilab
