#pragma once

#include "apilab/sandbox/scenario.hpp"

namespace apilab::radar_weeks {

/// Everything that fails, over two weeks.
[[nodiscard]] sandbox::Scenario weather();

}  // namespace apilab::radar_weeks
