#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/rng.hpp"
#include "apilab/sandbox/judge/trials/internal/stage.hpp"
#include "apilab/sandbox/judge/trials/trial.hpp"

namespace apilab::sandbox::trials {

/// What a caller does about a write whose answer was lost.
enum class LostWrite : std::uint8_t { gives_up, looks_first, resends, resends_with_new_time };

/// A caller written by hand: the good one by default, and what it may do wrong.
struct Habits {
    std::size_t attempts_max = 3;
    bool obeys_retry_after = true;
    /// Reads its seconds as so many milliseconds.
    bool reads_milliseconds = false;
    bool understands_dates = true;
    bool obeys_reset = true;
    /// A refusal makes every call wait, not only the refused one.
    bool stops_everything = true;
    /// Knows that a 403 with a wait is a limit.
    bool knows_forbidden_limits = true;
    bool retries_permanent = false;
    LostWrite lost_write = LostWrite::gives_up;
    /// The wait after the n-th attempt, from 1, where nobody says how long. Default: 200 ms, 400
    /// ms, ... and up to as much again by chance.
    std::function<Duration(std::size_t attempt, Rng& rng)> wait = {};
    /// No attempt after so long; zero: none is promised.
    Duration deadline{};
    bool ignores_deadline = false;
};

/// Does all calls, one attempt at a time, in order of their due times.
void make_calls(Stage& stage, const Habits& habits, std::vector<Call> calls);
[[nodiscard]] Client calling(Habits habits, std::vector<Call> calls);

/// `/api/items/itm_0001` and those that follow.
[[nodiscard]] std::vector<Call> gets(int count);
/// A `[[fault]]` of a scenario.
[[nodiscard]] std::string fault(std::string_view what, std::string_view when = "",
                                std::string_view where = "api:*");

}  // namespace apilab::sandbox::trials
