#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "apilab/base/clock.hpp"

namespace apilab::fortnight {

struct Plan {
    std::uint64_t seed = 1;
    Duration span = std::chrono::days(14);
};

/// What became of one sender's genuine events.
struct Tally {
    std::size_t events = 0;
    /// Attempts to deliver them, and those that the sender counts as failed.
    std::size_t attempts = 0;
    std::size_t failed = 0;
    /// Events that the sender was never told 2xx of, and tries no more: of Slack those whose four
    /// attempts failed, of Stripe ten. Of GitHub none: it can be asked for three days.
    std::size_t given_up = 0;
    /// Of those, the ones that never reached the store: all that may be missing, and all that is.
    std::size_t beyond_reach = 0;
    /// Had their effect.
    std::size_t effects = 0;
    /// No effect, though the sender was told 2xx or had not given up, or the store had it.
    std::vector<std::string> lost;
    /// More effects than one.
    std::vector<std::string> doubled;
};

struct Report {
    std::map<std::string, Tally> senders;
    /// Processes, and spells of trouble.
    std::size_t lives = 0;
    std::size_t spells = 0;
    /// Of the sandbox's senders and the intruder's, those that were told 2xx, and effects of what
    /// nobody sent.
    std::size_t forgeries = 0;
    std::size_t believed = 0;
    std::size_t forged = 0;
    /// Answers 2xx that never arrived, and sends of ours of which nobody heard.
    std::size_t unheard_answers = 0;
    std::size_t unheard_sends = 0;
    /// What the gap filler missed, asked for and got; what it gave up.
    std::size_t missing = 0;
    std::size_t asked = 0;
    std::size_t recovered = 0;
    std::size_t filler_gave_up = 0;
    /// Why the run proves nothing; empty: it does.
    std::string stuck;

    [[nodiscard]] bool good() const;
    [[nodiscard]] std::string text() const;
};

/// The sandbox's GitHub, Slack and Stripe send for so long, each with its own patience and schedule
/// and with everything else that goes wrong on their side, to a service in bad weather
/// (`plan_weather`), whose every event makes one effect on a target over the outbox. Then all comes
/// to rest and is counted: what the senders know against what the target has. Virtual time.
[[nodiscard]] Report run_fortnight(const Plan& plan);

}  // namespace apilab::fortnight
