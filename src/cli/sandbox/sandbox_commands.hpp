#pragma once

#include <CLI/App.hpp>

#include "command.hpp"

namespace apilab::cli {

/// Each declares its commands below `apilab sandbox`.
void add_sandbox_serve(CLI::App& group, const Globals& globals, Action& action);
/// `run`: a command is judged by what it does to a sandbox.
void add_sandbox_run(CLI::App& group, const Globals& globals, Action& action);
/// `matrix`: the judge itself is judged.
void add_sandbox_matrix(CLI::App& group, const Globals& globals, Action& action);
/// `journal`, also followed.
void add_sandbox_journal(CLI::App& group, const Globals& globals, Action& action);
/// `services`.
void add_sandbox_services(CLI::App& group, const Globals& globals, Action& action);
/// `chaos`, `fired`, `reset`.
void add_sandbox_chaos(CLI::App& group, const Globals& globals, Action& action);
void add_sandbox_clock(CLI::App& group, const Globals& globals, Action& action);
void add_sandbox_record(CLI::App& group, const Globals& globals, Action& action);

}  // namespace apilab::cli
