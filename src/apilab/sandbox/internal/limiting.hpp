#pragma once

#include <string>

#include "apilab/sandbox/fault_set.hpp"
#include "apilab/sandbox/journal.hpp"
#include "apilab/sandbox/limits.hpp"
#include "apilab/sandbox/provider.hpp"

namespace apilab::sandbox::internal {

/// Asks the limits about a request that the provider is about to get, and writes down what they
/// say: facts `limit`, `remaining`, `reset` (ms), `limit_kind`, `bucket`, `buckets`, `cost` (where
/// it is not one); of a refusal the decision and a hit `limits.<provider>.<name>` as well.
[[nodiscard]] LimitAnswer ask_limits(LimitSet& limits, const Provider& provider,
                                     const Incoming& incoming, Exchange& row);

/// The provider's refusal for a limit that is used up.
[[nodiscard]] http::Response refuse_for_limit(const LimitAnswer& answer, const Provider& provider,
                                              SystemTime now);
/// Has a served answer say how full the limits are. What was free is given back.
void show_limits(LimitSet& limits, LimitAnswer& limit, const Provider& provider,
                 http::Response& answer, Exchange& row, SystemTime now);

/// When a refusal says that there is room again, where it says so by headers other than
/// `Retry-After`: `Exchange::limit_reset`.
void note_limit_reset(const LimitAnswer& answer, SteadyTime now, SystemTime system_now,
                      Exchange& row);

/// Providers and operations that limits name have to be served. Errors: `invalid_argument`, detail
/// `/limits/<provider>...`.
[[nodiscard]] Result<void> check_limits(const LimitRules& rules, const Surface& surface);

}  // namespace apilab::sandbox::internal
