#pragma once

#include <CLI/App.hpp>
#include <functional>

#include "command.hpp"

namespace apilab::cli {

/// How a subcommand of `checklist` says what it does.
using ChecklistAct = std::function<void(CLI::App* command, std::function<Result<ExitCode>()> run)>;

/// `checklist run` and `checklist init`.
void add_checklist_run(CLI::App& checklist, const Globals& globals, const ChecklistAct& act);

}  // namespace apilab::cli
