#include "child.hpp"

#include <spawn.h>
#include <sys/wait.h>

#include <csignal>
#include <optional>
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

}  // namespace apilab::cli
