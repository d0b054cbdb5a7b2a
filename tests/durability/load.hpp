#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include "apilab/base/clock.hpp"
#include "lossy_disk.hpp"
#include "machine.hpp"

namespace apilab::durability {

struct LoadPlan {
    std::uint64_t seed = 1;
    /// How often the power goes.
    int cuts = 50;
    double per_second = 200;
    Synchronous synchronous = Synchronous::full;
    /// Of the first cut; every second one leaves some of it, by the seed.
    Unsynced unsynced = Unsynced::lost;
    /// Lives last up to so long.
    Duration life_max = std::chrono::seconds(3);
};

struct LoadReport {
    std::size_t events = 0;
    std::size_t deliveries = 0;
    std::size_t acknowledged = 0;
    std::size_t forgeries = 0;
    std::size_t effects = 0;
    std::size_t repeats = 0;
    std::uint64_t steps = 0;
    int lives = 0;
    Duration took{};

    /// Acknowledged, and no effect ever came of it.
    std::size_t lost = 0;
    /// Had its effect more than once.
    std::size_t twice = 0;
    /// Effects of what nobody sent, and forgeries that were told 2xx.
    std::size_t forged = 0;
    /// Why the run could not go on, or did not come to rest; empty: it did.
    std::string stuck;

    [[nodiscard]] bool good() const {
        return lost == 0 && twice == 0 && forged == 0 && stuck.empty() && acknowledged == events &&
               effects == events;
    }
    [[nodiscard]] std::string text() const;
};

/// A service under load, whose machine loses its power again and again at random moments, in
/// virtual time. Receivers verify and store, workers work, an outbox sends; each life begins with
/// nothing but what the disk kept. After the last cut it runs until all is done.
[[nodiscard]] LoadReport run_load(const LoadPlan& plan);

}  // namespace apilab::durability
