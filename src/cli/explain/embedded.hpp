#pragma once

#include <span>
#include <string_view>

#include "apilab/base/embedded.hpp"

namespace apilab::cli {

/// docs/topics/*.toml, the pages of docs/ that concepts name, and base/error.hpp.
[[nodiscard]] std::span<const EmbeddedFile> explain_files();

/// By its name without folder; empty where there is none.
[[nodiscard]] std::string_view explain_file(std::string_view name);

}  // namespace apilab::cli
