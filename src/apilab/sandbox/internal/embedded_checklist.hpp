#pragma once

#include <span>

#include "apilab/base/embedded.hpp"

namespace apilab::sandbox::internal {

/// docs/integration-checklist.toml, compiled in.
[[nodiscard]] std::span<const EmbeddedFile> embedded_checklist();

}  // namespace apilab::sandbox::internal
