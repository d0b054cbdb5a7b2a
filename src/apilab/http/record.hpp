#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/base/error.hpp"
#include "apilab/http/trace_context.hpp"

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
    /// Its span in the call's trace; 0: the call has none.
    std::uint64_t span = 0;
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

/// What a cache had to do with a call: what `Cache-Status` says (RFC 9211 section 2).
struct CacheRecord {
    enum class How : std::uint8_t {
        /// Answered from what is stored; nobody was asked first.
        hit,
        /// The call or the client goes past the cache.
        bypass,
        /// A method whose answers are not kept.
        method,
        /// Nothing is stored for this URL and principal.
        uri_miss,
        /// What is stored was asked for with other headers that matter.
        vary_miss,
        /// It is too old, and was asked for again.
        stale,
        /// The request says that stored answers do not do.
        request,
    };
    /// Why an answer that is stored was used without, or in spite of, what the other side says.
    enum class Use : std::uint8_t {
        none,
        fresh,
        /// The request accepts stale ones (`max-stale`).
        max_stale,
        stale_while_revalidate,
        stale_if_error,
        /// The other side said that it still holds (304).
        revalidated,
        /// `only-if-cached` found nothing: 504, and nobody was asked.
        only_if_cached,
    };
    How how = How::uri_miss;
    Use use = Use::none;
    /// The answer of the other side was stored.
    bool stored = false;
    /// Another call asked, and this one got the same answer.
    bool collapsed = false;
    /// Freshness left in the answer; negative: how long it is stale. Nothing where it says none.
    std::optional<Duration> ttl;
    /// Status of the other side's answer where that is not the one handed out, else 0.
    int fwd_status = 0;
};
[[nodiscard]] std::string_view to_string(CacheRecord::How how);
[[nodiscard]] std::string_view to_string(CacheRecord::Use use);
/// The value of `Cache-Status` by a cache of that name: `apilab; fwd=stale; fwd-status=304;
/// ttl=30`.
[[nodiscard]] std::string cache_status(const CacheRecord& cache, std::string_view name = "apilab");

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
        /// A stored answer is the answer: `cache` says why, `wait` how long it is fresh (or, below
        /// zero, stale).
        cached,
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
    /// For `cached`.
    CacheRecord::Use cache = CacheRecord::Use::none;
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
    /// Where the client has a cache.
    std::optional<CacheRecord> cache = {};
    /// Of the final answer, or 0.
    int status = 0;
    std::optional<ErrorKind> error;
    Ending ending = Ending::none;
    /// When the call would have been given up.
    SteadyTime deadline = SteadyTime::max();
    /// Where the client traces (`TraceOptions`): the call's own span, and the one that it is within
    /// (0: it began the trace).
    TraceContext trace = {};
    std::uint64_t parent_span = 0;
    /// The id of the call that this one repeats, with a new token after a 401; empty: none.
    std::string follows = {};
};

/// What an attempt is called in headers and logs: `c-000001.2`.
[[nodiscard]] std::string request_id(const CallRecord& call, int attempt);

/// `error` with what the record knows: attempts, first cause, how it ended, the wait that was
/// refused.
[[nodiscard]] Error with_story(Error error, const CallRecord& record);

class Request;
class Response;

/// Is told what happens; every output (log, metrics, waterfall) is one. Called on the client's
/// thread; must not block. Every method may be left out.
class Observer {
public:
    Observer() = default;
    Observer(const Observer&) = delete;
    Observer& operator=(const Observer&) = delete;
    virtual ~Observer() = default;

    virtual void on_attempt(const CallRecord& /*call*/, const AttemptRecord& /*attempt*/) {}
    /// For those who keep what was said (HAR, the store of traces): right after `on_attempt`, the
    /// request as it went to the transport, credentials included, and the answer, or null where no
    /// whole one came. Only for observers that `wants_exchanges()`: a request is copied for them.
    virtual void on_exchange(const CallRecord& /*call*/, const AttemptRecord& /*attempt*/,
                             const Request& /*sent*/, const Response* /*answer*/) {}
    /// Asked when the client is made.
    [[nodiscard]] virtual bool wants_exchanges() const { return false; }
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
