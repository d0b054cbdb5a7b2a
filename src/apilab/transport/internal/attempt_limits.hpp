#pragma once

#include <string_view>

#include "apilab/base/clock.hpp"
#include "apilab/base/error.hpp"
#include "apilab/runtime/context.hpp"

namespace apilab::transport::internal {

/// The earliest moment at which something has to be over, and what to say when it was not.
struct Limit {
    SteadyTime time = SteadyTime::max();
    /// `pool`, `connect`, `first_byte`, `idle`, `attempt` or `total`.
    std::string_view detail;
    /// How long the limit that counts was, for the message.
    Duration length{};

    /// `timeout`, or `deadline` where the whole call's deadline was the one.
    [[nodiscard]] Error error(Outcome outcome) const;
    [[nodiscard]] bool passed(SteadyTime now) const { return now >= time; }
};

/// `start + length`, saturating; a `length` of zero means no limit.
[[nodiscard]] SteadyTime limit_after(SteadyTime start, Duration length);

/// Turns the context's deadlines and timeouts into the limit that counts in each phase: always the
/// earliest of the phase's own, the attempt's and the call's.
class AttemptLimits {
public:
    AttemptLimits(const runtime::CallContext& context, SteadyTime started);

    /// Waiting for a connection has no limit of its own, only the attempt's and the call's.
    [[nodiscard]] Limit pool() const;
    [[nodiscard]] Limit connect(SteadyTime begun) const;
    [[nodiscard]] Limit first_byte(SteadyTime sent) const;
    [[nodiscard]] Limit idle(SteadyTime progress) const;

private:
    [[nodiscard]] Limit earliest(SteadyTime start, Duration length, std::string_view name) const;

    runtime::Timeouts timeouts_;
    SteadyTime started_;
    SteadyTime attempt_;
    SteadyTime total_;
};

}  // namespace apilab::transport::internal
