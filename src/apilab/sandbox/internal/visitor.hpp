#pragma once

#include <vector>

#include "apilab/base/result.hpp"
#include "apilab/http/json.hpp"
#include "apilab/sandbox/scenario.hpp"

namespace apilab::sandbox::internal {

/// Reads `[[visitor]]`; errors as of `parse_scenario`.
[[nodiscard]] Result<std::vector<Visitor>> parse_visitors(http::Json json);

}  // namespace apilab::sandbox::internal
