#pragma once

#include "command.hpp"

namespace apilab::cli {

/// The subcommands of `apilab radar`, each with its flags in a file of its own.
void add_radar_check(CLI::App& group, const Globals& globals, Action& action);
/// `config check` and `config explain`.
void add_radar_config(CLI::App& group, const Globals& globals, Action& action);
/// `jobs list`, `show`, `dead`, `redrive`, `pause` and `resume`.
void add_radar_jobs(CLI::App& group, const Globals& globals, Action& action);
void add_radar_serve(CLI::App& group, const Globals& globals, Action& action);

}  // namespace apilab::cli
