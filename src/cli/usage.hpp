#pragma once

#include <CLI/App.hpp>

#include "command.hpp"

namespace apilab::cli {

/// What a command line that cannot be used gets: one line on stderr that names what is wrong, the
/// command or flag it was probably meant to be, and whose `--help` has the rest. Help and version,
/// which the parser reports in the same way, go to stdout. Returns the exit code.
[[nodiscard]] ExitCode report_usage(const CLI::App& app, const CLI::ParseError& error,
                                    const Globals& globals);

}  // namespace apilab::cli
