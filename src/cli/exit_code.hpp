#pragma once

#include <span>
#include <string_view>

#include "apilab/base/error.hpp"

namespace apilab::cli {

/// What the process says to whoever started it. Part of the interface: `exit_codes()`.
enum class ExitCode : int {
    success = 0,
    failure = 1,
    usage = 2,
    verdict_failed = 3,
    authentication = 4,
    verdict_unknown = 5,
    findings = 6,
    unreachable = 7,
    deadline = 8,
    gave_up = 9,
    http_error = 22,
    internal = 70,
    interrupted = 130,
    terminated = 143,
};

/// A row of the table that `--help`, `apilab help exit-codes`, man pages and `explain` show.
struct ExitCodeRow {
    ExitCode code;
    /// A few words.
    std::string_view meaning;
    /// When it happens and what to do.
    std::string_view remedy;
};

/// All of them, in order.
[[nodiscard]] std::span<const ExitCodeRow> exit_codes();

/// The code for an error that ended a command.
[[nodiscard]] ExitCode exit_code_of(const Error& error);

}  // namespace apilab::cli
