#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace apilab::cli {

/// The only place where the programs read the environment. An empty value counts as not set.
[[nodiscard]] std::optional<std::string> environment(std::string_view name);

}  // namespace apilab::cli
