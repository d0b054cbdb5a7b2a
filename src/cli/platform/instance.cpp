#include "platform/instance.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <fstream>
#include <iterator>
#include <system_error>

#include "apilab/base/environment.hpp"
#include "apilab/base/free_port.hpp"
#include "apilab/base/secret_source.hpp"
#include "apilab/base/try.hpp"

namespace apilab::cli::platform {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t secret_size_min = 6;
constexpr std::size_t line_max = 4096;
constexpr std::size_t files_max = 8;

std::vector<char*> pointers(std::vector<std::string>& words) {
    std::vector<char*> list;
    std::ranges::transform(words, std::back_inserter(list),
                           [](std::string& word) { return word.data(); });
    list.push_back(nullptr);
    return list;
}

std::string replaced(std::string word, std::string_view mark, std::string_view value) {
    for (auto at = word.find(mark); at != std::string::npos; at = word.find(mark, at)) {
        word.replace(at, mark.size(), value);
        at += value.size();
    }
    return word;
}

std::string text_of(const std::string& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

// The number behind `name` in /proc/PID/status.
std::optional<std::size_t> number_in(std::string_view status, std::string_view name) {
    const auto at = status.find(name);
    if (at == std::string_view::npos) {
        return std::nullopt;
    }
    status.remove_prefix(at + name.size());
    status.remove_prefix(std::min(status.find_first_of("0123456789"), status.size()));
    std::size_t number = 0;
    const auto [end, failed] =
        std::from_chars(status.data(), status.data() + status.size(), number);
    return failed == std::errc() ? std::optional(number) : std::nullopt;
}

std::vector<std::string> lines_of(
    const std::vector<std::pair<std::string, std::string>>& variables) {
    std::vector<std::string> lines;
    for (const auto& [name, value] : variables) {
        lines.push_back(fmt::format("{}={}", name, value));
    }
    return lines;
}

void give_to(const fs::path& folder, std::optional<unsigned> user) {
    if (user && !folder.empty() && ::chown(folder.c_str(), *user, *user) != 0) {
        return;  // then it cannot write there, and says so
    }
}

}  // namespace

Result<Instance> Instance::start(const Start& start, int number, SteadyTime now) {
    Instance made;
    made.life.number = number;
    made.life.port = start.port != 0 ? start.port : free_port();
    made.started = now;
    made.disk_ = start.disk;
    made.volume_ = start.volume;
    made.on_line_ = start.on_line;
    std::vector<std::string> words;
    if (start.user) {
        const auto id = std::to_string(*start.user);
        words = {"setpriv", "--reuid=" + id, "--regid=" + id, "--clear-groups", "--"};
        give_to(start.disk, start.user);
        give_to(start.disk / "tmp", start.user);
        give_to(start.volume, start.user);
    }
    const auto port = std::to_string(made.life.port);
    for (const auto& word : start.command) {
        words.push_back(
            replaced(replaced(word, "{port}", port), "{volume}", start.volume.string()));
    }
    auto variables = start.variables;
    variables.emplace_back("HOME", start.disk.string());
    variables.emplace_back("TMPDIR", (start.disk / "tmp").string());
    if (start.clean) {
        APILAB_CHECK(made.spawn(std::move(words), lines_of(variables)));
        return made;
    }
    variables.emplace_back("PORT", port);
    for (const auto& [name, value] : process_environment()) {
        if (variable_names_a_secret(name) && value.size() >= secret_size_min) {
            made.secrets_.emplace_back(name, value);
        }
    }
    APILAB_CHECK(made.spawn(std::move(words), environment_lines(variables)));
    return made;
}

Result<void> Instance::spawn(std::vector<std::string> words, std::vector<std::string> environment) {
    std::array<int, 2> ends{-1, -1};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        return fail(ErrorKind::io, "no pipe: " + std::generic_category().message(errno));
    }
    pipe_ = ends[0];
    ::fcntl(pipe_, F_SETFL, O_NONBLOCK);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
    ::posix_spawn_file_actions_adddup2(&actions, ends[1], 2);
    ::posix_spawn_file_actions_addchdir_np(&actions, disk_.c_str());
    ::posix_spawn_file_actions_addclosefrom_np(&actions, 3);
    sigset_t defaults;
    ::sigemptyset(&defaults);
    ::sigaddset(&defaults, SIGPIPE);
    posix_spawnattr_t attributes;
    ::posix_spawnattr_init(&attributes);
    ::posix_spawnattr_setsigdefault(&attributes, &defaults);
    // A Ctrl-C at the terminal is told to us; the platform decides what it is told.
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    pid_t pid = 0;
    const int failed = ::posix_spawnp(&pid, words.front().c_str(), &actions, &attributes,
                                      pointers(words).data(), pointers(environment).data());
    ::posix_spawnattr_destroy(&attributes);
    ::posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    if (failed != 0) {
        return fail(ErrorKind::invalid_argument,
                    fmt::format("cannot start '{}': {}", words.front(),
                                std::generic_category().message(failed)));
    }
    pid_ = pid;
    return {};
}

Instance::Instance(Instance&& other) noexcept
    : life(std::move(other.life)),
      started(other.started),
      pid_(std::exchange(other.pid_, 0)),
      pipe_(std::exchange(other.pipe_, -1)),
      disk_(std::move(other.disk_)),
      volume_(std::move(other.volume_)),
      secrets_(std::move(other.secrets_)),
      line_(std::move(other.line_)),
      on_line_(std::move(other.on_line_)) {}

Instance::~Instance() {
    if (pid_ > 0 && !exit_code()) {
        ::kill(-pid_, SIGKILL);
        while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
        }
    }
    if (pipe_ >= 0) {
        ::close(pipe_);
    }
}

void Instance::signal(int number) const {
    if (pid_ > 0 && !life.code) {
        ::kill(pid_, number);
    }
}

// Not yet taken away, so that its number is nobody else's.
bool Instance::has_ended() const {
    siginfo_t info{};
    return ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           info.si_pid == pid_;
}

std::optional<int> Instance::exit_code() {
    int status = 0;
    if (!life.code && pid_ > 0 && has_ended()) {
        // As in a container: with the first process go those that it started.
        ::kill(-pid_, SIGKILL);
        if (::waitpid(pid_, &status, WNOHANG) != pid_) {
            return std::nullopt;
        }
        life.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        read_log();
        if (!line_.empty()) {
            tell_line();
            line_.clear();
        }
    }
    return life.code;
}

void Instance::find_secrets(const std::string& text) {
    for (const auto& [name, value] : secrets_) {
        if (text.contains(value) &&
            std::ranges::find(life.secrets_shown, name) == life.secrets_shown.end()) {
            life.secrets_shown.push_back(name);
        }
    }
}

void Instance::tell_line() {
    find_secrets(line_);
    if (on_line_) {
        on_line_(line_);
    } else {
        fmt::print(stderr, "[{}] {}\n", life.number, line_);
    }
}

void Instance::read_log() {
    std::array<char, 8192> buffer{};
    for (;;) {
        const auto count = ::read(pipe_, buffer.data(), buffer.size());
        if (count <= 0) {
            return;
        }
        life.wrote_log = true;
        for (const char c : std::string_view(buffer.data(), static_cast<std::size_t>(count))) {
            if (c != '\n' && line_.size() < line_max) {
                line_ += c;
                continue;
            }
            tell_line();
            line_.assign(c == '\n' ? "" : std::string(1, c));
        }
    }
}

bool Instance::is_own_place(const fs::path& file) const {
    const auto below = [&](const fs::path& folder) {
        return !folder.empty() && file.string().starts_with(folder.string() + "/");
    };
    return below(volume_) || below(disk_ / "tmp");
}

void Instance::look() {
    read_log();
    const auto folder = fmt::format("/proc/{}", pid_);
    const auto status = text_of(folder + "/status");
    if (const auto resident = number_in(status, "VmRSS:")) {
        life.memory_max = std::max(life.memory_max, *resident * 1024);
    }
    if (const auto user = number_in(status, "Uid:"); user && !status.contains("setpriv")) {
        life.user = static_cast<unsigned>(*user);
        find_secrets(text_of(folder + "/cmdline"));
    }
    std::error_code failed;
    for (auto entry = fs::directory_iterator(folder + "/fd", failed);
         !failed && entry != fs::directory_iterator(); entry.increment(failed)) {
        std::error_code gone;
        const auto file = fs::read_symlink(entry->path(), gone);
        const bool writes = !gone && file.is_absolute() && !file.string().starts_with("/dev/") &&
                            fs::is_regular_file(file, gone) &&
                            (fs::symlink_status(entry->path(), gone).permissions() &
                             fs::perms::owner_write) != fs::perms::none &&
                            // Still the same file: the number may be another's by now.
                            fs::read_symlink(entry->path(), gone) == file;
        if (writes && !is_own_place(file) && life.files.size() < files_max &&
            std::ranges::find(life.files, file.string()) == life.files.end()) {
            life.files.push_back(file.string());
        }
    }
}

void Instance::look_at_disk() {
    std::error_code failed;
    for (auto entry = fs::recursive_directory_iterator(disk_, failed);
         !failed && entry != fs::recursive_directory_iterator(); entry.increment(failed)) {
        std::error_code gone;
        const auto name = entry->path().string();
        if (entry->is_regular_file(gone) && !is_own_place(entry->path()) &&
            life.files.size() < files_max &&
            std::ranges::find(life.files, name) == life.files.end()) {
            life.files.push_back(name);
        }
    }
}

}  // namespace apilab::cli::platform
