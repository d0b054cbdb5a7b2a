#include "apilab/transport/internal/attempt_limits.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "apilab/base/duration.hpp"

namespace apilab::transport::internal {
namespace {

std::string_view what_was_missing(std::string_view detail) {
    if (detail == "connect") {
        return "no connection";
    }
    if (detail == "first_byte") {
        return "no first byte of an answer";
    }
    if (detail == "idle") {
        return "no progress";
    }
    return "no complete answer";
}

}  // namespace

Error Limit::error(Outcome outcome) const {
    if (detail == "total") {
        return Error(ErrorKind::deadline, "the call's deadline passed")
            .with_outcome(outcome)
            .with_detail("total");
    }
    if (detail == "pool") {
        return Error(ErrorKind::timeout,
                     fmt::format("no connection came free within the {} of the attempt",
                                 format_duration(length)))
            .with_outcome(outcome)
            .with_detail("pool");
    }
    return Error(ErrorKind::timeout,
                 fmt::format("{} within {}", what_was_missing(detail), format_duration(length)))
        .with_outcome(outcome)
        .with_detail(std::string(detail));
}

SteadyTime limit_after(SteadyTime start, Duration length) {
    if (length <= Duration::zero() || length > SteadyTime::max() - start) {
        return SteadyTime::max();
    }
    return start + length;
}

AttemptLimits::AttemptLimits(const runtime::CallContext& context, SteadyTime started)
    : timeouts_(context.timeouts),
      started_(started),
      attempt_(std::min(context.attempt_deadline, limit_after(started, timeouts_.attempt))),
      total_(context.deadline) {}

Limit AttemptLimits::earliest(SteadyTime start, Duration length, std::string_view name) const {
    // Where two end together, the outer one is the truer answer: nothing can follow it.
    Limit limit{total_, "total", {}};
    if (attempt_ < limit.time) {
        limit = {attempt_, "attempt", attempt_ - started_};
    }
    if (const SteadyTime phase = limit_after(start, length); phase < limit.time) {
        limit = {phase, name, length};
    }
    return limit;
}

Limit AttemptLimits::pool() const {
    Limit limit = earliest(started_, Duration::zero(), "pool");
    if (limit.detail == "attempt") {
        limit.detail = "pool";
    }
    return limit;
}

Limit AttemptLimits::connect(SteadyTime begun) const {
    return earliest(begun, timeouts_.connect, "connect");
}

Limit AttemptLimits::first_byte(SteadyTime sent) const {
    return earliest(sent, timeouts_.first_byte, "first_byte");
}

Limit AttemptLimits::idle(SteadyTime progress) const {
    return earliest(progress, timeouts_.idle, "idle");
}

}  // namespace apilab::transport::internal
