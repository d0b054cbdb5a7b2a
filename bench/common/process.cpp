#include "common/process.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace apilab::bench {
namespace {

namespace fs = std::filesystem;
using std::chrono::steady_clock;

std::string read_all(std::FILE* file) {
    std::string text;
    std::array<char, 4096> piece{};
    std::rewind(file);
    while (const auto size = std::fread(piece.data(), 1, piece.size(), file)) {
        text.append(piece.data(), size);
    }
    return text;
}

std::vector<char*> pointers(Words& words) {
    std::vector<char*> list;
    for (auto& word : words) {
        list.push_back(word.data());
    }
    list.push_back(nullptr);
    return list;
}

double seconds(const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

// In the child, between fork and exec.
[[noreturn]] void become(char* const* words, const ProcessOptions& options, int out) {
    if (options.core) {
        cpu_set_t cores;
        CPU_ZERO(&cores);
        CPU_SET(*options.core, &cores);
        ::sched_setaffinity(0, sizeof(cores), &cores);
    }
    for (const auto& variable : options.variables) {
        const auto at = variable.find('=');
        ::setenv(variable.substr(0, at).c_str(), variable.substr(at + 1).c_str(), 1);
    }
    ::dup2(out, 1);
    ::execvp(words[0], words);
    ::_exit(127);
}

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

}  // namespace

Process::Process(Words words, const ProcessOptions& options)
    : out_(std::tmpfile()), started_(steady_clock::now()) {
    if (out_ == nullptr) {
        throw std::runtime_error("no temporary file can be made");
    }
    const auto arguments = pointers(words);
    pid_ = ::fork();
    if (pid_ == 0) {
        become(arguments.data(), options, ::fileno(out_));
    }
    if (pid_ < 0) {
        throw std::runtime_error("cannot start " + words.front());
    }
    handle_ = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
}

Process::~Process() {
    if (pid_ > 0) {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
    ::close(handle_);
    std::fclose(out_);
}

bool Process::ended_within(std::chrono::milliseconds time) const {
    pollfd watched{.fd = handle_, .events = POLLIN, .revents = 0};
    return ::poll(&watched, 1, static_cast<int>(time.count())) == 1;
}

Usage Process::wait(std::chrono::seconds patience) {
    if (!ended_within(patience)) {
        throw std::runtime_error("a program did not end in time");
    }
    Usage usage;
    int status = 0;
    rusage cost{};
    ::wait4(pid_, &status, 0, &cost);
    usage.wall_s = std::chrono::duration<double>(steady_clock::now() - started_).count();
    pid_ = -1;
    usage.code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    usage.cpu_s = seconds(cost.ru_utime) + seconds(cost.ru_stime);
    usage.resident_mib = static_cast<double>(cost.ru_maxrss) / 1024;
    usage.out = read_all(out_);
    return usage;
}

Usage Process::stop() {
    ::kill(pid_, SIGTERM);
    return wait(std::chrono::seconds(10));
}

double Process::cpu_s() const {
    std::string line;
    std::getline(std::ifstream("/proc/" + std::to_string(pid_) + "/stat"), line);
    // The name may hold spaces; after its bracket, user and system time are words 12 and 13.
    std::istringstream words(line.substr(line.rfind(')') + 1));
    std::string skipped;
    for (int i = 0; i < 11; ++i) {
        words >> skipped;
    }
    double user = 0;
    double system = 0;
    words >> user >> system;
    return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

double Process::resident_mib() const {
    std::ifstream status("/proc/" + std::to_string(pid_) + "/status");
    std::string word;
    double kib = 0;
    while (status >> word) {
        if (word == "VmHWM:") {
            status >> kib;
        }
    }
    return kib / 1024;
}

Usage run_program(Words words, const ProcessOptions& options) {
    const std::string name = words.front();
    auto usage = Process(std::move(words), options).wait(options.patience);
    if (usage.code != 0) {
        throw std::runtime_error(name + " ended with " + std::to_string(usage.code));
    }
    return usage;
}

ScratchDir::ScratchDir() {
    std::string name = (fs::temp_directory_path() / "apilab-bench-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) {
        throw std::runtime_error("cannot make " + name);
    }
    path_ = name;
}

ScratchDir::~ScratchDir() {
    std::error_code ignored;  // it lies in the folder for temporary files
    fs::remove_all(path_, ignored);
}

fs::path ScratchDir::write(const std::string& name, const std::string& text) const {
    auto file = path_ / name;
    std::ofstream(file, std::ios::binary) << text;
    return file;
}

std::string sibling(const std::string& name) {
    return fs::read_symlink("/proc/self/exe").parent_path() / name;
}

std::optional<std::string> installed(const std::string& name) {
    for (const char* folder : {"/usr/bin", "/usr/sbin", "/usr/local/bin"}) {
        auto path = fs::path(folder) / name;
        if (fs::exists(path)) {
            return path.string();
        }
    }
    return std::nullopt;
}

std::uint16_t free_port() {
    const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
    auto address = loopback(0);
    socklen_t size = sizeof(address);
    const bool bound =
        ::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0 &&
        ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0;
    ::close(socket);
    if (!bound) {
        throw std::runtime_error("no free port");
    }
    return ntohs(address.sin_port);
}

void until_accepting(std::uint16_t port) {
    const auto address = loopback(port);
    for (int i = 0; i < 1000; ++i) {
        const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
        const bool open =
            ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
        ::close(socket);
        if (open) {
            return;
        }
        ::poll(nullptr, 0, 10);
    }
    throw std::runtime_error("nobody accepts on port " + std::to_string(port));
}

}  // namespace apilab::bench
