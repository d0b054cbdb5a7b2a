#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/clock.hpp"

namespace apilab::cli::checklist {

/// One thing that happens in an episode.
struct Step {
    enum class Kind : std::uint8_t {
        /// Starts the service and waits until it is ready.
        start,
        /// The webhook of the manifest's `trigger`, so that it does its work; `number` times.
        trigger,
        /// Until the service has asked nothing for `duration` (at most `patience` of the engine).
        quiet,
        /// What the scenario says of webhooks happens to it, until all is over.
        webhooks,
        /// GET `text`: `{health}`, `{ready}`, `{dead_letters}`, or a path.
        get,
        scrape,
        /// SIGKILL.
        kill,
        /// SIGTERM, or the signal `number`; waits for its end, at most the manifest's kill timeout.
        stop,
        wait,
        /// The next start is without the secret number `number` of the manifest; 0: without all.
        without_secret,
        /// The sandbox replaces the credential `text` (`api_key`, `webhook_secret`); see the
        /// engine.
        rotate,
    };
    Kind kind = Kind::start;
    int number = 1;
    std::string_view text = {};
    Duration duration{};
};

/// An episode: the scenario `scenarios/checklist-<id>.toml` and what happens in it.
struct EpisodePlan {
    std::string_view id;
    /// What it is about, for the progress line: `providers that hang`.
    std::string_view story;
    std::vector<Step> steps;
};

/// In the order in which they are begun.
[[nodiscard]] std::span<const EpisodePlan> episode_plans();

}  // namespace apilab::cli::checklist
