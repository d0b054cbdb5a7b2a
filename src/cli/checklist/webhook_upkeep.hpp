#pragma once

#include "checklist/answer.hpp"
#include "checklist/observed.hpp"

// What keeps webhooks right over the weeks: kills, gaps, dead letters, subscriptions.
namespace apilab::cli::checklist {

/// H04, second half: what was acknowledged before a kill is worked on after it.
[[nodiscard]] Answer survives_kill(const Observed& seen);
/// H08.
[[nodiscard]] Answer counts_the_unknown(const Observed& seen);
/// H09.
[[nodiscard]] Answer subscribes_to_what_it_handles(const Observed& seen);
/// H10.
[[nodiscard]] Answer fills_gaps(const Observed& seen);
/// H11.
[[nodiscard]] Answer shows_dead_letters(const Observed& seen);
/// H12.
[[nodiscard]] Answer knows_its_own(const Observed& seen);
/// H13.
[[nodiscard]] Answer notices_being_switched_off(const Observed& seen);

}  // namespace apilab::cli::checklist
