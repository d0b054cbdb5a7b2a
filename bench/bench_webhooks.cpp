// Verified, deduplicated and durably committed webhooks a second, one core, SQLite FULL: ours with
// group commit, ours with one commit for each event, and a Node server with @octokit/webhooks that
// commits each event; then the time until the acknowledgement at half of our rate.
//
//     bench_webhooks [rounds, default 5] [events, default 20000] [connections, default 256]
//                    [microseconds that each sync is made longer by, default 0]
//
// Server and load are pinned to a core each. Each server has a new file on the same disk in every
// round; whoever commits each event gets fewer of them, so that a round takes seconds. Whether an
// event was stored is not asked here: the tests do.

#include <algorithm>
#include <cstdio>
#include <exception>
#include <sstream>
#include <string>

#include "common/peers.hpp"
#include "common/process.hpp"
#include "common/samples.hpp"

namespace {

using namespace apilab::bench;

constexpr const char* secret = "It's a Secret to Everybody";
constexpr int load_core = 0;
constexpr int server_core = 1;

struct Measured {
    double rate = 0;
    double p50_ms = 0;
    double p99_ms = 0;
    double cpu_s = 0;
};

struct Loading {
    int events = 0;
    int connections = 0;
    double rate = 0;
};

Measured load(Process& server, std::uint16_t port, const Loading& loading, int first) {
    const double before = server.cpu_s();
    const auto usage = run_program(
        {sibling("webhook_load"), std::to_string(port), secret, std::to_string(loading.events),
         std::to_string(loading.connections), std::to_string(loading.rate), std::to_string(first)},
        {.core = load_core});
    Measured measured{.cpu_s = server.cpu_s() - before};
    std::istringstream(usage.out) >> measured.rate >> measured.p50_ms >> measured.p99_ms;
    return measured;
}

// The server's process; on a disk whose syncs take so much longer (peers/slow_sync.cpp), where that
// is asked for.
ProcessOptions serving(int sync_us) {
    ProcessOptions options{.core = server_core};
    if (sync_us > 0) {
        options.variables = {"LD_PRELOAD=" + peer_script("libslow_sync.so"),
                             "BENCH_SYNC_US=" + std::to_string(sync_us)};
    }
    return options;
}

struct Ours {
    Ours(int batch_max, int sync_us)
        : port(free_port()),
          process({sibling("webhook_server"), folder.path().string(), secret,
                   std::to_string(batch_max), std::to_string(port)},
                  serving(sync_us)) {
        until_accepting(port);
    }
    ScratchDir folder;
    std::uint16_t port;
    Process process;
};

struct Node {
    Node(const std::string& node, int sync_us)
        : port(free_port()),
          process({node, peer_script("webhook_node.mjs"), folder.path().string(), secret,
                   std::to_string(port)},
                  serving(sync_us)) {
        until_accepting(port);
    }
    ScratchDir folder;
    std::uint16_t port;
    Process process;
};

struct Results {
    Samples group;
    Samples each;
    Samples node;
    Samples cpu_us;
    Samples node_cpu_us;
    Samples half_p50;
    Samples half_p99;
};

struct Setting {
    int events = 0;
    int connections = 0;
    int sync_us = 0;
};

void measure_round(Results& results, const Interpreter& node, const Setting& setting) {
    const auto [events, connections, sync_us] = setting;
    const int few = std::max(events / 10, 500);
    {
        Ours ours(256, sync_us);
        load(ours.process, ours.port, {events / 10, connections}, 0);  // warm
        const auto most = load(ours.process, ours.port, {events, connections}, 10'000'000);
        results.group.add(most.rate);
        results.cpu_us.add(most.cpu_s / events * 1e6);
        const auto half =
            load(ours.process, ours.port, {events / 2, connections, most.rate / 2}, 20'000'000);
        results.half_p50.add(half.p50_ms);
        results.half_p99.add(half.p99_ms);
    }
    {
        Ours ours(1, sync_us);
        load(ours.process, ours.port, {few / 10, connections}, 0);
        results.each.add(load(ours.process, ours.port, {few, connections}, 10'000'000).rate);
    }
    if (node.program) {
        Node theirs(*node.program, sync_us);
        load(theirs.process, theirs.port, {few, connections}, 0);
        const auto most = load(theirs.process, theirs.port, {few, connections}, 10'000'000);
        results.node.add(most.rate);
        results.node_cpu_us.add(most.cpu_s / few * 1e6);
    }
}

void print(const char* what, const Samples& samples, int digits) {
    std::printf("%-56s %s\n", what, samples.to_string(digits).c_str());
    std::fflush(stdout);
}

void print_times(double times, double bar) {
    std::printf("  group commit, times as many %.2f, bar at least %.0f: %s\n", times, bar,
                times >= bar ? "reached" : "NOT reached");
}

int run(int rounds, const Setting& setting) {
    const auto node = node_with_packages();
    if (!node.program) {
        std::printf("without Node: %s\n", node.missing.c_str());
    }
    Results results;
    for (int i = 0; i < rounds; ++i) {
        measure_round(results, node, setting);
    }
    print("group commit, events/s", results.group, 0);
    print("  CPU for each, us", results.cpu_us, 0);
    print("one commit for each, events/s", results.each, 0);
    print_times(median_ratio(results.group, results.each), 8);
    if (node.program) {
        print("Node, @octokit/webhooks and better-sqlite3, events/s", results.node, 0);
        print("  CPU for each, us", results.node_cpu_us, 0);
        print_times(median_ratio(results.group, results.node), 3);
    }
    print("acknowledged at half the rate, 50 %, ms", results.half_p50, 2);
    print("acknowledged at half the rate, 99 %, ms", results.half_p99, 2);
    print_bar("  99 % (at most)", results.half_p99.median(), 25, "ms");
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run(argument(argc, argv, 1, 5), {.events = argument(argc, argv, 2, 20'000),
                                                .connections = argument(argc, argv, 3, 256),
                                                .sync_us = argument(argc, argv, 4, 0)});
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bench_webhooks: %s\n", error.what());
        return 1;
    }
}
