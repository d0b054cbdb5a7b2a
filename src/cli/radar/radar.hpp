#pragma once

#include "command.hpp"

namespace apilab::cli {

/// The subcommands of `apilab radar`, each with its flags in a file of its own.
void add_radar_check(CLI::App& group, const Globals& globals, Action& action);

}  // namespace apilab::cli
