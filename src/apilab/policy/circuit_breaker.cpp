#include "apilab/policy/circuit_breaker.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "apilab/base/duration.hpp"
#include "apilab/policy/profile.hpp"

namespace apilab::policy {

namespace {

// What the slot says of the attempt.
constexpr Slot counted = 1;
constexpr Slot probe = 2;

std::unexpected<Error> outside(std::string_view field, std::string_view value,
                               std::string_view range) {
    return fail(ErrorKind::invalid_argument,
                fmt::format("breaker.{} is {}, outside {}", field, value, range));
}

bool is_failure(const CallFacts& call, const AttemptOutcome& outcome) {
    if (outcome.error) {
        // A bad argument or an answer beyond our own limits says nothing of the origin.
        switch (*outcome.error) {
            case ErrorKind::resolve:
            case ErrorKind::connect:
            case ErrorKind::tls:
            case ErrorKind::connection_lost:
            case ErrorKind::timeout:
            case ErrorKind::deadline:
            case ErrorKind::protocol:
                return true;
            default:
                return false;
        }
    }
    return outcome.status >= 500 && outcome.status <= 599 && outcome.status != 501 &&
           outcome.status != 505 && !is_limited(profile_of(call.provider), outcome);
}

bool found_no_connection(const AttemptOutcome& outcome) {
    return outcome.outcome == Outcome::not_sent && outcome.error &&
           *outcome.error != ErrorKind::invalid_argument;
}

}  // namespace

std::string_view to_string(CircuitBreaker::State state) {
    switch (state) {
        case CircuitBreaker::State::closed:
            return "closed";
        case CircuitBreaker::State::open:
            return "open";
        case CircuitBreaker::State::half_open:
            return "half-open";
    }
    return "closed";
}

Result<void> CircuitBreakerOptions::validate() const {
    if (!(failure_ratio > 0 && failure_ratio <= 1)) {
        return outside("failure_ratio", fmt::format("{}", failure_ratio), "above 0 to 1");
    }
    if (calls_min < 1 || calls_min > 100'000) {
        return outside("calls_min", fmt::format("{}", calls_min), "1 to 100000");
    }
    if (window < std::chrono::seconds(1) || window > std::chrono::hours(1)) {
        return outside("window", format_duration(window), "1 s to 1 h");
    }
    if (connection_failures < 1 || connection_failures > 1000) {
        return outside("connection_failures", fmt::format("{}", connection_failures), "1 to 1000");
    }
    if (open_max > std::chrono::hours(1) || open_max < std::chrono::milliseconds(1)) {
        return outside("open_max", format_duration(open_max), "1 ms to 1 h");
    }
    if (open < std::chrono::milliseconds(1) || open > open_max) {
        return outside("open", format_duration(open),
                       fmt::format("1 ms to open_max ({})", format_duration(open_max)));
    }
    if (breakers_max == 0) {
        return outside("breakers_max", "0", "1 and more");
    }
    return {};
}

std::string CircuitBreakerOptions::describe() const {
    return fmt::format(
        "opens at {:.0f} % of {} calls in {} or {} without a connection; open {} to {}{}",
        failure_ratio * 100, calls_min, format_duration(window), connection_failures,
        format_duration(open), format_duration(open_max), per_operation ? "; per operation" : "");
}

std::string CircuitBreaker::describe() const {
    return "breaker per origin: " + options_.describe();
}

BucketView CircuitBreaker::key_of(const CallFacts& call) const {
    return {call.origin, call.provider, options_.per_operation ? call.operation : ""};
}

CircuitBreaker::Breaker& CircuitBreaker::breaker_of(const CallFacts& call) {
    const BucketView key = key_of(call);
    auto found = breakers_.find(key);
    if (found == breakers_.end()) {
        if (breakers_.size() >= options_.breakers_max) {
            breakers_.erase(std::ranges::min_element(
                breakers_, {}, [](const auto& entry) { return entry.second.last_used; }));
        }
        BucketKey owned{std::string(key.origin), std::string(key.provider),
                        std::string(key.bucket)};
        found = breakers_.emplace(std::move(owned), Breaker()).first;
    }
    found->second.last_used = ++uses_;
    return found->second;
}

CircuitBreaker::State CircuitBreaker::state(const CallFacts& call) const {
    const auto found = breakers_.find(key_of(call));
    return found == breakers_.end() ? State::closed : found->second.state;
}

Action CircuitBreaker::before(const CallFacts& call, Slot& slot, SteadyTime now) {
    if (slot != 0) {
        return Proceed{};
    }
    Breaker& breaker = breaker_of(call);
    if (breaker.state == State::closed) {
        slot = counted;
        return Proceed{};
    }
    if (breaker.state == State::open && now >= breaker.open_until) {
        breaker.state = State::half_open;
        slot = probe;
        return Proceed{};
    }
    const Duration left = std::max(breaker.open_until - now, Duration::zero());
    const auto when = breaker.state == State::half_open
                          ? std::string("a probe is under way")
                          : fmt::format("next probe in {}", format_duration(left));
    return Refuse{Error(ErrorKind::breaker_open,
                        fmt::format("{} is left alone: {}; {}", call.origin, breaker.reason, when))
                      .with_outcome(Outcome::not_sent)
                      .with_ending(Ending::breaker)
                      .with_retry_after(left)};
}

void CircuitBreaker::count(Breaker& breaker, bool failed, SteadyTime at) const {
    const auto number = at.time_since_epoch() / (options_.window / steps);
    Step& step = breaker.window.at(static_cast<std::size_t>(number % steps));
    if (step.number != number) {
        step = {.number = number};
    }
    ++step.calls;
    step.failures += failed ? 1 : 0;
}

void CircuitBreaker::open(Breaker& breaker, std::string reason, SteadyTime at) {
    Duration span = options_.open;
    for (int i = 0; i < breaker.openings && span < options_.open_max; ++i) {
        span *= 2;
    }
    span = std::min(span, options_.open_max);
    // Clients that saw it fail together should not probe together.
    span += Duration(rng_.between(0, span.count() / 10));
    ++breaker.openings;
    breaker.state = State::open;
    breaker.open_until = at + span;
    breaker.reason = std::move(reason);
    breaker.window.fill({});
    breaker.connection_failures = 0;
}

CircuitBreaker::Sum CircuitBreaker::sum_of(const Breaker& breaker, SteadyTime at) const {
    const auto now = at.time_since_epoch() / (options_.window / steps);
    Sum sum;
    for (const Step& step : breaker.window) {
        if (step.number > now - steps) {
            sum.calls += step.calls;
            sum.failures += step.failures;
        }
    }
    return sum;
}

std::vector<CircuitBreaker::Snapshot> CircuitBreaker::breakers(SteadyTime now) const {
    std::vector<Snapshot> all;
    all.reserve(breakers_.size());
    for (const auto& [key, breaker] : breakers_) {
        Snapshot& one = all.emplace_back();
        one.origin = key.origin;
        one.provider = key.provider;
        one.operation = key.bucket;
        one.state = breaker.state;
        one.reason = breaker.reason;
        if (breaker.state == State::open) {
            one.probe_in = std::max(breaker.open_until - now, Duration::zero());
        }
        const Sum sum = sum_of(breaker, now);
        one.calls = sum.calls;
        one.failures = sum.failures;
    }
    return all;
}

// Closed: is it too much?
void CircuitBreaker::consider(Breaker& breaker, SteadyTime at) {
    if (breaker.connection_failures >= options_.connection_failures) {
        open(breaker,
             fmt::format("{} attempts in a row found no connection", breaker.connection_failures),
             at);
        return;
    }
    const auto [calls, failures] = sum_of(breaker, at);
    if (calls >= options_.calls_min &&
        static_cast<double>(failures) >= options_.failure_ratio * static_cast<double>(calls)) {
        open(breaker,
             fmt::format("{} of {} calls in {} failed", failures, calls,
                         format_duration(options_.window)),
             at);
    }
}

void CircuitBreaker::after(const CallFacts& call, Slot slot, const AttemptOutcome& outcome) {
    if (slot == 0) {
        return;
    }
    if (outcome.error == ErrorKind::cancelled) {
        withdraw(call, slot, outcome.at);
        return;
    }
    Breaker& breaker = breaker_of(call);
    const bool failed = is_failure(call, outcome);
    if (slot == probe) {
        if (failed) {
            open(breaker, "the probe failed as well", outcome.at);
        } else {
            breaker = {.last_used = breaker.last_used};
        }
        return;
    }
    // One that began before it opened; what it says is known by now.
    if (breaker.state != State::closed) {
        return;
    }
    count(breaker, failed, outcome.at);
    breaker.connection_failures =
        found_no_connection(outcome) ? breaker.connection_failures + 1 : 0;
    if (failed) {
        consider(breaker, outcome.at);
    }
}

// A probe that was not made, or of which nobody waited for the end: the next call is the probe.
void CircuitBreaker::withdraw(const CallFacts& call, Slot slot, SteadyTime now) {
    if (slot == probe) {
        Breaker& breaker = breaker_of(call);
        breaker.state = State::open;
        breaker.open_until = std::min(breaker.open_until, now);
    }
}

}  // namespace apilab::policy
