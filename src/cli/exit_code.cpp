#include "exit_code.hpp"

#include <array>

namespace apilab::cli {
namespace {

constexpr std::array rows{
    ExitCodeRow{ExitCode::success, "success, or the verdict is pass",
                "Nothing to do. A reader that went away (`| head`) is no failure."},
    ExitCodeRow{ExitCode::failure, "failed for another reason",
                "The message says what: a file that cannot be written, an answer that cannot be "
                "read, a list that is not whole. With `sandbox run`: the verdict is pass and the "
                "command itself failed."},
    ExitCodeRow{ExitCode::usage, "wrong usage or configuration",
                "Nothing was sent. The message names the word, file or line and what is right; "
                "`--help` stands behind any command."},
    ExitCodeRow{
        ExitCode::verdict_failed, "the verdict or an assertion failed",
        "The client did what it may not. Each check that failed has a page: `apilab explain "
        "RL-01`."},
    ExitCodeRow{ExitCode::authentication, "authentication is needed or was refused",
                "`apilab auth status` says which credential; `apilab auth login` gets a new one. A "
                "401 that `call` was answered with is an answer (0, or 22 with `--fail`)."},
    ExitCodeRow{
        ExitCode::verdict_unknown, "the verdict is unknown: not exercised",
        "The faults never fired, so nothing is proved. Let the client run longer, or take a "
        "scenario that disturbs what it does."},
    ExitCodeRow{ExitCode::findings, "finished, with findings",
                "The work is done and found something at or above the level that was asked for: "
                "advisories, drift, secrets, trouble in the setup."},
    ExitCodeRow{ExitCode::unreachable, "the service could not be reached",
                "No name, no connection, or a certificate that is not trusted. Nothing was sent. "
                "`apilab doctor --online` looks at the way there."},
    ExitCodeRow{ExitCode::deadline, "the deadline passed",
                "Or the next wait would have passed it. It may have been applied: look at the "
                "outcome. `--deadline` gives more time."},
    ExitCodeRow{ExitCode::gave_up, "gave up: rate limit, budget or open breaker",
                "The other side said wait longer than you do, or has failed too often lately. The "
                "message says when to come back."},
    ExitCodeRow{ExitCode::http_error, "`call --fail`, and the status is 400 or above",
                "The answer came and is an error. Without `--fail` it is 0."},
    ExitCodeRow{ExitCode::internal, "an internal error",
                "A bug of ours, never the learner's failure. Please report the line it printed."},
    ExitCodeRow{ExitCode::interrupted, "interrupted (Ctrl-C)",
                "What was written until then is there and can be read."},
    ExitCodeRow{ExitCode::terminated, "terminated (SIGTERM)",
                "As interrupted; a platform or a supervisor sent it."},
};

}  // namespace

std::span<const ExitCodeRow> exit_codes() {
    return rows;
}

ExitCode exit_code_of(const Error& error) {
    if (error.kind() == ErrorKind::rate_limited || error.kind() == ErrorKind::breaker_open ||
        error.kind() == ErrorKind::overloaded || error.ending() == Ending::budget ||
        error.ending() == Ending::patience) {
        return ExitCode::gave_up;
    }
    if (error.ending() == Ending::deadline) {
        return ExitCode::deadline;
    }
    switch (error.kind()) {
        case ErrorKind::invalid_argument:
        case ErrorKind::too_large:
            return ExitCode::usage;
        case ErrorKind::resolve:
        case ErrorKind::connect:
        case ErrorKind::connection_lost:
        case ErrorKind::tls:
            return ExitCode::unreachable;
        case ErrorKind::timeout:
        case ErrorKind::deadline:
            return ExitCode::deadline;
        case ErrorKind::auth:
            return ExitCode::authentication;
        case ErrorKind::cancelled:
            return ExitCode::interrupted;
        case ErrorKind::internal:
            return ExitCode::internal;
        default:
            return ExitCode::failure;
    }
}

}  // namespace apilab::cli
