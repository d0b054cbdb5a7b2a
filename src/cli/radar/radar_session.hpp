#pragma once

#include <memory>

#include "apilab/base/rng.hpp"
#include "apilab/client/call_stats.hpp"
#include "apilab/client/client.hpp"
#include "apilab/radar/decide.hpp"
#include "apilab/radar/find_input.hpp"
#include "apilab/radar/gather.hpp"
#include "apilab/runtime/scheduler.hpp"
#include "source_urls.hpp"

namespace apilab::cli {

/// The whole stack that one or several checks share: client with its policies and its cache, the
/// three providers. Scheduler and transport outlive it.
class RadarSession {
public:
    /// Error: `invalid_argument` (client options).
    [[nodiscard]] static Result<std::unique_ptr<RadarSession>> make(runtime::Scheduler& scheduler,
                                                                    runtime::Service& transport,
                                                                    const SourceUrls& urls,
                                                                    std::uint64_t seed);

    /// Gathers and decides; runs the scheduler until it is done.
    [[nodiscard]] radar::Report check(radar::RadarInput input, const radar::DecideOptions& options,
                                      bool simulated, radar::GatherOptions gather);

    [[nodiscard]] client::CallStats& stats() { return stats_; }

private:
    RadarSession(runtime::Scheduler& scheduler, std::uint64_t seed)
        : scheduler_(scheduler), rng_(seed) {}

    runtime::Scheduler& scheduler_;
    SeededRng rng_;
    client::CallStats stats_;
    std::unique_ptr<client::Client> client_;
    std::unique_ptr<radar::Sources> sources_;
};

/// Is the source an apilab sandbox? Only loopback addresses are asked; it takes one request.
[[nodiscard]] bool is_sandbox(runtime::Scheduler& scheduler, runtime::Service& transport,
                              const http::Url& url);

}  // namespace apilab::cli
