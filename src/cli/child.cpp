#include "child.hpp"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <system_error>

namespace apilab::cli {
namespace {

std::vector<char*> pointers(std::vector<std::string>& words) {
    std::vector<char*> list;
    for (auto& word : words) {
        list.push_back(word.data());
    }
    list.push_back(nullptr);
    return list;
}

std::vector<std::string> merged_environment(
    const std::vector<std::pair<std::string, std::string>>& additions) {
    std::vector<std::string> all;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text(*entry);
        const auto name = text.substr(0, text.find('='));
        if (std::ranges::none_of(additions, [&](const auto& pair) { return pair.first == name; })) {
            all.emplace_back(text);
        }
    }
    for (const auto& [name, value] : additions) {
        all.push_back(name + "=" + value);
    }
    return all;
}

}  // namespace

Result<int> start_child(const std::vector<std::string>& words,
                        const std::vector<std::pair<std::string, std::string>>& additions) {
    auto arguments = words;
    auto variables = merged_environment(additions);
    // Sockets of ours are nobody else's business: a child that held one would keep it open.
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addclosefrom_np(&actions, 3);
    pid_t pid = 0;
    const int code = ::posix_spawnp(&pid, arguments.front().c_str(), &actions, nullptr,
                                    pointers(arguments).data(), pointers(variables).data());
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
