#pragma once

#include "apilab/base/error.hpp"

namespace apilab {

/// The same error of another kind, with all that it was told: what a provider means by it.
[[nodiscard]] Error as_kind(const Error& error, ErrorKind kind);

}  // namespace apilab
