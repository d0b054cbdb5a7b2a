#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "apilab/base/result.hpp"

namespace apilab::cli {

/// Starts a program with our streams and our environment, in which `additions` replace or add
/// names. The first word is looked up in PATH. Error: `invalid_argument` where it cannot be
/// started.
[[nodiscard]] Result<int> start_child(
    const std::vector<std::string>& words,
    const std::vector<std::pair<std::string, std::string>>& additions);

/// Nothing while it runs; then its exit code, or 128 and the signal that ended it.
[[nodiscard]] std::optional<int> exit_code_of_child(int pid);

}  // namespace apilab::cli
