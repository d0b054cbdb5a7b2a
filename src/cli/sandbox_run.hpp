#pragma once

#include "command.hpp"

namespace apilab::cli {

/// `sandbox run`: a command is judged by what it does to a sandbox.
void add_sandbox_run(CLI::App& group, const Globals& globals, Action& action);
/// `sandbox matrix`: the judge itself is judged.
void add_sandbox_matrix(CLI::App& group, const Globals& globals, Action& action);

}  // namespace apilab::cli
