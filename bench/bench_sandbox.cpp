// What the sandbox costs and how exact it is: its rate against nginx and WireMock, memory after
// many requests, the time until it is ready, the error of a delay that it was told to make.
//
//     bench_sandbox [rounds, default 5] [seconds of wrk, default 3] [requests, default 1000000]
//
// Servers on one core, wrk on the other. Journal and a limit that is never reached are on.

#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <thread>

#include "common/nginx.hpp"
#include "common/peers.hpp"
#include "common/process.hpp"
#include "common/samples.hpp"
#include "common/wrk.hpp"

namespace {

using namespace apilab::bench;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr const char* limited = R"(name = "limited"
description = "Counted, and never refused"
[limits.npm]
kind = "token_bucket"
limit = 1000000000
window = "1h"
)";
constexpr const char* delayed = R"(name = "delayed"
description = "Every answer 50 ms late"
[[fault]]
where = "npm:*"
what = { delay = "50ms" }
)";

int core_of_servers() {
    return ::sysconf(_SC_NPROCESSORS_ONLN) > 1 ? 1 : 0;
}

// `apilab sandbox serve` with a scenario.
class Box {
public:
    Box(const ScratchDir& dir, const std::string& scenario)
        : port_(free_port()), ready_(dir.path() / ("ready-" + std::to_string(port_) + ".json")) {
        const auto begin = Clock::now();
        process_ = std::make_unique<Process>(
            Words{sibling("apilab"), "-q", "sandbox", "serve", "--port", std::to_string(port_),
                  "--admin-port", "0", "--foreign-port", "0", "--tls-port", "0", "--scenario",
                  scenario, "--ready-file", ready_.string()},
            ProcessOptions{.core = core_of_servers(), .variables = {}});
        while (!std::filesystem::exists(ready_)) {
            if (process_->ended_within(1ms)) {
                throw std::runtime_error("the sandbox ended before it was ready");
            }
        }
        start_ms_ = std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
    }
    [[nodiscard]] std::string url() const {
        return "http://127.0.0.1:" + std::to_string(port_) + "/npm/-/ping";
    }
    [[nodiscard]] double start_ms() const { return start_ms_; }
    [[nodiscard]] const Process& process() const { return *process_; }

private:
    std::uint16_t port_;
    std::filesystem::path ready_;
    std::unique_ptr<Process> process_;
    double start_ms_ = 0;
};

// WireMock standalone with one stub and its journal bounded, or null and a word.
class WireMock {
public:
    static std::unique_ptr<WireMock> start(const ScratchDir& dir) {
        const auto java = java_with_wiremock();
        if (!java.program) {
            std::printf("  WireMock is left out: %s\n", java.missing.c_str());
            return nullptr;
        }
        return std::unique_ptr<WireMock>(new WireMock(*java.program, java.script, dir));
    }
    [[nodiscard]] std::string url() const {
        return "http://127.0.0.1:" + std::to_string(port_) + "/ping";
    }

private:
    WireMock(const std::string& java, const std::string& jar, const ScratchDir& dir)
        : port_(free_port()) {
        std::filesystem::create_directories(dir.path() / "mappings");
        dir.write("mappings/ping.json",
                  R"({"request": {"method": "GET", "urlPath": "/ping"},
                      "response": {"status": 200, "jsonBody": {}}})");
        process_ = std::make_unique<Process>(
            Words{java, "-jar", jar, "--port", std::to_string(port_), "--bind-address", "127.0.0.1",
                  "--root-dir", dir.path().string(), "--max-request-journal-entries", "1000",
                  "--disable-banner"},
            ProcessOptions{.core = core_of_servers(), .variables = {}});
        const auto until = Clock::now() + 60s;
        while (true) {
            try {
                until_accepting(port_);
                return;
            } catch (const std::exception&) {
                if (Clock::now() > until) {
                    throw;
                }
            }
        }
    }
    std::uint16_t port_;
    std::unique_ptr<Process> process_;
};

void measure_start(const ScratchDir& dir, const std::string& scenario) {
    Samples start;
    for (int i = 0; i < 11; ++i) {
        start.add(Box(dir, scenario).start_ms());
    }
    std::printf("start to ready, 11 times: %s ms\n", start.to_string(1).c_str());
    print_bar("start to ready, median", start.median(), 200, "ms");
}

void measure_rate(const ScratchDir& dir, const std::string& scenario, int rounds, int seconds) {
    const auto nginx = Nginx::start(core_of_servers());
    if (!nginx) {
        throw std::runtime_error("nginx is not installed (Debian package nginx-light)");
    }
    const auto wiremock = WireMock::start(dir);
    const Box box(dir, scenario);
    if (wiremock) {
        (void)run_wrk(wiremock->url(), 10, 0);  // its compiler warms up
    }
    Samples files;
    Samples ours;
    Samples theirs;
    for (int round = 0; round < rounds; ++round) {
        const auto rate = [&](const std::string& url, Samples& samples) {
            const auto run = run_wrk(url, seconds, 0);
            samples.add(run.requests / run.seconds);
        };
        rate(nginx->url("/small"), files);
        rate(box.url(), ours);
        if (wiremock) {
            rate(wiremock->url(), theirs);
        }
    }
    std::printf("wrk -t1 -c64 -d%ds, %d rounds, requests/s\n", seconds, rounds);
    std::printf("  nginx, file of 2 bytes      %s\n", files.to_string(0).c_str());
    std::printf("  sandbox, journal and limit  %s\n", ours.to_string(0).c_str());
    print_bar("nginx's rate / the sandbox's", median_ratio(files, ours), 2, "");
    if (wiremock) {
        std::printf("  WireMock, one stub          %s\n", theirs.to_string(0).c_str());
        print_bar("WireMock's rate / the sandbox's", median_ratio(theirs, ours), 0.1, "");
    }
}

// At half of the rate that it can do, each answer 50 ms late: so many connections.
void measure_delay(const ScratchDir& dir, const std::string& plain, const std::string& scenario,
                   int rounds, int seconds) {
    const auto full = run_wrk(Box(dir, plain).url(), seconds, 0);
    const int connections = static_cast<int>(full.requests / full.seconds / 2 * 0.05);
    const Box box(dir, scenario);
    Samples error;
    for (int round = 0; round < rounds; ++round) {
        error.add(run_wrk(box.url(), seconds, 0, connections).p99_ms - 50);
    }
    std::printf("a delay of 50 ms over %d connections: p99 %s ms too late\n", connections,
                error.to_string(1).c_str());
    print_bar("error of the delay, p99", error.median(), 5, "ms");
}

void measure_memory(const ScratchDir& dir, const std::string& scenario, int requests) {
    const Box box(dir, scenario);
    double done = 0;
    while (done < requests) {
        done += run_wrk(box.url(), 10, 0).requests;
    }
    std::printf("%.0f requests: resident %.1f MiB at most\n", done, box.process().resident_mib());
    print_bar("resident after them", box.process().resident_mib(), 64, "MiB");
}

}  // namespace

int main(int argc, char** argv) {
    try {
        const int rounds = argument(argc, argv, 1, 5);
        const int seconds = argument(argc, argv, 2, 3);
        const ScratchDir dir;
        const auto plain = dir.write("limited.toml", limited).string();
        const auto late = dir.write("delayed.toml", delayed).string();
        measure_start(dir, plain);
        measure_rate(dir, plain, rounds, seconds);
        measure_delay(dir, plain, late, rounds, seconds);
        measure_memory(dir, plain, argument(argc, argv, 3, 1'000'000));
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bench_sandbox: %s\n", error.what());
        return 1;
    }
}
