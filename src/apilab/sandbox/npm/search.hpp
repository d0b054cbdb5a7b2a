#pragma once

#include <string>

#include "apilab/sandbox/npm/provider.hpp"

namespace apilab::sandbox::npm {

/// The body of `GET /-/v1/search`: packages whose name or description holds `text` (without case),
/// by name. `size` is at most 250, 20 by default; scores are constant, as they are today.
[[nodiscard]] std::string search_body(const Registry& registry, const Incoming& incoming);

}  // namespace apilab::sandbox::npm
