#pragma once

#include "apilab/base/result.hpp"
#include "apilab/http/message.hpp"
#include "apilab/http/record.hpp"
#include "apilab/runtime/context.hpp"

namespace apilab::transport::internal {

/// The connection broke (`detail`: `reset` or `closed`) while a request was under way.
[[nodiscard]] Error connection_lost(std::string_view detail, Outcome outcome);
/// The peer ended the connection in the middle of an answer.
[[nodiscard]] Error truncated_answer(std::string_view where);
[[nodiscard]] Error cancelled_attempt(Outcome outcome);

/// May a request be sent again by the transport itself? Only after a kept-alive connection died
/// before any byte of an answer, and only what cannot be applied twice: a `read`, or what was not
/// sent at all (RFC 9112 section 9.3.1); and only what can be read again.
struct StaleConnection {
    bool reused = false;
    bool answer_begun = false;
    std::uint64_t bytes_sent = 0;
    bool body_replayable = true;
};
[[nodiscard]] bool may_replay(const StaleConnection& state, http::Effect effect,
                              const Error& error);

/// The effect that counts: the operation's, else the method's.
[[nodiscard]] http::Effect effect_of(const http::Request& request,
                                     const runtime::CallContext& context);

/// Completes the record of an attempt that is over and hands it to the context's, if it has one.
void publish(http::AttemptRecord record, const Result<http::Response>& result, SteadyTime now,
             const runtime::CallContext& context);

}  // namespace apilab::transport::internal
