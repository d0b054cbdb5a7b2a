#pragma once

#include <string>
#include <vector>

#include "apilab/client/options.hpp"

namespace apilab::simulation {

/// A way of sending again, as a client's options.
struct Strategy {
    std::string name;
    client::ClientOptions options;
};

/// From the naive one to the default: at once; after a second; exponential; with full jitter; with
/// full jitter, budget and breaker. All may make five attempts.
[[nodiscard]] std::vector<Strategy> strategies();

}  // namespace apilab::simulation
