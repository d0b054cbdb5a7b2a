#pragma once

#include <string>

#include "apilab/runtime/service.hpp"

namespace apilab::transport {

/// Carries out **one attempt** of an exchange: sends a request and brings back the answer, or the
/// truth about why there is none. No retry, no redirect, no cache: policies decide, this acts.
///
/// What `call` does with its context:
/// - It ends at the earlier of `deadline` (error `deadline`) and `attempt_deadline` or
///   `timeouts.attempt` after its start (error `timeout`, detail `attempt`). Each phase also ends
///   at its own limit in `timeouts`; the error's `detail` names it: `pool` (waiting for a
///   connection), `connect` (resolving, connecting, TLS), `first_byte`, `idle`. A limit of zero is
///   off.
/// - `idempotency_key` is sent as `idempotency-key` unless the request has that header.
/// - `accept-encoding` is sent unless the request has it, or `range`; then the body of the answer
///   is decoded (`http::Response::decoded_from`).
/// - `upload` is started and read once, `download` gets the body of a 2xx answer; the limits hold
///   for every wait in them, and an error of theirs ends the call with that error.
/// - `attempt`, where not null, is filled in before the task ends: phases, bytes, status or error,
///   outcome, whether the connection was reused. `number` is left alone.
/// - `inbound` and `record` are not read.
///
/// Errors tell the outcome: `not_sent` where no byte of the request reached the kernel (bad
/// argument, resolving, connecting, TLS, no free connection), `unknown` where bytes were written
/// and no complete answer came. Every complete answer is a value, whatever its status. Kinds:
/// `invalid_argument` (a header or method that may not be written, a source that cannot be read
/// again), `resolve`, `connect`, `tls`, `auth` (of a proxy, see `ProxyOptions`), `connection_lost`
/// (detail `reset` or `closed`), `protocol` (detail `truncated` where the answer ended early),
/// `decode` (detail `content_encoding`: a body that is not of its content coding), `too_large`,
/// `timeout`, `deadline`, `cancelled`, `io` (of a source, a sink or the system).
///
/// The one thing sent twice: a request on a kept-alive connection that turns out to be dead before
/// any byte of an answer is sent again once on a fresh connection, if it is a `read` by its effect
/// (and its upload, if any, can be read again) or no byte of it was sent (RFC 9112 section 9.3.1;
/// `AttemptRecord::replayed` says so).
///
/// Cancellation ends the task with the error `cancelled`; its connection is closed and its place in
/// the pool given back. Used from the scheduler's thread only; outlives the tasks it returned.
class Transport : public runtime::Service {
public:
    /// One line for people: what it is and its limits.
    [[nodiscard]] virtual std::string describe() const = 0;
};

}  // namespace apilab::transport
