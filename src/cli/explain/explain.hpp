#pragma once

#include <string>

#include "apilab/base/result.hpp"
#include "command.hpp"

namespace apilab::cli {

/// Prints the page of a topic; an empty name lists all. Error (`invalid_argument`): there is none
/// of that name (with the nearest one).
[[nodiscard]] Result<ExitCode> explain_topic(const std::string& name, const Globals& globals);

}  // namespace apilab::cli
