#pragma once

// Day 14: a service, a day on which six things happen to it, and what somebody on duty has: a
// board, a log to write in, and switches. Who is on duty is the program.

#include <map>
#include <string>

#include "exercise.hpp"

namespace exercise {

/// What the dashboard shows.
struct Board {
    /// How the attempts of the last minute ended, by source: `npm ok`, `npm 429`, `osv 503`,
    /// `oauth 401`, `github no answer`, `effects unknown` (a write whose answer never came), `npm
    /// not as promised`, `osv no JSON`.
    std::map<std::string, int> attempts;
    /// Since the last webhook.
    Duration silent{};
    /// Jobs that are to be done, and those that were given up.
    std::size_t waiting = 0;
    std::size_t dead = 0;
};

/// What is at hand on duty.
class Desk {
public:
    Desk() = default;
    Desk(const Desk&) = delete;
    Desk& operator=(const Desk&) = delete;
    virtual ~Desk() = default;

    [[nodiscard]] virtual Lab& lab() = 0;
    [[nodiscard]] virtual bool over() const = 0;
    [[nodiscard]] virtual Board look() const = 0;
    /// Into the incident log, with the time and what the board says: `down npm`.
    virtual void write_down(const std::string& name) = 0;
    /// The source is not asked any more: what was last known of it is used, and what is to be
    /// written there waits.
    virtual void leave(const std::string& source) = 0;
    /// It is asked again.
    virtual void take_back(const std::string& source) = 0;
    /// Asks a source that was left once: is it well?
    [[nodiscard]] virtual Task<bool> probe(std::string source) = 0;
    /// A new token for the old one.
    [[nodiscard]] virtual Task<void> rotate() = 0;
    /// Asks GitHub to deliver again what never arrived.
    [[nodiscard]] virtual Task<void> reconcile() = 0;
    /// The service begins anew: what it knew of its sources is gone, its jobs are not.
    virtual void restart() = 0;
};

/// Three hours of a service that GitHub tells of issues; for each it asks npm, OSV and GitHub about
/// a package, reads a document with a token, and writes once. A job that fails is tried again each
/// minute, ten times in all. Six troubles of eight are drawn from the seed, each lasts twelve
/// minutes or more; no two at once. `on_duty` runs beside it until the day is `over`.
[[nodiscard]] Task<void> game_day(Lab& lab, Task<void> (*on_duty)(Desk&));

}  // namespace exercise
