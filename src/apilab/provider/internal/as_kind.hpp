#pragma once

#include "apilab/base/error.hpp"

namespace apilab::provider::internal {

/// The same error of another kind: what a provider means by it.
[[nodiscard]] Error as_kind(const Error& error, ErrorKind kind);

}  // namespace apilab::provider::internal
