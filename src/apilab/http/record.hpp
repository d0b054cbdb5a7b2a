#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/base/error.hpp"

namespace apilab::http {

/// What an operation does to the other side; decides what may be sent again (RFC 9110 section 9.2).
enum class Effect : std::uint8_t {
    /// Asks only. May be a POST: `/v1/query` of OSV is declared `read`.
    read,
    /// Changes, but twice is the same as once.
    idempotent,
    /// Changes, and twice is not once.
    write,
};
[[nodiscard]] std::string_view to_string(Effect effect);
/// GET, HEAD, OPTIONS, TRACE: read; PUT, DELETE: idempotent; everything else: write.
[[nodiscard]] Effect default_effect(std::string_view method);

/// Where the time of one attempt went. Zero: the phase did not happen (a reused connection has no
/// resolve, connect and tls).
struct Phases {
    /// Waiting for a free place in the connection pool.
    Duration queue{};
    Duration resolve{};
    Duration connect{};
    Duration tls{};
    /// From the first byte written to the last.
    Duration send{};
    /// From the last byte written to the first byte read.
    Duration first_byte{};
    /// From the first byte read to the last.
    Duration receive{};
};

/// One request on one connection, as it went.
struct AttemptRecord {
    /// From 1. Redirects that it followed and a hedge beside it have the same.
    int number = 0;
    /// How many redirects led here.
    int hop = 0;
    /// Begun beside another that was slow.
    bool hedge = false;
    SteadyTime started;
    Duration elapsed{};
    Phases phases;
    bool reused_connection = false;
    /// The kept-alive connection turned out to be dead before any byte of an answer, and the
    /// request was sent again on a fresh one, within this attempt.
    bool replayed = false;
    /// The TLS handshake went on from an earlier session instead of exchanging certificates.
    bool tls_resumed = false;
    /// Of the answer, or 0 where none was complete.
    int status = 0;
    /// Where it failed.
    std::optional<ErrorKind> error;
    std::string error_message;
    Outcome outcome = Outcome::answered;
    std::uint64_t bytes_sent = 0;
    std::uint64_t bytes_received = 0;
};

enum class WaitCause : std::uint8_t {
    backoff,
    retry_after,
    rate_limit,
    bulkhead,
    breaker,
    refresh
};
[[nodiscard]] std::string_view to_string(WaitCause cause);

/// A wait between attempts (or before the first).
struct WaitRecord {
    /// The number of the attempt that it followed, 0 for before the first.
    int after_attempt = 0;
    WaitCause cause = WaitCause::backoff;
    SteadyTime started;
    Duration planned{};
    Duration elapsed{};
};

enum class RetryReason : std::uint8_t { transient, throttled, not_sent };
[[nodiscard]] std::string_view to_string(RetryReason reason);

/// What was decided after an attempt, with everything needed to say why.
struct DecisionRecord {
    enum class Verdict : std::uint8_t {
        succeeded,
        retried,
        gave_up,
        /// The answer's `Location` is asked next, within the same attempt.
        redirected,
        /// No answer for `wait`: a second attempt beside the first.
        hedged,
        /// The same question was under way: its answer is this call's as well.
        coalesced,
    };
    int after_attempt = 0;
    int max_attempts = 0;
    Verdict verdict = Verdict::succeeded;
    /// For `retried`.
    RetryReason reason = RetryReason::transient;
    /// For `gave_up`.
    Ending ending = Ending::none;
    /// Of the attempt: its status, or 0 and its error.
    int status = 0;
    std::optional<ErrorKind> error;
    Outcome outcome = Outcome::answered;
    /// The wait decided on (retried), or the one that was refused (deadline, patience).
    Duration wait{};
    WaitCause wait_cause = WaitCause::backoff;
    /// The retry budget afterwards, where one was asked.
    std::optional<int> budget_left;
    int budget_size = 0;
    /// A `Retry-After` that nobody could read was ignored.
    bool retry_after_garbage = false;
    /// For `succeeded`: a 404 to a DELETE of which an earlier attempt's reply was lost.
    bool applied_before = false;
    /// For `redirected` the URL without its query, for `coalesced` the id of the call that asks.
    std::string target = {};
    /// For `redirected`: what was added for the first origin was left out.
    bool credentials_dropped = false;
};

/// The story of one logical call: attempts, waits and decisions, in order. Written by the driver,
/// complete when the call returns. Holds no header values, no bodies and no query strings.
struct CallRecord {
    std::string id;
    /// `npm`, `osv`, `github`, or the origin where no provider was named.
    std::string provider;
    /// `get_packument`; empty where the caller gave none.
    std::string operation;
    std::string method;
    /// `/repos/{owner}/{repo}/releases`, or the plain path where there is no template.
    std::string url_template;
    std::string origin;
    Effect effect = Effect::read;
    std::string idempotency_key;
    SteadyTime started;
    Duration elapsed{};
    std::vector<AttemptRecord> attempts;
    std::vector<WaitRecord> waits;
    std::vector<DecisionRecord> decisions;
    /// Of the final answer, or 0.
    int status = 0;
    std::optional<ErrorKind> error;
    Ending ending = Ending::none;
};

/// `error` with what the record knows: attempts, first cause, how it ended, the wait that was
/// refused.
[[nodiscard]] Error with_story(Error error, const CallRecord& record);

/// Is told what happens; every output (log, metrics, waterfall) is one. Called on the client's
/// thread; must not block. Every method may be left out.
class Observer {
public:
    Observer() = default;
    Observer(const Observer&) = delete;
    Observer& operator=(const Observer&) = delete;
    virtual ~Observer() = default;

    virtual void on_attempt(const CallRecord& /*call*/, const AttemptRecord& /*attempt*/) {}
    virtual void on_wait(const CallRecord& /*call*/, const WaitRecord& /*wait*/) {}
    virtual void on_decision(const CallRecord& /*call*/, const DecisionRecord& /*decision*/) {}
    /// The call is over; the record is complete.
    virtual void on_call(const CallRecord& /*call*/) {}
};

/// The one renderer of a decision as a sentence:
/// `503 -> retry in 182 ms (transient, attempt 2 of 3, budget 486/500)`.
[[nodiscard]] std::string explain(const DecisionRecord& decision);
/// The same for a wait that no attempt came before: `waited 1.2 s before attempt 1 (rate limit)`.
[[nodiscard]] std::string explain(const WaitRecord& wait);

}  // namespace apilab::http
