#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "apilab/base/clock.hpp"
#include "apilab/base/error.hpp"
#include "apilab/http/headers.hpp"
#include "apilab/http/record.hpp"
#include "apilab/policy/quota.hpp"

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
    /// How long the attempt took.
    Duration elapsed{};
};

/// What a call is, as far as decisions depend on it. Of a redirect each hop has its own.
struct CallFacts {
    std::string_view origin;
    std::string_view provider;
    /// `get_packument`; may be empty.
    std::string_view operation;
    std::string_view method = "GET";
    http::Effect effect = http::Effect::read;
    /// It carries an idempotency key that the provider honours.
    bool has_key = false;
    bool body_replayable = true;
    SteadyTime deadline = SteadyTime::max();
    /// What the provider counts together (`RateRule`): Slack's method, GitHub's `search`. Empty:
    /// all calls to the provider.
    std::string_view bucket = {};
    /// Within the bucket, what has a pace of its own (`writes`). Empty: none.
    std::string_view lane = {};
    /// The pace of that lane.
    Quota lane_quota = {};
    /// In the provider's units.
    int cost = 1;
};

/// The attempt may go.
struct Proceed {};
/// The attempt waits until `until`, then asks again.
struct WaitUntil {
    SteadyTime until;
    http::WaitCause cause = http::WaitCause::rate_limit;
};
/// The attempt waits until the policy names its slot in `next_turn`, then asks again. `until` is
/// when it gives up waiting.
struct WaitTurn {
    SteadyTime until;
    http::WaitCause cause = http::WaitCause::bulkhead;
};
/// The attempt is not made.
struct Refuse {
    Error error;
};
using Action = std::variant<Proceed, WaitUntil, WaitTurn, Refuse>;

/// What a policy remembers of one attempt, from its first question until `after` or `withdraw`.
/// Zero before. Only the policy knows what it means.
using Slot = std::uint64_t;

/// A decision maker without I/O and clock of its own: it is asked before each attempt and told
/// after it. The driver waits, sends and records. A policy belongs to one client and its thread;
/// what it remembers (a frozen bucket, an open breaker, permits) is shared by that client's calls.
///
/// For one attempt `before` may be asked several times, since after every wait all policies are
/// asked again; what a policy has given to that attempt it gives once and notes in the slot. Then
/// comes exactly one of `after` (the attempt was made) and `withdraw` (it is not going to be).
class Policy {
public:
    Policy() = default;
    Policy(const Policy&) = delete;
    Policy& operator=(const Policy&) = delete;
    virtual ~Policy() = default;

    /// One line for `Client::describe()`: the name and the options in force.
    [[nodiscard]] virtual std::string describe() const = 0;
    [[nodiscard]] virtual Action before(const CallFacts& call, Slot& slot, SteadyTime now) = 0;
    virtual void after(const CallFacts& call, Slot slot, const AttemptOutcome& outcome) = 0;
    /// Takes back what the attempt had, so that others may have it.
    virtual void withdraw(const CallFacts& /*call*/, Slot /*slot*/, SteadyTime /*now*/) {}
    /// Of those who wait for their turn, one whose turn has come; each once. To be asked until
    /// there is none after every `before`, `after` and `withdraw`.
    [[nodiscard]] virtual std::optional<Slot> next_turn() { return std::nullopt; }
};

/// A key of policies that keep something for each origin, or each bucket of a provider: ordered by
/// views, so that asking costs no allocation.
struct BucketKey {
    std::string origin;
    /// Several providers may stand behind one origin (a gateway, the sandbox); each has limits of
    /// its own.
    std::string provider;
    std::string bucket;
};
struct BucketView {
    std::string_view origin;
    std::string_view provider;
    std::string_view bucket;

    friend auto operator<=>(const BucketView&, const BucketView&) = default;
};
struct BucketLess {
    using is_transparent = void;  // the standard library asks for it by this name
    static BucketView view(const BucketKey& key) { return {key.origin, key.provider, key.bucket}; }
    static BucketView view(const BucketView& key) { return key; }
    bool operator()(const auto& a, const auto& b) const { return view(a) < view(b); }
};
[[nodiscard]] inline BucketView bucket_of(const CallFacts& call) {
    return {call.origin, call.provider, call.bucket};
}

}  // namespace apilab::policy
