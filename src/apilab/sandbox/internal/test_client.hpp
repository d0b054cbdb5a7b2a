#pragma once

// A client written by hand for the judge's tests: the good one, and one sin at a time.

#include <optional>
#include <vector>

#include "apilab/sandbox/internal/test_world.hpp"

namespace apilab::sandbox::internal {

struct TestClient {
    std::size_t max_attempts = 3;
    bool obeys_retry_after = true;
    bool understands_dates = true;
    /// Waits with everything while one limit is waited out, not only with the refused call.
    bool stops_everything = true;
    bool resends_unsafe = false;
    /// Looks before it sends an unsafe call again.
    bool looks_first = false;
    bool retries_permanent = false;
    bool backs_off = true;
    bool jitters = true;
    std::optional<Duration> deadline;
    /// Goes over its own deadline all the same.
    bool ignores_deadline = false;

    /// Does all calls, one attempt at a time, in order of their due times.
    void run(World& world, std::vector<World::Call> calls) const;
};

}  // namespace apilab::sandbox::internal
