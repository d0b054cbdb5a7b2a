// The client process's CPU time per request: 64 in flight, kept-alive connections, 1,024 bytes from
// nginx (one process, a core of its own; the client has another), in plain text and over TLS.
//
//     bench_client [rounds, default 5] [requests, default 20000]
//
// A round is one run of each client. libcurl and Go take part where they were found when this was
// built, undici where node is there and npm can install it. wrk is told a time instead of a count.
// Start and end of a process count with its requests.

#include <unistd.h>

#include <cstdio>
#include <deque>
#include <exception>
#include <filesystem>
#include <stdexcept>

#include "common/nginx.hpp"
#include "common/peers.hpp"
#include "common/process.hpp"
#include "common/samples.hpp"
#include "common/wrk.hpp"

namespace {

using namespace apilab::bench;

constexpr const char* in_flight = "64";
constexpr int client_core = 0;

constexpr const char* wrk = "wrk";
constexpr const char* ours = "apilab, client with its policies";
constexpr const char* libcurl = "libcurl multi (epoll)";
constexpr const char* go = "Go net/http";
constexpr const char* undici = "undici";

struct Subject {
    const char* name;
    /// Program and first arguments; empty: wrk.
    Words words;
    Samples cpu_us;
};
using Subjects = std::deque<Subject>;

struct Target {
    const char* name;
    std::string url;
    /// The certificate to trust; empty: plain text.
    std::string certificate;
    Subjects subjects;
};

Subjects both_ways() {
    Subjects all;
    all.push_back({wrk, {}, {}});
    all.push_back({"apilab, transport alone", {sibling("load_apilab"), "transport"}, {}});
    all.push_back({ours, {sibling("load_apilab"), "client"}, {}});
    if (std::filesystem::exists(sibling("load_curl"))) {
        all.push_back({libcurl, {sibling("load_curl")}, {}});
    }
    if (std::filesystem::exists(sibling("load_go"))) {
        all.push_back({go, {sibling("load_go")}, {}});
    }
    return all;
}

Subjects in_plain_text() {
    auto all = both_ways();
    const auto node = node_with_packages();
    if (node.program) {
        all.push_back({undici, {*node.program, peer_script("load_undici.mjs")}, {}});
    } else {
        std::printf("undici is left out: %s\n", node.missing.c_str());
    }
    return all;
}

void measure_once(Subject& subject, const Target& target, int requests) {
    if (subject.words.empty()) {
        const auto run = run_wrk(target.url, 1, client_core);
        subject.cpu_us.add(run.cpu_s / run.requests * 1e6);
        return;
    }
    Words words = subject.words;
    words.insert(words.end(), {target.url, std::to_string(requests), in_flight});
    if (!target.certificate.empty()) {
        words.push_back(target.certificate);
    }
    const auto usage = run_program(std::move(words), {.core = client_core, .variables = {}});
    subject.cpu_us.add(usage.cpu_s / requests * 1e6);
}

const Subject* find(const Subjects& all, const std::string& name) {
    for (const auto& subject : all) {
        if (subject.name == name) {
            return &subject;
        }
    }
    return nullptr;
}

struct Bar {
    const char* against;
    double most;
};

void print(const Target& target, int rounds, std::initializer_list<Bar> bars) {
    std::printf(
        "%s: CPU time per request, 64 in flight, 1,024 bytes, median (min to max) of %d rounds\n",
        target.name, rounds);
    std::printf("  %-34s %-24s %s\n", "client", "us a request", "ratio to wrk");
    for (const auto& subject : target.subjects) {
        std::printf("  %-34s %-24s %.2f\n", subject.name, subject.cpu_us.to_string(1).c_str(),
                    median_ratio(subject.cpu_us, target.subjects.front().cpu_us));
    }
    for (const auto& bar : bars) {
        if (const auto* other = find(target.subjects, bar.against)) {
            print_bar(std::string("client / ") + bar.against,
                      median_ratio(find(target.subjects, ours)->cpu_us, other->cpu_us), bar.most,
                      "");
        }
    }
}

void measure(int rounds, int requests) {
    const auto nginx = Nginx::start(::sysconf(_SC_NPROCESSORS_ONLN) > 1 ? 1 : 0);
    if (!nginx) {
        throw std::runtime_error("nginx is not installed (Debian package nginx-light)");
    }
    Target plain{"plain text", nginx->url("/1k"), {}, in_plain_text()};
    Target tls{"TLS", nginx->tls_url("/1k"), nginx->certificate(), both_ways()};
    for (int round = 0; round < rounds; ++round) {
        for (auto* target : {&plain, &tls}) {
            for (auto& subject : target->subjects) {
                measure_once(subject, *target, requests);
            }
        }
    }
    print(plain, rounds, {{wrk, 2}, {libcurl, 0.6}, {go, 0.5}, {undici, 0.6}});
    print(tls, rounds, {{go, 0.7}});
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
