#pragma once

#include "apilab/base/error.hpp"

namespace apilab::cli {

/// What the process says to whoever started it. Part of the interface (docs: `apilab --help`).
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
    /// `call --fail` and a status of 400 or more.
    http_error = 22,
    internal = 70,
    interrupted = 130,
    terminated = 143,
};

/// The code for an error that ended a command.
[[nodiscard]] ExitCode exit_code_of(const Error& error);

}  // namespace apilab::cli
