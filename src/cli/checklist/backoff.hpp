#pragma once

#include "checklist/answer.hpp"
#include "checklist/observed.hpp"

namespace apilab::cli::checklist {

/// C04: before what failed comes again there is a wait, and waits after the same attempt differ.
/// Seen where at least eight calls waited after the same attempt without being told for how long;
/// of each call alone, so that a later call of the same is no attempt of the one before.
[[nodiscard]] Answer waits_vary(const Observed& seen);

}  // namespace apilab::cli::checklist
