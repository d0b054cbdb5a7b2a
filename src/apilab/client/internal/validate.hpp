#pragma once

#include "apilab/base/result.hpp"
#include "apilab/client/options.hpp"
#include "apilab/runtime/context.hpp"

/// Ranges that hold for a client and for a single call.
namespace apilab::client::internal {

/// Error (`invalid_argument`): names the option.
[[nodiscard]] Result<void> validate(const runtime::Timeouts& timeouts);
[[nodiscard]] Result<void> validate(const CallOptions& options);

}  // namespace apilab::client::internal
