#include "internal/client_under_test.hpp"

namespace exercise::internal {

const std::vector<Suspect>& correct_clients() {
    static const std::vector<Suspect> list = {
        {"waits to the second", "", {}},
        {"waits a little longer than it was told",
         "",
         {.attempts_max = 3, .hops_max = 5, .jitters = true}},
        {"the library", "", {.is_library = true}},
    };
    return list;
}

const std::vector<Suspect>& buggy_clients() {
    const std::string early = "is back before it was asked to be";
    const std::string loses = "loses work that it could have done";
    const std::string loops = "goes on where nothing is to be had";
    static const std::vector<Suspect> list = {
        {"ignores Retry-After", early, {.obeys_retry_after = false}},
        {"takes Retry-After for milliseconds", early, {.reads_milliseconds = true}},
        {"cannot read a date in Retry-After", early, {.reads_dates = false}},
        {"does not know that a 403 may be a limit", loses, {.forbidden_may_be_limit = false}},
        {"takes every 403 for a limit", loops, {.forbidden_is_limit = true}},
        {"ignores x-ratelimit-reset", early, {.obeys_reset = false}},
        {"takes x-ratelimit-reset for a duration", loses, {.reset_is_a_duration = true}},
        {"lets the other workers go on while one waits",
         "asks for other things while it was told to wait",
         {.everybody_waits = false}},
        {"never gives up on a limit", loops, {.attempts_max = 60}},
        {"does not refresh after a 401", loses, {.refreshes = false}},
        {"refreshes and forgets the request", loses, {.replays = false}},
        {"sends it again with the old token", loses, {.replays_with_the_old = true}},
        {"lets every worker refresh",
         "makes a crowd at the token endpoint",
         {.one_for_all = false}},
        {"keeps its first refresh token", "is logged out after a while", {.keeps_newest = false}},
        {"asks again after invalid_grant", loops, {.stops_at_invalid_grant = false}},
        {"refreshes because of a 403",
         "asks for tokens that it does not need",
         {.refreshes_on_forbidden = true}},
        {"refreshes for ever when fresh tokens are refused", loops, {.cycles_max = 20}},
        {"puts the token into the URL",
         "shows what it should keep to itself",
         {.token_in_query = true}},
    };
    return list;
}

const std::vector<Suspect>& more_buggy_clients() {
    const std::string loses = "loses work that it could have done";
    const std::string loops = "goes on where nothing is to be had";
    static const std::vector<Suspect> list = {
        {"takes a 503 for final", loses, {.retries_server_errors = false}},
        {"tries again at once", "gives a busy server no time", {.backs_off = false}},
        {"takes a lost connection for final", loses, {.retries_lost = false}},
        {"tries again what is not there", loops, {.retries_missing = true}},
        {"takes its token along wherever it is led",
         "shows what it should keep to itself",
         {.hops_max = 5, .takes_token_along = true}},
        {"goes round in circles", loops, {.hops_max = 60}},
    };
    return list;
}

}  // namespace exercise::internal
