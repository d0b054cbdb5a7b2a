#include "program.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/json/parse.hpp>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace apilab::cli_test {
namespace {

namespace fs = std::filesystem;

constexpr auto ready_within = std::chrono::seconds(20);
constexpr auto poll_step = std::chrono::milliseconds(20);

std::vector<char*> pointers(Words& words) {
    std::vector<char*> list;
    for (auto& word : words) {
        list.push_back(word.data());
    }
    list.push_back(nullptr);
    return list;
}

Words serve_words(const Words& flags, const std::string& ready_file) {
    Words words = {apilab_path(),  "sandbox", "serve",        "--port",  "0",
                   "--admin-port", "0",       "--ready-file", ready_file};
    words.insert(words.end(), flags.begin(), flags.end());
    return words;
}

}  // namespace

TempDir::TempDir() {
    std::string name = (fs::temp_directory_path() / "apilab-cli-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) {
        throw std::runtime_error("cannot make " + name);
    }
    path_ = name;
}

TempDir::~TempDir() {
    std::error_code ignored;  // nothing a test could do about it
    fs::remove_all(path_, ignored);
}

std::string TempDir::write(std::string_view name, std::string_view text) const {
    const auto file = path_ / name;
    std::ofstream(file, std::ios::binary) << text;
    return file.string();
}

std::string read_text(const fs::path& path) {
    std::ostringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return text.str();
}

Program::Program(const Words& words, Variables variables, const fs::path& folder) {
    variables.try_emplace("HOME", streams_.path().string());
    variables.try_emplace("PATH", streams_.path().string());
    Words entries;
    for (const auto& [name, value] : variables) {
        entries.push_back(name + "=" + value);
    }
    auto arguments = words;
    const std::string out = streams_.path() / "out";
    const std::string err = streams_.path() / "err";
    const std::string start = folder.empty() ? streams_.path().string() : folder.string();
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_addopen(&actions, 1, out.c_str(), O_WRONLY | O_CREAT, 0600);
    ::posix_spawn_file_actions_addopen(&actions, 2, err.c_str(), O_WRONLY | O_CREAT, 0600);
    ::posix_spawn_file_actions_addchdir_np(&actions, start.c_str());
    const int code = ::posix_spawn(&pid_, words.front().c_str(), &actions, nullptr,
                                   pointers(arguments).data(), pointers(entries).data());
    ::posix_spawn_file_actions_destroy(&actions);
    if (code != 0) {
        throw std::runtime_error("cannot start " + words.front());
    }
    handle_ = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
}

Program::~Program() {
    if (!reaped_) {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
    ::close(handle_);
}

void Program::signal(int number) const {
    if (!reaped_) {
        ::kill(pid_, number);
    }
}

bool Program::ended(std::chrono::milliseconds patience) {
    pollfd watched{.fd = handle_, .events = POLLIN, .revents = 0};
    if (reaped_ || ::poll(&watched, 1, static_cast<int>(patience.count())) != 1) {
        return reaped_;
    }
    int status = 0;
    rusage used{};
    reaped_ = ::wait4(pid_, &status, 0, &used) == pid_;
    memory_max_ = static_cast<std::size_t>(used.ru_maxrss) * 1024;
    code_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    return reaped_;
}

Finished Program::wait(std::chrono::seconds patience) {
    if (!ended(patience)) {
        ADD_FAILURE() << "the program did not end within " << patience.count() << " s";
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
        reaped_ = true;
    }
    return {.code = code_,
            .out = read_text(streams_.path() / "out"),
            .err = read_text(streams_.path() / "err"),
            .memory_max = memory_max_};
}

bool is_over(int pid, std::chrono::milliseconds patience) {
    const auto handle = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
    if (handle < 0) {
        return errno == ESRCH;
    }
    pollfd watched{.fd = handle, .events = POLLIN, .revents = 0};
    const bool over = ::poll(&watched, 1, static_cast<int>(patience.count())) == 1;
    ::close(handle);
    return over;
}

Finished apilab(Words words, const Variables& variables, const fs::path& folder) {
    words.insert(words.begin(), apilab_path());
    return Program(words, variables, folder).wait();
}

std::string apilab_path() {
    return APILAB_PROGRAM;
}

std::string hammer_path() {
    return APILAB_HAMMER;
}

std::string browser_path() {
    return APILAB_BROWSER;
}

std::string webshop() {
    return std::string(APILAB_SOURCE_DIR) + "/examples/webshop";
}

std::string small_lockfile(const TempDir& dir) {
    return dir.write("package-lock.json", R"({"name": "a", "lockfileVersion": 3, "packages": {
        "": {"name": "a", "dependencies": {"lodash": "^4.17.11"}},
        "node_modules/lodash": {"version": "4.17.11"}}})");
}

RunningSandbox::RunningSandbox(const Words& flags)
    : program_(serve_words(flags, ready_file().string()), {}) {
    const auto last = std::chrono::steady_clock::now() + ready_within;
    while (!fs::exists(ready_file())) {
        if (program_.ended(poll_step) || std::chrono::steady_clock::now() > last) {
            throw std::runtime_error("the sandbox did not start: " + program_.wait().err);
        }
    }
    const auto ready = boost::json::parse(read_text(ready_file()));
    for (const auto& [name, value] : ready.as_object()) {
        variables_[std::string(name)] = std::string(value.as_string());
    }
}

Finished RunningSandbox::stop() {
    program_.signal(SIGTERM);
    return program_.wait();
}

}  // namespace apilab::cli_test
