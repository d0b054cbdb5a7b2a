#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "apilab/client/options.hpp"
#include "origin.hpp"
#include "weather.hpp"

namespace apilab::simulation {

struct FleetOptions {
    /// Chance: phases of the clients, jitter, what a flaky origin does.
    std::uint64_t seed = 1;
    /// Each with a client of its own, as processes have, and one call a second.
    int clients = 200;
    Duration length = std::chrono::hours(24);
    /// Of ten calls one is a write without a key: nobody may send it again blindly.
    client::ClientOptions client;
};

/// A total outage and what followed.
struct Recovery {
    Spell spell;
    /// Requests in the first second in which everything works again.
    std::uint32_t first_second = 0;
    /// The most in any second of the first minute after it.
    std::uint32_t peak = 0;
    /// Requests per call that was begun, from ten seconds into the outage to its end. 0 where it
    /// was shorter than half a minute.
    double requests_per_call = 0;
};

struct FleetStory {
    std::uint64_t calls = 0;
    std::uint64_t answered = 0;
    std::uint64_t requests = 0;
    /// By second.
    std::vector<std::uint32_t> requests_each_second;
    std::vector<std::uint32_t> calls_each_second;
    std::vector<Recovery> recoveries;
    BrokenPromises broken;
};

/// Runs the fleet against one origin under virtual time, to the last call's end. What is broken:
/// attempts above the maximum, a call beyond its deadline, a lost write that was sent again, a
/// request before the announced time, the token in a word of ours, and anything that was not given
/// back.
[[nodiscard]] FleetStory run_fleet(const FleetOptions& options, const Weather& weather);

/// What of the bars was missed, one sentence each: twice the steady load in the first second after
/// a total outage at most, and 1.1 requests per call after its first ten seconds.
[[nodiscard]] std::vector<std::string> missed_bars(const FleetOptions& options,
                                                   const FleetStory& story);

}  // namespace apilab::simulation
