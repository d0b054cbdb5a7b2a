// Days in the life of 200 clients, under virtual time: outages, limits, recoveries.
//
//     fleet_soak [--seed FIRST] [--seeds COUNT] [--hours H] [--clients N]
//     fleet_soak --svg FILE         five ways of sending again through one outage, as a picture
//
// Without options 100 seeds of 24 hours. Exit 0: every promise was kept and every bar reached; 3:
// what was not stands there with the command that shows it again.

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <exception>
#include <vector>

#include "apilab/base/file.hpp"
#include "chart.hpp"
#include "fleet.hpp"
#include "strategies.hpp"

namespace {

using namespace apilab;
using namespace apilab::simulation;
using std::chrono::seconds;

struct Flags {
    std::uint64_t seed = 1;
    std::uint64_t seeds = 100;
    double hours = 24;
    int clients = 200;
    std::string svg;
};

// The worst of a day's recoveries.
struct Worst {
    std::uint32_t first_second = 0;
    std::uint32_t peak = 0;
    double requests_per_call = 0;
};
Worst worst_of(const FleetStory& story) {
    Worst worst;
    for (const auto& recovery : story.recoveries) {
        worst.first_second = std::max(worst.first_second, recovery.first_second);
        worst.peak = std::max(worst.peak, recovery.peak);
        worst.requests_per_call = std::max(worst.requests_per_call, recovery.requests_per_call);
    }
    return worst;
}

// Whether the day was as it should be.
bool one_day(const Flags& flags, std::uint64_t seed) {
    const auto length = std::chrono::duration_cast<Duration>(
        std::chrono::duration<double, std::ratio<3600>>(flags.hours));
    const FleetOptions options{.seed = seed, .clients = flags.clients, .length = length};
    const auto story = run_fleet(options, Weather::draw(seed, length));
    const auto missed = missed_bars(options, story);
    const auto worst = worst_of(story);
    fmt::print("{:>5}  {:>10}  {:>10}  {:>7.2f}%  {:>7}  {:>12}  {:>6}  {:>13.2f}  {:>6}\n", seed,
               story.calls, story.requests,
               100.0 * static_cast<double>(story.answered) / static_cast<double>(story.calls),
               story.recoveries.size(), worst.first_second, worst.peak, worst.requests_per_call,
               story.broken.count());
    std::fflush(stdout);
    for (const auto& list : {story.broken.first(), missed}) {
        for (const auto& line : list) {
            fmt::print("       {}\n", line);
        }
    }
    const bool good = missed.empty() && story.broken.count() == 0;
    if (!good) {
        fmt::print("       again: fleet_soak --seed {} --seeds 1 --hours {} --clients {}\n", seed,
                   flags.hours, flags.clients);
    }
    return good;
}

int days(const Flags& flags) {
    fmt::print("{} clients, a call a second each, {} h of virtual time\n", flags.clients,
               flags.hours);
    fmt::print(
        " seed       calls    requests    answered  outages  first second  requests/call  "
        "broken\n");
    std::uint64_t bad = 0;
    for (std::uint64_t i = 0; i < flags.seeds; ++i) {
        bad += one_day(flags, flags.seed + i) ? 0 : 1;
    }
    fmt::print("{} of {} days as they should be\n", flags.seeds - bad, flags.seeds);
    return bad == 0 ? 0 : 3;
}

// A minute of calm, 40 s in which nobody is there, and what comes after.
int draw(const Flags& flags) {
    const Weather weather({{Trouble::unavailable, seconds(60), seconds(100)}});
    std::vector<Curve> curves;
    for (const auto& strategy : strategies()) {
        const FleetOptions options{.seed = flags.seed,
                                   .clients = flags.clients,
                                   .length = seconds(210),
                                   .client = strategy.options};
        auto story = run_fleet(options, weather);
        fmt::print("{:<30} {:>8} calls {:>8} requests {:>6.1f} % answered\n", strategy.name,
                   story.calls, story.requests,
                   100.0 * static_cast<double>(story.answered) / static_cast<double>(story.calls));
        curves.push_back({strategy.name, std::move(story.requests_each_second)});
    }
    const auto title = fmt::format(
        "Requests a second of {} clients, a call a second each, through 40 s "
        "without an origin",
        flags.clients);
    const auto written = write_file_atomically(
        flags.svg, chart_svg(title, curves, weather, static_cast<std::uint32_t>(flags.clients)));
    if (!written) {
        fmt::print(stderr, "fleet_soak: {}\n", written.error().to_string());
        return 2;
    }
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    Flags flags;
    CLI::App app("200 clients through days of outages, limits and recoveries");
    app.add_option("--seed", flags.seed, "The first seed (1)");
    app.add_option("--seeds", flags.seeds, "How many (100)");
    app.add_option("--hours", flags.hours, "Virtual hours of each (24)")
        ->check(CLI::Range(0.01, 100.0));
    app.add_option("--clients", flags.clients, "How many clients (200)")
        ->check(CLI::Range(1, 10'000));
    app.add_option("--svg", flags.svg, "Draw five strategies through one outage into FILE");
    CLI11_PARSE(app, argc, argv);
    try {
        return flags.svg.empty() ? days(flags) : draw(flags);
    } catch (const std::exception& error) {
        fmt::print(stderr, "fleet_soak: {}\n", error.what());
        return 2;
    }
}
