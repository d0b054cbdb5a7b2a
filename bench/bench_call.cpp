// How long does `apilab call` need from its start until the first byte of its request is sent, and
// until it has ended? Real processes, a bare listener on loopback, curl beside it, interleaved.
//
//     bench_call APILAB [ROUNDS]

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

struct Sample {
    double connected_ms = 0;
    double first_byte_ms = 0;
    double whole_ms = 0;
    double cpu_ms = 0;
};

double since(Clock::time_point start) {
    return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

[[noreturn]] void give_up(const char* what) {
    std::perror(what);
    std::exit(1);
}

int listen_anywhere(std::uint16_t& port) {
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* any = reinterpret_cast<sockaddr*>(&address);
    constexpr int backlog = 16;
    if (::bind(listener, any, size) != 0 || ::listen(listener, backlog) != 0 ||
        ::getsockname(listener, any, &size) != 0) {
        give_up("listen");
    }
    port = ntohs(address.sin_port);
    return listener;
}

int start(std::vector<std::string> words) {
    std::vector<char*> arguments;
    for (auto& word : words) {
        arguments.push_back(word.data());
    }
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t files;
    ::posix_spawn_file_actions_init(&files);
    for (const int stream : {0, 1, 2}) {
        ::posix_spawn_file_actions_addopen(&files, stream, "/dev/null", O_RDWR, 0);
    }
    int pid = 0;
    if (::posix_spawnp(&pid, arguments.front(), &files, nullptr, arguments.data(), environ) != 0) {
        give_up(words.front().c_str());
    }
    ::posix_spawn_file_actions_destroy(&files);
    return pid;
}

Sample measure(int listener, const std::vector<std::string>& words) {
    Sample sample;
    const auto begin = Clock::now();
    const int pid = start(words);
    const int peer = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    sample.connected_ms = since(begin);
    constexpr std::size_t request_max = 4096;
    std::array<char, request_max> request{};
    if (peer < 0 || ::read(peer, request.data(), request.size()) <= 0) {
        give_up("read");
    }
    sample.first_byte_ms = since(begin);
    constexpr std::string_view answer =
        "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok";
    (void)!::write(peer, answer.data(), answer.size());
    ::close(peer);
    int status = 0;
    rusage used{};
    if (::wait4(pid, &status, 0, &used) != pid || status != 0) {
        std::fprintf(stderr, "%s ended with %d\n", words.front().c_str(), status);
        std::exit(1);
    }
    sample.whole_ms = since(begin);
    const auto ms = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_usec) / 1e3;
    };
    sample.cpu_ms = ms(used.ru_utime) + ms(used.ru_stime);
    return sample;
}

struct Subject {
    const char* name;
    std::vector<std::string> words;
    std::vector<Sample> samples = {};
};

double quantile(const std::vector<Sample>& samples, double Sample::* what, double share) {
    std::vector<double> values;
    for (const auto& sample : samples) {
        values.push_back(sample.*what);
    }
    std::ranges::sort(values);
    return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))];
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        std::fprintf(stderr, "bench_call APILAB [ROUNDS]\n");
        return 2;
    }
    constexpr int rounds_usual = 50;
    const int rounds = argc > 2 ? std::max(1, std::atoi(argv[2])) : rounds_usual;
    std::uint16_t port = 0;
    const int listener = listen_anywhere(port);
    const std::string url = "http://127.0.0.1:" + std::to_string(port) + "/";
    std::string folder = "/tmp/apilab-bench-call-XXXXXX";
    if (::mkdtemp(folder.data()) == nullptr) {
        give_up("mkdtemp");
    }
    const auto store = folder + "/traces.db";
    std::array subjects{
        Subject{"apilab call", {argv[1], "call", url, "--trace-store", store}},
        Subject{"apilab call, nothing kept", {argv[1], "call", url, "--trace-store", "off"}},
        Subject{"apilab --version (no socket)", {argv[1], "--version"}},
        Subject{"curl", {"curl", "-s", url}},
    };
    for (int round = -2; round < rounds; ++round) {  // two to warm up
        for (auto& subject : subjects) {
            if (subject.words.size() == 2) {
                const auto begin = Clock::now();
                int status = 0;
                ::waitpid(start(subject.words), &status, 0);
                if (round >= 0) {
                    subject.samples.push_back({.whole_ms = since(begin)});
                }
                continue;
            }
            const auto sample = measure(listener, subject.words);
            if (round >= 0) {
                subject.samples.push_back(sample);
            }
        }
    }
    std::printf("%-30s %12s %16s %10s %10s %10s\n", "ms, median of rounds", "connected",
                "first byte (p95)", "whole", "CPU", "x curl");
    const double curl = quantile(subjects.back().samples, &Sample::first_byte_ms, 0.5);
    for (const auto& subject : subjects) {
        const auto middle = [&](double Sample::* what) {
            return quantile(subject.samples, what, 0.5);
        };
        const double first = middle(&Sample::first_byte_ms);
        std::printf("%-30s %12.1f %8.1f (%5.1f) %10.1f %10.1f %10.2f\n", subject.name,
                    middle(&Sample::connected_ms), first,
                    quantile(subject.samples, &Sample::first_byte_ms, 0.95),
                    middle(&Sample::whole_ms), middle(&Sample::cpu_ms), first / curl);
    }
    (void)std::remove(store.c_str());
    (void)std::remove((store + "-wal").c_str());
    (void)std::remove((store + "-shm").c_str());
    (void)std::remove(folder.c_str());
    return 0;
}
