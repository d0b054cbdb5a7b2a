#pragma once

#include <span>

#include "apilab/base/embedded.hpp"

namespace apilab::sandbox::internal {

/// The files of `scenarios/`, compiled in (cmake/Embed.cmake); their names end in `.toml`.
[[nodiscard]] std::span<const EmbeddedFile> embedded_scenarios();

}  // namespace apilab::sandbox::internal
