#include "apilab/sandbox/platform/internal/instance.hpp"

#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <system_error>

#include "apilab/base/environment.hpp"

namespace apilab::sandbox::internal {

namespace {

std::vector<char*> pointers(std::vector<std::string>& words) {
    std::vector<char*> list;
    std::ranges::transform(words, std::back_inserter(list),
                           [](std::string& word) { return word.data(); });
    list.push_back(nullptr);
    return list;
}

}  // namespace

Result<Instance> Instance::start(
    const std::vector<std::string>& command,
    const std::vector<std::pair<std::string, std::string>>& variables) {
    if (command.empty()) {
        return fail(ErrorKind::invalid_argument, "a platform needs a command to run");
    }
    auto words = command;
    auto environment = environment_lines(variables);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addclosefrom_np(&actions, 3);
    pid_t pid = 0;
    const int failed = ::posix_spawnp(&pid, words.front().c_str(), &actions, nullptr,
                                      pointers(words).data(), pointers(environment).data());
    ::posix_spawn_file_actions_destroy(&actions);
    if (failed != 0) {
        return fail(ErrorKind::invalid_argument,
                    fmt::format("cannot start '{}': {}", words.front(),
                                std::generic_category().message(failed)));
    }
    return Instance(pid);
}

Instance::~Instance() {
    if (pid_ != 0 && !exit_code()) {
        signal(SIGKILL);
        while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
        }
    }
}

void Instance::signal(int number) const {
    if (pid_ != 0 && !code_) {
        ::kill(pid_, number);
    }
}

std::optional<int> Instance::exit_code() {
    int status = 0;
    if (!code_ && ::waitpid(pid_, &status, WNOHANG) == pid_) {
        code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    return code_;
}

}  // namespace apilab::sandbox::internal
