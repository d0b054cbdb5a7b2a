#include "apilab/radar/radar_facts.hpp"

namespace apilab::radar {

std::string_view to_string(SourceStatus status) {
    switch (status) {
        case SourceStatus::ok:
            return "ok";
        case SourceStatus::stale:
            return "stale";
        case SourceStatus::failed:
            return "failed";
    }
    return "";
}

SourceFailure failure_of(const Error& error) {
    // A limit first: that a wait would have passed the deadline follows from it.
    if (error.kind() == ErrorKind::rate_limited || error.ending() == Ending::budget ||
        error.ending() == Ending::patience) {
        return SourceFailure::gave_up;
    }
    if (error.kind() == ErrorKind::deadline || error.ending() == Ending::deadline) {
        return SourceFailure::deadline;
    }
    return SourceFailure::unreachable;
}

}  // namespace apilab::radar
