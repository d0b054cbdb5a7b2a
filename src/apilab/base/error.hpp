#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace apilab {

/// What went wrong. Closed: a new enumerator is an API change. Each says its cause and its usual
/// cure.
enum class ErrorKind : std::uint8_t {
    /// An argument, option or file given by the caller cannot be used. Cure: the message names the
    /// field and what would be right; calling again unchanged fails again.
    invalid_argument,
    /// The name of the host could not be resolved. Cause: a typo, or no working resolver.
    resolve,
    /// No connection could be made (refused, unreachable). Nothing was sent. Usually transient.
    connect,
    /// The TLS handshake or certificate check failed. Nothing was sent. Cure: trust the right CA;
    /// never turn verification off.
    tls,
    /// The connection broke while a request was under way. `outcome()` says whether it may have
    /// been applied.
    connection_lost,
    /// A phase took longer than its limit (`detail` names the phase).
    timeout,
    /// The whole call's deadline passed, or a wait would have passed it.
    deadline,
    /// The caller cancelled.
    cancelled,
    /// The peer broke HTTP (malformed head, truncated body, stray bytes).
    protocol,
    /// A limit of ours was reached (size, depth, count). Cure: raise the named limit if it is
    /// sound.
    too_large,
    /// A complete answer with a status that the caller asked to treat as an error.
    status,
    /// The answer said that a rate limit was reached. `retry_after()` says how long, where known.
    rate_limited,
    /// The answer refused the credentials (401, or 403 that is no rate limit).
    auth,
    /// Our circuit breaker leaves the origin alone for now: it has failed too often lately. Nothing
    /// was sent. Cure: come back after `retry_after()`.
    breaker_open,
    /// A queue of ours in front of the origin is full. Nothing was sent. Cure: ask less at a time.
    overloaded,
    /// The answer's body is not what the operation declares.
    decode,
    /// A local file, database or other own resource failed.
    io,
    /// A bug of ours. Cure: report it.
    internal,
};

/// Did the other side act on the request? The most important question after a failure.
enum class Outcome : std::uint8_t {
    /// Nothing reached the peer: sending again is always safe.
    not_sent,
    /// It was sent and no complete answer came: it may or may not have been applied.
    unknown,
    /// A complete answer was received.
    answered,
};

/// Why a call ended with its error instead of another attempt.
enum class Ending : std::uint8_t {
    /// No decision was involved (a single attempt, or the error is no answer to an attempt).
    none,
    /// It may have been applied, and repeating it is not safe (no key, effect `write`).
    non_idempotent,
    /// The failure would repeat itself (404, bad certificate, ...).
    permanent,
    /// The number of attempts was used up.
    attempts,
    /// The next wait would have passed the deadline.
    deadline,
    /// The retry budget of the origin was empty.
    budget,
    /// The server asked for a longer wait than the caller's patience.
    patience,
    /// The caller cancelled.
    cancelled,
    /// The body could be read only once.
    body_not_replayable,
    /// The circuit breaker was open.
    breaker,
    /// A queue in front of the origin was full.
    overload,
    /// A redirect may not be followed (too many, a loop, to a place that is not safe).
    redirect,
};

[[nodiscard]] std::string_view to_string(ErrorKind kind);
[[nodiscard]] std::string_view to_string(Outcome outcome);
[[nodiscard]] std::string_view to_string(Ending ending);

/// A failure as a value: what happened, whether the other side may have acted, and what to do.
///
/// Holds no secret and no query string: `message` is written by this library from kinds, numbers
/// and names, never from credentials or whole URLs. Copyable, moderately sized (keep it out of hot
/// paths).
///
///     return Error(ErrorKind::timeout, "no first byte within 15 s")
///         .with_outcome(Outcome::unknown)
///         .with_detail("first_byte");
class Error {
public:
    Error(ErrorKind kind, std::string message) : kind_(kind), message_(std::move(message)) {}

    [[nodiscard]] ErrorKind kind() const { return kind_; }
    /// One sentence without the context chain.
    [[nodiscard]] const std::string& message() const { return message_; }
    [[nodiscard]] Outcome outcome() const { return outcome_; }
    [[nodiscard]] Ending ending() const { return ending_; }
    /// HTTP status of the answer, or 0.
    [[nodiscard]] int status() const { return status_; }
    /// The provider's own code (`ratelimited`, `invalid_grant`), or empty.
    [[nodiscard]] const std::string& provider_code() const { return provider_code_; }
    /// The id under which the provider knows the request, or empty.
    [[nodiscard]] const std::string& request_id() const { return request_id_; }
    /// A machine-readable refinement of the kind: a phase, a field, a JSON pointer, or empty.
    [[nodiscard]] const std::string& detail() const { return detail_; }
    /// What the usual cure is, or empty.
    [[nodiscard]] const std::string& remedy() const { return remedy_; }
    /// How long the server asked to wait, or how long a refused wait would have been.
    [[nodiscard]] std::optional<std::chrono::nanoseconds> retry_after() const {
        return retry_after_;
    }
    /// How many attempts were made.
    [[nodiscard]] int attempts() const { return attempts_; }
    /// The message of the first failure when later ones followed, or empty.
    [[nodiscard]] const std::string& first_cause() const { return first_cause_; }
    /// What was being done, outermost last.
    [[nodiscard]] const std::vector<std::string>& context() const { return context_; }

    /// Would the same call, sent again later, have a fair chance? (Not: is it safe to send again;
    /// that is `outcome()` together with the operation's effect.)
    [[nodiscard]] bool retryable() const;

    /// Everything on one line, outermost context first:
    /// `reading package-lock.json: /packages: not an object (expected an object of packages)`.
    [[nodiscard]] std::string to_string() const;

    [[nodiscard]] Error with_outcome(Outcome outcome) &&;
    [[nodiscard]] Error with_ending(Ending ending) &&;
    [[nodiscard]] Error with_status(int status) &&;
    [[nodiscard]] Error with_provider_code(std::string code) &&;
    [[nodiscard]] Error with_request_id(std::string id) &&;
    [[nodiscard]] Error with_detail(std::string detail) &&;
    [[nodiscard]] Error with_remedy(std::string remedy) &&;
    [[nodiscard]] Error with_retry_after(std::chrono::nanoseconds wait) &&;
    [[nodiscard]] Error with_attempts(int attempts) &&;
    [[nodiscard]] Error with_first_cause(std::string message) &&;
    /// Adds what was being done; call it once per layer on the way out.
    [[nodiscard]] Error in(std::string context) &&;

private:
    ErrorKind kind_;
    Outcome outcome_ = Outcome::not_sent;
    Ending ending_ = Ending::none;
    int status_ = 0;
    int attempts_ = 0;
    std::optional<std::chrono::nanoseconds> retry_after_;
    std::string message_;
    std::string provider_code_;
    std::string request_id_;
    std::string detail_;
    std::string remedy_;
    std::string first_cause_;
    std::vector<std::string> context_;
};

}  // namespace apilab
