#pragma once

#include <string>

#include "apilab/base/rng.hpp"

namespace apilab {

/// A random UUID (version 4, RFC 9562 section 5.4) in its 36 characters: a name that nobody else
/// gives, such as an idempotency key. As hard to guess as `rng` is; not a secret.
///
///     const std::string key = uuid_v4(rng);  // one per operation, before its first attempt
[[nodiscard]] std::string uuid_v4(Rng& rng);

}  // namespace apilab
