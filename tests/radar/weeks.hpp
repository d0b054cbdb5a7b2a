#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "apilab/base/clock.hpp"

namespace apilab::radar_weeks {

struct Plan {
    std::uint64_t seed = 1;
    Duration span = std::chrono::days(14);
};

struct Count {
    /// Packages with something to do at the end, and rows of the working list that say so.
    std::vector<std::string> actionable;
    std::vector<std::string> open_rows;
    /// Keys of which there is more than one row.
    std::vector<std::string> doubled_rows;
    /// Urgent ones that came up over the weeks, and in how many messages each is named.
    std::map<std::string, std::size_t> urgent;
    /// Messages of one key.
    std::vector<std::string> doubled_notes;
    std::size_t notes = 0;
    std::size_t mails = 0;
    std::size_t mondays = 0;
    std::vector<std::string> doubled_mails;
    /// What people wrote and what stands there now, where it differs.
    std::vector<std::string> overwritten;
    /// Effects as the store has them.
    std::size_t applied = 0;
    std::size_t reconciled = 0;
    std::size_t duplicated = 0;
    std::size_t escalated = 0;
    std::size_t failed = 0;
    std::size_t dead_jobs = 0;
    std::map<std::string, std::size_t> dead_for;
    /// Runs while OSV was down, and those of them that hid it.
    std::size_t degraded_runs = 0;
    std::vector<std::string> unlabelled;
    /// The most requests of the service to one provider in a minute, and token requests in an hour
    /// after consent was withdrawn.
    std::map<std::string, std::size_t> busiest_minute;
    std::size_t token_requests_in_an_hour = 0;
    /// How often each fault struck.
    std::map<std::string, std::uint64_t> struck;
    std::size_t lives = 0;
    std::size_t kills = 0;
    /// Why the run proves nothing; empty: it does.
    std::string stuck;

    [[nodiscard]] bool good() const;
    [[nodiscard]] std::string text() const;
};

/// Fourteen virtual days of a radar over the sandbox with everything failing: limits everywhere,
/// replies that get lost after the change, tokens that end and consent that is withdrawn, drift,
/// duplicates, indexes that lag, kills, an hour without OSV. People commit, and write into the
/// working list meanwhile. Then all comes to rest and is counted.
[[nodiscard]] Count run_weeks(const Plan& plan);

}  // namespace apilab::radar_weeks
