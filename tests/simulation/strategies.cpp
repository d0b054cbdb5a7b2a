#include "strategies.hpp"

#include <utility>

namespace apilab::simulation {

using policy::BackoffKind;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

// Nothing but the retry: no budget, breaker, limiter, freeze or bulkhead.
Strategy bare(std::string name, policy::BackoffOptions backoff) {
    client::ClientOptions options;
    options.retry.max_attempts = 5;
    options.retry.transient = backoff;
    options.budget.reset();
    options.retry_without_budget = true;
    options.freeze.reset();
    options.limiter.reset();
    options.bulkhead.reset();
    options.breaker.reset();
    return {std::move(name), std::move(options)};
}

}  // namespace

std::vector<Strategy> strategies() {
    std::vector<Strategy> all;
    all.push_back(bare("naive: at once", {.kind = BackoffKind::constant, .base = milliseconds(1)}));
    all.push_back(bare("fixed: 1 s", {.kind = BackoffKind::constant, .base = seconds(1)}));
    all.push_back(bare("exponential from 500 ms",
                       {.kind = BackoffKind::exponential, .base = milliseconds(500)}));
    all.push_back(bare("full jitter", {.base = milliseconds(500)}));
    Strategy full{"full jitter, budget, breaker", {}};
    full.options.retry.max_attempts = 5;
    full.options.retry.transient.base = milliseconds(500);
    all.push_back(std::move(full));
    return all;
}

}  // namespace apilab::simulation
