#pragma once

#include <span>

#include "apilab/base/embedded.hpp"

namespace apilab::cli {

/// The files of examples/webshop, compiled in: `apilab run` works from any folder.
[[nodiscard]] std::span<const EmbeddedFile> example_project();

}  // namespace apilab::cli
