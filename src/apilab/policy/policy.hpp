#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "apilab/base/clock.hpp"
#include "apilab/base/error.hpp"
#include "apilab/http/headers.hpp"
#include "apilab/http/record.hpp"

namespace apilab::policy {

/// How one attempt ended, as policies see it.
struct AttemptOutcome {
    /// Of a complete answer, or 0.
    int status = 0;
    /// Of the answer; null where there was none.
    const http::Headers* headers = nullptr;
    std::string_view body;
    /// Where no complete answer came.
    std::optional<ErrorKind> error;
    Outcome outcome = Outcome::answered;
    /// When the answer was complete, by both clocks.
    SteadyTime at;
    SystemTime system_at;
};

/// What a call is, as far as decisions depend on it.
struct CallFacts {
    std::string_view origin;
    std::string_view provider;
    http::Effect effect = http::Effect::read;
    /// It carries an idempotency key that the provider honours.
    bool has_key = false;
    bool body_replayable = true;
    SteadyTime deadline = SteadyTime::max();
};

/// The attempt may go.
struct Proceed {};
/// The attempt waits until `until`, then asks again.
struct WaitUntil {
    SteadyTime until;
    http::WaitCause cause = http::WaitCause::rate_limit;
};
/// The attempt is not made.
struct Refuse {
    Error error;
};
using Action = std::variant<Proceed, WaitUntil, Refuse>;

/// A decision maker without I/O, clock or chance of its own: it is asked before each attempt and
/// told after it. The driver waits, sends and records. A policy belongs to one client and its
/// thread; what it remembers (a frozen bucket, an open breaker) is shared by that client's calls.
class Policy {
public:
    Policy() = default;
    Policy(const Policy&) = delete;
    Policy& operator=(const Policy&) = delete;
    virtual ~Policy() = default;

    /// One line for `Client::describe()`: the name and the options in force.
    [[nodiscard]] virtual std::string describe() const = 0;
    [[nodiscard]] virtual Action before(const CallFacts& call, SteadyTime now) = 0;
    virtual void after(const CallFacts& call, const AttemptOutcome& outcome) = 0;
};

}  // namespace apilab::policy
