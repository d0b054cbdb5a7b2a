// The client process's CPU time per request: 64 in flight, kept-alive connections, 1,024 bytes from
// nginx (one process, a core of its own; the client has another).
//
//     bench_client [rounds, default 5] [requests, default 20000]
//
// A round is one run of each client. libcurl and Go take part where they were found when this was
// built. wrk is told a time instead of a count.

#include <unistd.h>

#include <cstdio>
#include <deque>
#include <exception>
#include <filesystem>
#include <stdexcept>

#include "common/nginx.hpp"
#include "common/process.hpp"
#include "common/samples.hpp"
#include "common/wrk.hpp"

namespace {

using namespace apilab::bench;

constexpr const char* in_flight = "64";
constexpr int client_core = 0;

struct Subject {
    const char* name;
    /// Program and first arguments; empty: wrk.
    Words words;
    Samples cpu_us;
};

std::deque<Subject> subjects() {
    std::deque<Subject> all;
    all.push_back({"wrk", {}, {}});
    all.push_back({"apilab, transport alone", {sibling("load_apilab"), "transport"}, {}});
    all.push_back({"apilab, client with its policies", {sibling("load_apilab"), "client"}, {}});
    if (std::filesystem::exists(sibling("load_curl"))) {
        all.push_back({"libcurl multi (epoll)", {sibling("load_curl")}, {}});
    }
    if (std::filesystem::exists(sibling("load_go"))) {
        all.push_back({"Go net/http", {sibling("load_go")}, {}});
    }
    return all;
}

void measure_once(Subject& subject, const std::string& url, int requests) {
    if (subject.words.empty()) {
        const auto run = run_wrk(url, 1, client_core);
        subject.cpu_us.add(run.cpu_s / run.requests * 1e6);
        return;
    }
    Words words = subject.words;
    words.insert(words.end(), {url, std::to_string(requests), in_flight});
    const auto usage = run_program(std::move(words), {.core = client_core, .variables = {}});
    subject.cpu_us.add(usage.cpu_s / requests * 1e6);
}

void print_bars(const std::deque<Subject>& all) {
    struct Bar {
        const char* against;
        double most;
    };
    const Subject& ours = all[2];
    for (const auto& bar :
         {Bar{"wrk", 2}, Bar{"libcurl multi (epoll)", 0.6}, Bar{"Go net/http", 0.5}}) {
        for (const auto& subject : all) {
            if (std::string(subject.name) == bar.against) {
                print_bar(std::string("client / ") + bar.against,
                          median_ratio(ours.cpu_us, subject.cpu_us), bar.most, "");
            }
        }
    }
}

void measure(int rounds, int requests) {
    const auto nginx = Nginx::start(::sysconf(_SC_NPROCESSORS_ONLN) > 1 ? 1 : 0);
    if (!nginx) {
        throw std::runtime_error("nginx is not installed (Debian package nginx-light)");
    }
    auto all = subjects();
    for (int round = 0; round < rounds; ++round) {
        for (auto& subject : all) {
            measure_once(subject, nginx->url("/1k"), requests);
        }
    }
    std::printf(
        "CPU time per request, 64 in flight, 1,024 bytes, median (min to max) of %d rounds\n",
        rounds);
    std::printf("  %-34s %-24s %s\n", "client", "us a request", "ratio to wrk");
    for (const auto& subject : all) {
        std::printf("  %-34s %-24s %.2f\n", subject.name, subject.cpu_us.to_string(1).c_str(),
                    median_ratio(subject.cpu_us, all.front().cpu_us));
    }
    print_bars(all);
}

}  // namespace

int main(int argc, char** argv) {
    try {
        measure(argument(argc, argv, 1, 5), argument(argc, argv, 2, 20000));
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bench_client: %s\n", error.what());
        return 1;
    }
}
