#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "apilab/base/result.hpp"
#include "apilab/base/rng.hpp"
#include "apilab/client/client.hpp"
#include "apilab/observe/log_observer.hpp"
#include "apilab/observe/metrics_observer.hpp"
#include "apilab/observe/story_observer.hpp"
#include "apilab/radar/service/call_history.hpp"
#include "apilab/radar/service/config.hpp"
#include "apilab/runtime/scheduler.hpp"
#include "apilab/runtime/service.hpp"

namespace apilab::radar::internal {

/// Everything that a radar's calls go through: two clients over one transport, heard by the same
/// observers. They share what they learn of others (limits, freezes, breakers): Notion counts what
/// is read and what is written together.
struct RadarClients {
    observe::MetricsObserver metrics;
    CallHistory calls;
    std::unique_ptr<observe::LogObserver> log;
    std::unique_ptr<observe::StoryObserver> stories;
    /// Reads: retried, limited, kept. Their ids: `r-000001`.
    std::unique_ptr<client::Client> reads;
    /// Effects: one attempt each. Whether another one is safe is the outbox's decision. `e-000001`.
    std::unique_ptr<client::Client> effects;

    /// All that is passed in outlives it; `log` may be null. Errors: `invalid_argument`.
    [[nodiscard]] static Result<std::unique_ptr<RadarClients>> make(
        const Config& config, runtime::Scheduler& scheduler, runtime::Service& transport, Rng& rng,
        const std::function<void(std::string_view)>& log);
};

}  // namespace apilab::radar::internal
