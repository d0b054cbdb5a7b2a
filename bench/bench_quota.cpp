// How well our client uses a quota that it only knows from the answers: 600 calls by 8 workers
// against a server that lets 50 a second through; alone, and beside a process that uses 30 % of it.
//
//     bench_quota [rounds, default 5] [calls, default 600]
//
// Counted by the server. The share is what we were granted of what was there for us (all of the
// quota, less what the other process was granted), in the windows between our first and our last:
// those we neither came into the middle of nor ended in.

#include <algorithm>
#include <cstdio>
#include <deque>
#include <exception>
#include <memory>
#include <stdexcept>
#include <vector>

#include "apilab/client/blocking.hpp"
#include "apilab/http/json.hpp"
#include "common/process.hpp"
#include "common/samples.hpp"

namespace {

using namespace apilab;
using namespace apilab::bench;

constexpr int per_second = 50;
constexpr int workers = 8;
constexpr int of_the_other = per_second * 3 / 10;

struct Case {
    const char* name;
    const char* dialect;
    bool shared;
    /// Told to our client, that then also spreads its calls; empty: as it comes.
    const char* headroom;
    Samples share, refused, wall, missing;
};

struct Counted {
    double granted = 0;
    double refused = 0;
    double windows = 0;
    double others = 0;
};

// What became of the requests of one client in one window.
double part(http::Json window, const char* client, const char* what) {
    const auto pointer = "/" + std::string(client) + what;
    return static_cast<double>(window.at_pointer(pointer).unsigned_integer().value_or(0));
}

Counted count(const std::string& stats) {
    const auto document = http::JsonDocument::parse(stats);
    if (!document) {
        throw std::runtime_error(document.error().to_string());
    }
    std::vector<http::Json> windows;
    for (const auto& window : document->root().elements()) {
        windows.push_back(window);
    }
    const auto has_ours = [](http::Json window) { return !window["ours"].missing(); };
    const auto first = std::ranges::find_if(windows, has_ours);
    const auto last = std::ranges::find_if(windows.rbegin(), windows.rend(), has_ours);
    Counted all;
    for (auto at = windows.begin(); at != windows.end(); ++at) {
        all.refused += part(*at, "ours", "/1");
        if (at > first && at + 1 < last.base()) {
            ++all.windows;
            all.granted += part(*at, "ours", "/0");
            all.others += part(*at, "other", "/0");
        }
    }
    if (all.windows == 0) {
        throw std::runtime_error("too few calls to fill a window");
    }
    return all;
}

std::string ask(const std::string& url) {
    auto client = client::blocking::Client::create();
    const auto reply = client ? client->get(url) : fail(client.error());
    if (!reply || !reply->ok()) {
        throw std::runtime_error("quota_server does not answer");
    }
    return std::string(reply->body());
}

void measure_once(Case& one, int calls) {
    const auto port = free_port();
    const Process server(
        {sibling("quota_server"), std::to_string(port), std::to_string(per_second), one.dialect});
    until_accepting(port);
    const std::string url = "http://127.0.0.1:" + std::to_string(port);
    std::unique_ptr<Process> other;
    if (one.shared) {
        other = std::make_unique<Process>(
            Words{sibling("quota_client"), "steady", url, std::to_string(of_the_other)});
        // It is well under way when we come.
        (void)other->ended_within(std::chrono::milliseconds(1500));
    }
    Words words{sibling("quota_client"), "workers", url, std::to_string(calls),
                std::to_string(workers)};
    if (*one.headroom != '\0') {
        words.emplace_back(one.headroom);
    }
    const auto usage = run_program(std::move(words));
    const auto counted = count(ask(url + "/stats"));
    one.share.add(100 * counted.granted / (counted.windows * per_second - counted.others));
    one.refused.add(counted.refused);
    one.wall.add(usage.wall_s);
    one.missing.add(calls - std::stod(usage.out));
}

void print(const Case& one) {
    std::printf("  %-44s %-24s %-16s %-24s %.0f\n", one.name, one.share.to_string(1).c_str(),
                one.refused.to_string(0).c_str(), one.wall.to_string(2).c_str(), one.missing.max());
}

void measure(int rounds, int calls) {
    std::deque<Case> cases;
    const auto add = [&cases](const char* name, const char* dialect, bool shared,
                              const char* headroom) {
        cases.push_back({name, dialect, shared, headroom, {}, {}, {}, {}});
    };
    add("alone", "seconds", false, "");
    add("another uses 30 %", "seconds", true, "");
    add("another uses 30 %, spread, 2 % left to it", "seconds", true, "0.02");
    add("alone, reset as epoch seconds", "epoch", false, "");
    for (int round = 0; round < rounds; ++round) {
        for (auto& one : cases) {
            measure_once(one, calls);
        }
    }
    std::printf("%d calls, %d workers, %d a second, median (min to max) of %d rounds\n", calls,
                workers, per_second, rounds);
    std::printf("  %-44s %-24s %-16s %-24s %s\n", "server", "share of the quota %", "answers 429",
                "wall s", "calls failed");
    for (const auto& one : cases) {
        print(one);
    }
    for (const auto& one : cases) {
        print_bar(std::string("quota unused, ") + one.name, 100 - one.share.median(), 3, "%");
        print_bar(std::string("answers 429, ") + one.name, one.refused.median(), workers, "");
    }
}

}  // namespace

int main(int argc, char** argv) {
    try {
        measure(argument(argc, argv, 1, 5), argument(argc, argv, 2, 600));
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bench_quota: %s\n", error.what());
        return 1;
    }
}
