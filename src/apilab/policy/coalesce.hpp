#pragma once

#include <optional>
#include <string>
#include <vector>

#include "apilab/http/message.hpp"
#include "apilab/policy/policy.hpp"

namespace apilab::policy {

/// What has to be equal for one answer to do for two calls: method, URL, provider, operation (which
/// decide how it is asked) and every header, but for those that name the single request
/// (`traceparent`, `x-request-id` and what `per_request` adds). Credentials are headers, so nobody
/// gets what another may see. Nothing for what is not safe to share: anything but GET and HEAD with
/// effect `read`, a body, a range.
[[nodiscard]] std::optional<std::string> coalescing_key(
    const http::Request& request, const CallFacts& call,
    const std::vector<std::string>& per_request = {});

}  // namespace apilab::policy
