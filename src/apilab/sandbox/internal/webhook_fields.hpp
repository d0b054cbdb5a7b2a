#pragma once

#include <vector>

#include "apilab/base/result.hpp"
#include "apilab/http/json.hpp"
#include "apilab/sandbox/webhook/webhooks.hpp"

namespace apilab::sandbox::internal {

/// Reads `[[webhook]]` and `[kill]`; errors as of `parse_scenario`.
[[nodiscard]] Result<std::vector<Webhooks>> parse_webhooks(http::Json json);
[[nodiscard]] Result<Kills> parse_kills(http::Json json);

}  // namespace apilab::sandbox::internal
