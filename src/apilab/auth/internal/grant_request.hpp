#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apilab/auth/token_endpoint.hpp"
#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"
#include "apilab/http/message.hpp"

namespace apilab::auth::internal {

/// The request of a grant: these fields, but for empty ones, and then those of the endpoint.
/// Errors: `invalid_argument` for a field that would stand there twice, those of `form_request`.
[[nodiscard]] Result<http::Request> grant_request(
    const TokenEndpoint& endpoint,
    const std::vector<std::pair<std::string_view, std::string_view>>& fields, SystemTime now);

}  // namespace apilab::auth::internal
