#pragma once

#include <cstdint>
#include <vector>

#include "apilab/base/clock.hpp"

namespace apilab::fortnight {

/// What is wrong with the service for a while.
enum class Trouble : std::uint8_t {
    none,
    /// The machine is away; what it had not written is gone.
    crash,
    /// The process was told to end, and is not there.
    stopped,
    /// It runs, and nobody reaches it: the proxy says 502.
    unreachable,
    /// The same, and the proxy says nothing.
    silent,
    /// It does its work, and its answers get lost.
    answers_lost,
    /// Its disk takes nothing.
    disk,
};

struct Spell {
    /// After the beginning.
    Duration from{};
    Duration until{};
    Trouble trouble = Trouble::none;
};

/// Two weeks of troubles, one after another, with hours of peace between them; the same for the
/// same seed. Restarts of a minute, outages of minutes, of an hour (each kind once at least, GitHub
/// gets through those by the gap filler alone), of two to six hours with the machine away, and one
/// of 20 to 40 hours: shorter than Stripe's three days, longer than anything of Slack's.
[[nodiscard]] std::vector<Spell> plan_weather(std::uint64_t seed, Duration span);

}  // namespace apilab::fortnight
