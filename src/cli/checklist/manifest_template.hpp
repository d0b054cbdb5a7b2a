#pragma once

#include <string_view>

namespace apilab::cli::checklist {

/// An `integrations.toml` to begin with: right as it is, with every key in it, most of them behind
/// a
/// `#`.
[[nodiscard]] std::string_view manifest_template();

}  // namespace apilab::cli::checklist
