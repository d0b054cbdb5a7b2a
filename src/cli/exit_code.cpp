#include "exit_code.hpp"

namespace apilab::cli {

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
