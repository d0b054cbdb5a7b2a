#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "apilab/base/rng.hpp"
#include "apilab/base/secret.hpp"
#include "apilab/http/message.hpp"
#include "apilab/runtime/scheduler.hpp"
#include "apilab/runtime/semaphore.hpp"
#include "apilab/transport/transport.hpp"
#include "suspects.hpp"

namespace exercise::internal {

/// How a client was written. As it stands here it is right; each bug is one member.
struct Habits {
    // Limits.
    bool obeys_retry_after = true;
    bool reads_milliseconds = false;
    bool reads_dates = true;
    bool forbidden_may_be_limit = true;
    bool forbidden_is_limit = false;
    bool obeys_reset = true;
    bool reset_is_a_duration = false;
    bool everybody_waits = true;
    int attempts_max = 4;
    // Everything else that goes wrong.
    bool retries_server_errors = true;
    bool backs_off = true;
    bool retries_lost = true;
    bool retries_missing = false;
    int hops_max = 0;
    bool takes_token_along = false;
    // Tokens.
    bool refreshes = true;
    bool replays = true;
    bool replays_with_the_old = false;
    bool one_for_all = true;
    bool keeps_newest = true;
    bool stops_at_invalid_grant = true;
    bool refreshes_on_forbidden = false;
    int cycles_max = 1;
    bool token_in_query = false;
    // Neither right nor wrong.
    bool jitters = false;
    bool is_library = false;
};

struct Suspect {
    /// What is wrong with it; for a correct one, how it was written.
    std::string name;
    /// What somebody would notice who does not know it: all that is said of a survivor.
    std::string symptom;
    Habits habits;
};
[[nodiscard]] const std::vector<Suspect>& correct_clients();
[[nodiscard]] const std::vector<Suspect>& buggy_clients();
/// Bugs that have to do with neither limits nor tokens.
[[nodiscard]] const std::vector<Suspect>& more_buggy_clients();

/// The world that a client finds itself in.
struct Surroundings {
    apilab::runtime::Scheduler& scheduler;
    apilab::transport::Transport& transport;
    apilab::Rng& rng;
    apilab::http::Url base;
    apilab::Environment environment;
};

/// Does the six pieces of work, `workers` at a time. Returns how many it got done.
[[nodiscard]] Task<std::size_t> do_work(Surroundings world, Habits habits, Work work,
                                        std::size_t workers);

/// The requests of that work, without credentials.
[[nodiscard]] std::vector<Request> requests_of(const apilab::http::Url& base, Work work);

}  // namespace exercise::internal
