#pragma once

// What day 5 stands on: what is looked up, and what is left of it for whoever asks later.

#include <string>
#include <string_view>
#include <vector>

#include "apilab/observe/log_observer.hpp"
#include "apilab/observe/metrics_observer.hpp"
#include "exercise.hpp"

namespace exercise {

/// The requests of the run, with its token: seven repositories of GitHub, two of them unknown.
[[nodiscard]] std::vector<Request> repositories(Lab& lab);

struct Telemetry {
    /// One JSON object a line.
    std::string log;
    apilab::observe::MetricsObserver metrics;

    /// Appends lines to the log; for as long as this lives.
    [[nodiscard]] apilab::observe::LogObserver::Sink sink() {
        return [this](std::string_view line) { (log += line) += '\n'; };
    }
};

/// Hands both to the judge, who lays them beside the journal, and counts for the comparison the
/// events `attempt` of the log and how often the token stands in it: `attempts logged`, `secrets
/// logged`.
void hand_in(Lab& lab, const Telemetry& telemetry);

}  // namespace exercise
