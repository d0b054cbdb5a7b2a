#include "apilab/auth/browser.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <optional>

namespace apilab::auth {

using runtime::Task;

namespace {

constexpr std::chrono::seconds patience(2);
constexpr std::chrono::milliseconds between_looks(20);

std::optional<pid_t> start(std::string program, std::string argument) {
    posix_spawn_file_actions_t files{};
    ::posix_spawn_file_actions_init(&files);
    ::posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    ::posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    ::posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
    const std::array<char*, 3> arguments{program.data(), argument.data(), nullptr};
    pid_t child = 0;
    const int failed =
        ::posix_spawnp(&child, program.c_str(), &files, nullptr, arguments.data(), environ);
    ::posix_spawn_file_actions_destroy(&files);
    return failed == 0 ? std::optional(child) : std::nullopt;
}

}  // namespace

Task<bool> open_browser(runtime::Scheduler& scheduler, http::Url url,
                        std::vector<std::string> programs) {
    for (const auto& program : programs) {
        const auto child = start(program, url.to_string());
        if (!child) {
            continue;
        }
        const SteadyTime until = scheduler.now() + patience;
        int status = 0;
        pid_t ended = ::waitpid(*child, &status, WNOHANG);
        while (ended == 0 && scheduler.now() < until) {
            if (!co_await scheduler.sleep_for(between_looks)) {
                co_return false;
            }
            ended = ::waitpid(*child, &status, WNOHANG);
        }
        if (ended <= 0 || (WIFEXITED(status) && WEXITSTATUS(status) == 0)) {
            co_return true;
        }
    }
    co_return false;
}

}  // namespace apilab::auth
