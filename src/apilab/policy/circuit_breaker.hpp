#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "apilab/base/result.hpp"
#include "apilab/base/rng.hpp"
#include "apilab/policy/policy.hpp"

namespace apilab::policy {

struct CircuitBreakerOptions {
    /// Opens when at least this share of the calls in the window failed. Default 0.5, range above 0
    /// to 1.
    double failure_ratio = 0.5;
    /// Fewer calls in the window say nothing. Default 20, range 1 to 100,000.
    int calls_min = 20;
    /// The window slides in twelve steps. Default 60 s, range 1 s to 1 h; at least twice the
    /// attempt timeout, so that calls which time out are seen in it.
    Duration window = std::chrono::seconds(60);
    /// Opens also when so many attempts in a row found no connection. Default 5, range 1 to 1,000.
    int connection_failures = 5;
    /// How long it stays open the first time. Default 5 s, range 1 ms to `open_max`. Doubles with
    /// each probe that fails, plus up to a tenth of jitter.
    Duration open = std::chrono::seconds(5);
    /// Default 60 s, range up to 1 h.
    Duration open_max = std::chrono::seconds(60);
    /// A breaker for each operation of an origin, not one for all. Default off.
    bool per_operation = false;
    /// Breakers remembered. Default 1024, at least 1; the one unused longest goes.
    std::size_t breakers_max = 1024;

    [[nodiscard]] Result<void> validate() const;
    [[nodiscard]] std::string describe() const;
};

/// Leaves an origin alone that fails, so that callers learn of it at once and the origin can get
/// well. Closed until too much fails; open for a while, in which every call is refused
/// (`breaker_open`, with the time of the next probe); then half-open: one call goes as a probe, and
/// its end closes or opens it again. To be asked after all policies that may wait, so that no probe
/// is taken by a call that is not going to be made soon.
///
/// A failure is an attempt that was not answered for a reason of the origin's (no connection,
/// broken, silent, no HTTP), or an answer 500 to 599 (501 and 505 are no sign of trouble). A
/// refusal because of a limit is none: the origin is well, we ask too much. An attempt that the
/// caller cancelled says nothing. Source: Nygard, "Release It!"; the numbers of Polly and
/// resilience4j in docs/policies/circuit-breaker.md.
class CircuitBreaker final : public Policy {
public:
    enum class State : std::uint8_t { closed, open, half_open };

    /// `rng` outlives it.
    CircuitBreaker(CircuitBreakerOptions options, Rng& rng) : options_(options), rng_(rng) {}

    [[nodiscard]] std::string describe() const override;
    [[nodiscard]] Action before(const CallFacts& call, Slot& slot, SteadyTime now) override;
    void after(const CallFacts& call, Slot slot, const AttemptOutcome& outcome) override;
    void withdraw(const CallFacts& call, Slot slot, SteadyTime now) override;

    /// Of the breaker that holds for the call.
    [[nodiscard]] State state(const CallFacts& call) const;

    /// One breaker as it stands at a moment. A value, for those who look: a status page, metrics.
    struct Snapshot {
        std::string origin;
        /// Empty: the calls named none.
        std::string provider;
        /// With `per_operation`; else empty.
        std::string operation;
        State state = State::closed;
        /// Why it opened: `5 attempts in a row found no connection`. Empty while closed.
        std::string reason;
        /// Until the next call goes as a probe; 0: it would go now, or one is under way, or it is
        /// closed.
        Duration probe_in{};
        /// Of the window; both 0 while it is not closed.
        int calls = 0;
        int failures = 0;

        friend bool operator==(const Snapshot&, const Snapshot&) = default;
    };
    /// All that are remembered, by origin, provider and operation. Changes nothing.
    [[nodiscard]] std::vector<Snapshot> breakers(SteadyTime now) const;

private:
    static constexpr std::int64_t steps = 12;
    struct Step {
        std::int64_t number = -1;
        int calls = 0;
        int failures = 0;
    };
    struct Breaker {
        State state = State::closed;
        std::array<Step, steps> window{};
        int connection_failures = 0;
        SteadyTime open_until;
        /// How often it has opened since it was last closed.
        int openings = 0;
        /// The sentence that it refuses with.
        std::string reason;
        std::uint64_t last_used = 0;
    };
    [[nodiscard]] BucketView key_of(const CallFacts& call) const;
    [[nodiscard]] Breaker& breaker_of(const CallFacts& call);
    void count(Breaker& breaker, bool failed, SteadyTime at) const;
    void open(Breaker& breaker, std::string reason, SteadyTime at);
    struct Sum {
        int calls = 0;
        int failures = 0;
    };
    [[nodiscard]] Sum sum_of(const Breaker& breaker, SteadyTime at) const;
    void consider(Breaker& breaker, SteadyTime at);

    CircuitBreakerOptions options_;
    Rng& rng_;
    std::map<BucketKey, Breaker, BucketLess> breakers_;
    std::uint64_t uses_ = 0;
};
[[nodiscard]] std::string_view to_string(CircuitBreaker::State state);

}  // namespace apilab::policy
