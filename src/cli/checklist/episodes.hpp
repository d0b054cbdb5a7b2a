#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apilab/base/clock.hpp"

namespace apilab::cli::checklist {

/// One thing that happens in an episode.
struct Step {
    enum class Kind : std::uint8_t {
        /// Starts the service and waits until it is ready.
        start,
        /// The webhook of the manifest's `trigger`, so that it does its work; `number` times, 50 ms
        /// apart. Waits for the answers, or `duration` where that is not zero: what comes later is
        /// noted all the same.
        trigger,
        /// Until the service has asked nothing for `duration` and waits for no answer, at most 15
        /// s.
        quiet,
        /// Until `number` of its writes were applied over there since the episode began, at most 8
        /// s.
        effects,
        /// What the scenario says of webhooks happens to it, each sender's at the manifest's path,
        /// until all is over, at most 30 s; or for `duration`, and goes on beside the next steps.
        webhooks,
        /// GET `text`: `{health}`, `{ready}`, `{dead_letters}`, or a path. Nothing where the
        /// manifest has none.
        get,
        /// `redeliver`: what `Service::redeliver` says, of the first dead letter; `reset_breaker`:
        /// the same of that, for the provider that refused last. The probe is called `redeliver
        /// POST /path`. Nothing where the manifest says nothing, or no letter is dead.
        act,
        scrape,
        /// SIGKILL.
        kill,
        /// SIGTERM, or the signal `number` (above 1); waits for its end, at most the manifest's
        /// kill
        /// timeout.
        stop,
        wait,
        /// The next start is without the secret number `number` of the manifest, from 1; 0: without
        /// all. It may refuse to start. Nothing, that start included, where it has not so many.
        without_secret,
        /// Ends the service, forgets its volume, and has the next start be with the integration
        /// number `number` of the manifest switched off (`Integration::off`), from 1. Nothing, that
        /// start and its trigger included, where it has not so many or that one has no switch.
        switch_off,
        /// `webhook_secret`: the trigger's sender signs with `{..._NEXT}` from now on, and the file
        /// `{..._FILE}` holds it; `former_secret` goes back. `access_token`: every token that was
        /// issued so far is over (of OAuth, Google); `consent`: their whole families. Another
        /// name: the file `{NAME_FILE}` holds `{NAME_NEXT}`.
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
    /// Providers that the service is told of at another of the sandbox's listeners: `github`,
    /// `APILAB_TLS_EXPIRED_URL`.
    std::vector<std::pair<std::string_view, std::string_view>> hosts = {};
};

/// In the order in which they are begun.
[[nodiscard]] std::span<const EpisodePlan> episode_plans();

}  // namespace apilab::cli::checklist
