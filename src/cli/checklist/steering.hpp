#pragma once

#include "checklist/answer.hpp"
#include "checklist/observed.hpp"

// What becomes of a service while one of those it asks is down, slow or switched off.
namespace apilab::cli::checklist {

/// J05.
[[nodiscard]] Answer leaves_the_dead_alone(const Observed& seen);
/// J06.
[[nodiscard]] Answer is_not_starved(const Observed& seen);
/// J07.
[[nodiscard]] Answer can_be_switched_off(const Observed& seen);

}  // namespace apilab::cli::checklist
