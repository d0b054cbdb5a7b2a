#pragma once

#include <CLI/App.hpp>
#include <span>

#include "command.hpp"

namespace apilab::cli {

/// What a command line that cannot be used gets: one line on stderr that names what is wrong, the
/// command, flag or value it was probably meant to be, and whose `--help` has the rest. Help and
/// version, which the parser reports in the same way, go to stdout; so does help where `-h` or
/// `--help` is among `arguments` before `--`, whatever else is wrong. Returns the exit code.
[[nodiscard]] ExitCode report_usage(const CLI::App& app, const CLI::ParseError& error,
                                    std::span<const char* const> arguments, const Globals& globals);

}  // namespace apilab::cli
