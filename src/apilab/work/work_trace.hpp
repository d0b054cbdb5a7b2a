#pragma once

#include "apilab/base/rng.hpp"
#include "apilab/http/trace_context.hpp"
#include "apilab/work/event.hpp"
#include "apilab/work/job.hpp"
#include "apilab/work/message.hpp"

// One trace from a webhook over its job and what that calls to the messages that it leaves: kept in
// the rows (`trace_context`), so that it goes on in another process, days later.
//
//     .prepare = [&](const Incoming& in, NewJob& job) {
//         job.trace_context = delivery_trace(in.event, rng).traceparent();
//     }
//     ... in the handler:
//     client.get(url, {.trace = trace_of(job)});
//     store.post({.target = "slack", ..., .trace_context = job.trace_context}, now);
namespace apilab::work {

/// A new trace with its first span, to be kept.
[[nodiscard]] http::TraceContext begin_trace(Rng& rng);

/// The trace that a delivery came within, with a span of our own in it; a new one where it has no
/// `traceparent`, one that is none, or several. Nobody signs that header: it is an id and nothing
/// else.
[[nodiscard]] http::TraceContext delivery_trace(const Event& event, Rng& rng);

/// Of the row; one that does not exist (`exists()`) where it has none.
[[nodiscard]] http::TraceContext trace_of(const Job& job);
[[nodiscard]] http::TraceContext trace_of(const Message& message);

}  // namespace apilab::work
